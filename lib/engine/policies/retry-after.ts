import type { Clock } from '../clock.js';
import { parseHttpDate } from './http-date.js';

const HEADER = 'retry-after';
/** No date of HTTP is longer, and no sane number of seconds. */
const MAX_LENGTH = 64;
/** Names of a plain object that are compared without regard to case; a real response has a few dozen. */
const MAX_NAMES = 256;

/**
 * How long, in ms, an error or a result asks to wait: the `Retry-After` of its `headers` or `response.headers` (a
 * plain object or `Headers`; seconds, or a date of HTTP), else its `retryAfter` in ms, as on this library's errors.
 * `null` where it says nothing that can be understood. Whatever the source does, this neither throws nor takes long.
 */
export function retryAfterOf(source: unknown, clock: Clock): number | null {
  const header = headerOf(read(source, 'headers')) ?? headerOf(read(read(source, 'response'), 'headers'));
  const asked = header === undefined ? null : durationOf(header, clock);
  if (asked !== null) return asked;
  const own = read(source, 'retryAfter');
  return typeof own === 'number' && own >= 0 ? own : null;
}

function durationOf(header: string, clock: Clock): number | null {
  const text = header.trim();
  if (text.length > MAX_LENGTH) return null;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const wall = clock.wall();
  const date = parseHttpDate(text, wall);
  return date === undefined ? null : Math.max(0, date - wall);
}

function headerOf(headers: unknown): string | undefined {
  try {
    return textOf(valueIn(headers));
  } catch {
    return undefined;
  }
}

function valueIn(headers: unknown): unknown {
  if (headers === null || typeof headers !== 'object') return undefined;
  const { get } = headers as { get?: unknown };
  const value: unknown = typeof get === 'function' ? get.call(headers, HEADER) : undefined;
  if (textOf(value) !== undefined) return value;
  let names = 0;
  for (const name in headers) {
    if (++names > MAX_NAMES) return undefined;
    if (name.length === HEADER.length && name.toLowerCase() === HEADER)
      return (headers as Record<string, unknown>)[name];
  }
  return undefined;
}

/** A header's first value. */
function textOf(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'number') return String(first);
  return typeof first === 'string' ? first : undefined;
}

function read(source: unknown, key: string): unknown {
  try {
    return source !== null && typeof source === 'object' ? (source as Record<string, unknown>)[key] : undefined;
  } catch {
    return undefined;
  }
}
