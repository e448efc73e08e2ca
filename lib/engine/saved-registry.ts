import { CIRCUIT_STATES } from './snapshot.js';
import type { CircuitState } from './snapshot.js';
import type { WindowCounts } from './window/window.js';

/** A breaker as it is saved across a restart. */
export interface SavedBreaker {
  readonly name: string;
  readonly state: CircuitState;
  readonly reason: string | null;
  /** Milliseconds that the state still had to last; `null` for no end. */
  readonly remaining: number | null;
  /** The how-manieth break since the circuit was closed. */
  readonly attempt: number;
  readonly consecutiveFailures: number;
  readonly window: Readonly<WindowCounts>;
  readonly totals: SavedTotals;
}

export interface SavedTotals {
  readonly successes: number;
  readonly failures: number;
  readonly timeouts: number;
  readonly ignored: number;
  readonly refused: number;
  readonly slow: number;
  readonly stale: number;
  readonly transitions: number;
}

/** What `JSON.stringify(registry)` writes. */
export interface SavedRegistry {
  readonly version: 1;
  /** Wall clock, ms since the epoch: a break goes on running while the process is down. */
  readonly savedAt: number;
  readonly breakers: readonly SavedBreaker[];
}

const TOTALS = ['successes', 'failures', 'timeouts', 'ignored', 'refused', 'slow', 'stale', 'transitions'] as const;
const COUNTS = ['successes', 'failures', 'slow'] as const;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads what was saved; it may have come from anywhere.
 * @throws {TypeError} that names the path of the first fault
 */
export function parseSaved(saved: unknown): SavedRegistry {
  const value: unknown = typeof saved === 'string' ? JSON.parse(saved) : saved;
  const top = fields(value, 'restore');
  if (top['version'] !== 1) throw fault('version', 'expected 1', top['version']);
  const { breakers } = top;
  if (!Array.isArray(breakers)) throw fault('breakers', 'expected a list', breakers);
  return {
    version: 1,
    savedAt: milliseconds(top['savedAt'], 'savedAt'),
    breakers: breakers.map((each, index) => parseBreaker(each, `breakers[${index}]`)),
  };
}

/** @throws {TypeError} that names the path of the first fault */
export function parseBreaker(value: unknown, path: string): SavedBreaker {
  const from = fields(value, path);
  const { name, state, reason, remaining } = from;
  if (typeof name !== 'string') throw fault(`${path}.name`, 'expected a string', name);
  if (!CIRCUIT_STATES.includes(state as CircuitState)) throw fault(`${path}.state`, 'expected a state', state);
  return {
    name,
    state: state as CircuitState,
    reason: typeof reason === 'string' ? reason : null,
    remaining: remaining === null ? null : milliseconds(remaining, `${path}.remaining`),
    attempt: count(from['attempt'], `${path}.attempt`),
    consecutiveFailures: count(from['consecutiveFailures'], `${path}.consecutiveFailures`),
    window: counts(from['window'], COUNTS, `${path}.window`),
    totals: counts(from['totals'], TOTALS, `${path}.totals`),
  };
}

function counts<K extends string>(value: unknown, keys: readonly K[], path: string): Record<K, number> {
  const from = fields(value, path);
  return Object.fromEntries(keys.map((key) => [key, count(from[key], `${path}.${key}`)])) as Record<K, number>;
}

function fields(value: unknown, path: string): Fields {
  if (value === null || typeof value !== 'object') throw fault(path, 'expected an object', value);
  return value as Fields;
}

function count(value: unknown, path: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw fault(path, 'expected a whole number of at least 0', value);
}

function milliseconds(value: unknown, path: string): number {
  if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw fault(path, 'expected milliseconds of at least 0', value);
}

const fault = (path: string, expected: string, value: unknown): TypeError =>
  new TypeError(
    `${path}: ${expected}, got ${value === null ? 'null' : typeof value === 'object' ? 'an object' : String(value).slice(0, 40)}`,
  );
