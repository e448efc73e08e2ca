import { dateOf } from '../clock.js';
import type { Clock } from '../clock.js';
import { codeOf } from '../errors.js';
import { COLORS } from '../snapshot.js';
import type { CircuitBreakerSnapshot, CircuitState, LatencySnapshot, WindowSnapshot } from '../snapshot.js';
import type { CircuitBreakerOptions } from './options.js';
import type { StateMachine } from './state-machine.js';

/** How a breaker stands at this moment. Reads, never writes. */
export function takeSnapshot(machine: StateMachine, isEnabled: boolean, clock: Clock): CircuitBreakerSnapshot {
  const { stay, counting, ledger, options } = machine;
  const now = clock.now();
  const state: CircuitState = isEnabled ? stay.kind : 'disabled';
  const retryAfter = isEnabled ? machine.retryAfter(now) : null;
  const latency = counting.window?.latency(now);
  const window = windowSnapshot(machine, now);
  const { totals, inFlight } = ledger.read();
  const cluster = machine.witness?.cluster ?? null;
  const until = 'until' in stay && stay.kind !== 'open' && stay.until !== Infinity ? stay.until : null;
  return Object.freeze({
    name: machine.name,
    state,
    color: COLORS[state],
    since: dateOf(clock, now - (clock.wall() - stay.since)),
    retryAfter,
    nextAttemptAt: retryAfter === null ? null : dateOf(clock, now + retryAfter),
    reason: stay.reason,
    expiresAt: until === null ? null : dateOf(clock, until),
    window,
    totals,
    inFlight,
    successRate: window.calls === 0 ? 1 : window.successes / window.calls,
    latency: Object.freeze({
      success: latencySnapshot(latency?.successTotal, latency?.successMax, window.successes),
      failure: latencySnapshot(latency?.failureTotal, latency?.failureMax, window.failures),
    }),
    lastSuccessAt: ledger.lastSuccessAt < 0 ? null : dateOf(clock, ledger.lastSuccessAt),
    lastFailureAt: ledger.lastFailureAt < 0 ? null : dateOf(clock, ledger.lastFailureAt),
    lastError: describe(ledger.lastError),
    options: describeOptions(options),
    critical: options.critical,
    tags: options.tags,
    ...(cluster === null ? {} : { cluster }),
  });
}

function windowSnapshot(machine: StateMachine, now: number): WindowSnapshot {
  const counts = machine.counting.window?.counts(now) ?? { successes: 0, failures: 0, slow: 0 };
  const { successes, failures, slow } = counts;
  const calls = successes + failures;
  return Object.freeze({
    calls,
    successes,
    failures,
    slow,
    failureRatio: calls === 0 ? 0 : failures / calls,
    slowRatio: calls === 0 ? 0 : slow / calls,
    consecutiveFailures: machine.streak(now),
  });
}

const latencySnapshot = (total = 0, max = 0, calls: number): LatencySnapshot =>
  Object.freeze(calls === 0 ? { mean: null, max: null } : { mean: total / calls, max });

/** An error by name and code alone: its message may carry what the call was about. */
function describe(error: unknown): CircuitBreakerSnapshot['lastError'] {
  if (error === undefined) return null;
  const code = codeOf(error);
  let name: unknown;
  try {
    name = error !== null && typeof error === 'object' ? (error as { name?: unknown }).name : typeof error;
  } catch {
    // a hostile getter: it stays unknown
  }
  return Object.freeze({
    name: typeof name === 'string' ? name : 'unknown',
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : null,
  });
}

const descriptions = new WeakMap<CircuitBreakerOptions, Readonly<Record<string, unknown>>>();

const describeValue = (value: unknown): unknown => {
  if (typeof value === 'function') return `[function${value.name === '' ? '' : ` ${value.name}`}]`;
  if (Array.isArray(value)) return Object.freeze(value.map(describeValue));
  return value;
};

/** Options as plain data: functions by their names. */
export function describeOptions(options: CircuitBreakerOptions): Readonly<Record<string, unknown>> {
  let description = descriptions.get(options);
  if (description === undefined) {
    description = Object.freeze(
      Object.fromEntries(Object.entries(options).map(([key, value]) => [key, describeValue(value)])),
    );
    descriptions.set(options, description);
  }
  return description;
}
