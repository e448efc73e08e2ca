import * as imported from 'ms';
import type { StringValue } from 'ms';

import { MAX_DURATION } from '../engine/index.js';
import { Complaint, numberIn } from './complaint.js';
import { preview } from './preview.js';

/** Milliseconds, or a text with a unit: `250`, `'250ms'`, `'30s'`, `'5m'`, `'2h'`, `'1d'`. */
export type Duration = number | string;

// A CommonJS jest that transforms this package without `esModuleInterop` gets the function itself, not a namespace.
const ms = (imported as Partial<typeof imported>).default ?? (imported as unknown as typeof imported.default);

const MAX_LENGTH = 100;
const EXAMPLE = "a duration such as 250 or '30s'";

/** A duration over 0 in ms, or what is wrong with it. */
export const readDuration = (value: unknown): number | Complaint => read(value, false);

/** As {@link readDuration}, where none at all makes sense too. */
export const readDurationOrZero = (value: unknown): number | Complaint => read(value, true);

/**
 * A duration in ms.
 * @throws {RangeError} when it is none, is 0 or less, or is over 2³¹−1 ms
 */
export function parseDuration(value: Duration): number {
  const result = readDuration(value);
  if (Complaint.is(result)) throw new RangeError(result.message);
  return result;
}

function read(value: unknown, orZero: boolean): number | Complaint {
  const duration = millisecondsIn(value);
  if (duration === undefined || Number.isNaN(duration))
    return new Complaint(`expected ${EXAMPLE}, got ${preview(value)}${hint(value)}`);
  if (duration < 0) return new Complaint(`expected ${EXAMPLE}, got ${preview(value)}, which is negative`);
  if (duration === 0 && !orZero) return new Complaint(`expected a duration over 0, got ${preview(value)}`);
  if (duration > MAX_DURATION)
    return new Complaint(`expected a duration of at most ${MAX_DURATION} ms (24 days), got ${preview(value)}`);
  return duration === 0 ? 0 : duration;
}

function millisecondsIn(value: unknown): number | undefined {
  const number = numberIn(value);
  if (number !== undefined || typeof value !== 'string') return number;
  const text = value.trim();
  if (text === '' || text.length > MAX_LENGTH) return undefined;
  return ms(text as StringValue) as number | undefined;
}

function hint(value: unknown): string {
  if (typeof value === 'string' && value.trim() === '') return ', which is empty';
  const iso = typeof value === 'string' ? /^P(?:T)?(\d+)([SMHD])$/i.exec(value.trim()) : null;
  if (iso !== null) return `. Did you mean '${iso[1]}${String(iso[2]).toLowerCase()}'?`;
  return value === Infinity ? '. To switch a limit off, leave it out' : '';
}
