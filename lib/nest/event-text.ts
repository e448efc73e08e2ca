import { isResilienceError } from '../engine/index.js';
import type { PolicyEvent } from '../engine/index.js';

const MAX_LENGTH = 500;

// what would end a line, move the cursor or hide text: C0, DEL, C1, line separators, directions, zero-width
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;

/** A text fit for a line of a log: one line, no control characters, no flood. */
export function clean(text: string): string {
  const line = text.replace(UNSAFE, ' ');
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

/** An event in a sentence. Errors of guarded methods appear by class and code: their messages may tell secrets. */
export function describeEvent(event: PolicyEvent): string {
  const who = `${sentenceCase(event.policy)} "${event.name}"`;
  switch (event.type) {
    case 'opened':
      return `${who} opened (${event.reason}): refuses calls for ${seconds(event.retryAfter)}`;
    case 'closed':
    case 'half_opened':
    case 'reset':
      return `${who} ${word(event.type)}${by(event.actor)} (${event.reason})`;
    case 'isolated':
    case 'disabled':
      return `${who} ${event.type}${by(event.actor)} (${event.reason})${until(event.expiresAt)}`;
    case 'updated':
      return event.to === undefined
        ? `${who} updated${by(event.actor)}: ${Object.keys(event.changes).join(', ')}${why(event.reason)}`
        : `${who} ${word(event.from ?? '')} → ${word(event.to)}${by(event.actor)} (${event.reason ?? ''})`;
    case 'adapted':
      return `${who} adapted (${event.reason}): ${Object.keys(event.changes).join(', ')}`;
    default:
      return `${who} ${word(event.type)}${details(event)}`;
  }
}

/** A fault of a callback. */
export function describeFault(fault: unknown): string {
  try {
    return fault instanceof Error || isErrorLike(fault) ? `${fault.name}: ${fault.message}` : String(fault);
  } catch {
    return 'something that cannot be printed';
  }
}

function details(event: PolicyEvent): string {
  const parts: string[] = [];
  if ('operation' in event && event.operation !== undefined) parts.push(event.operation);
  if ('attempt' in event) parts.push(`attempt ${event.attempt}`);
  if ('duration' in event) parts.push(`${Math.round(event.duration)} ms`);
  if ('error' in event) parts.push(nameOf(event.error));
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

function nameOf(error: unknown): string {
  try {
    if (isResilienceError(error)) return error.code;
    return isErrorLike(error) ? error.name : typeof error;
  } catch {
    return 'an error that cannot be read';
  }
}

const isErrorLike = (error: unknown): error is Error =>
  typeof error === 'object' && error !== null && 'name' in error && 'message' in error;

const word = (name: string): string => name.replaceAll('_', '-');
const by = (actor: string | undefined): string => (actor === undefined ? '' : ` by ${actor}`);
const why = (reason: string | undefined): string => (reason === undefined ? '' : ` (${reason})`);
const until = (date: Date | null): string => (date === null ? '' : ` until ${date.toISOString()}`);
const seconds = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`);
/** `Rate limiter` for `rate_limiter`. */
export const sentenceCase = (kind: string): string => kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll('_', ' ');
