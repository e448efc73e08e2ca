import { codeOf } from '../engine/index.js';
import type { CircuitBreakerSnapshot, PolicyEvent } from '../engine/index.js';
import { plainText } from './plain-text.js';
import type { Redaction } from './redaction.js';

/** An event as it is kept: plain data, and of an error its name and code alone. */
export interface EventRecord {
  readonly type: PolicyEvent['type'];
  readonly name: string;
  readonly at: Date;
  readonly from?: string;
  readonly to?: string;
  readonly reason?: string;
  readonly actor?: string;
  readonly expiresAt?: Date | null;
  readonly retryAfter?: number | null;
  readonly attempt?: number;
  readonly state?: string;
  readonly duration?: number;
  readonly operation?: string;
  readonly error?: unknown;
  readonly changes?: unknown;
}

const KEPT = [
  'from', 'to', 'reason', 'actor', 'expiresAt', 'retryAfter', 'attempt', 'state', 'duration', 'operation',
] as const; // prettier-ignore

export function recordOf(event: PolicyEvent, redaction: Redaction): EventRecord {
  const record: Record<string, unknown> = { type: event.type, name: event.name, at: event.at };
  const given = event as unknown as Readonly<Record<string, unknown>>;
  for (const key of KEPT) {
    const value = given[key];
    if (value !== undefined) record[key] = typeof value === 'string' ? plainText(value, 500) : value;
  }
  if ('error' in event) record['error'] = redaction.error(event.name, describe(event.error));
  if ('changes' in event) record['changes'] = redaction.options(event.name, event.changes);
  return record as unknown as EventRecord;
}

function describe(error: unknown): CircuitBreakerSnapshot['lastError'] {
  if (error === undefined) return null;
  const code = codeOf(error);
  let name: unknown;
  try {
    name = typeof error === 'object' && error !== null ? (error as { name?: unknown }).name : typeof error;
  } catch {
    name = undefined;
  }
  return {
    name: typeof name === 'string' ? plainText(name, 100) : 'unknown',
    code: typeof code === 'string' || typeof code === 'number' ? plainText(String(code), 100) : null,
  };
}
