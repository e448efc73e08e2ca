import type { CounterName } from '../engine/index.js';

interface Instrument {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
}

/** The instruments of all counters. */
export const COUNTER_INSTRUMENTS = Object.freeze({
  calls: {
    name: 'circuit_breaker.calls',
    unit: '{call}',
    description: 'Calls that a circuit breaker let pass, by how they ended.',
  },
  slowCalls: {
    name: 'circuit_breaker.slow_calls',
    unit: '{call}',
    description: 'Calls that took at least as long as slowCallDuration.',
  },
  refused: {
    name: 'circuit_breaker.refused',
    unit: '{call}',
    description: 'Calls that a circuit breaker refused.',
  },
  wouldRefuse: {
    name: 'circuit_breaker.would_refuse',
    unit: '{call}',
    description: 'Calls that a circuit breaker in metrics_only let pass and would have refused.',
  },
  transitions: {
    name: 'circuit_breaker.transitions',
    unit: '{transition}',
    description: 'Transitions of a circuit breaker from one state to another.',
  },
  retries: {
    name: 'circuit_breaker.retries',
    unit: '{attempt}',
    description: 'Attempts after the first.',
  },
  retriesExhausted: {
    name: 'circuit_breaker.retries_exhausted',
    unit: '{call}',
    description: 'Calls that a retry policy gave up on, by reason.',
  },
  timeouts: {
    name: 'circuit_breaker.timeouts',
    unit: '{call}',
    description: 'Calls that outlived their limit; name is that of the timeout or of the breaker.',
  },
  bulkheadRefused: {
    name: 'circuit_breaker.bulkhead_refused',
    unit: '{call}',
    description: 'Calls that a full bulkhead refused.',
  },
  rateLimited: {
    name: 'circuit_breaker.rate_limited',
    unit: '{call}',
    description: 'Calls that a rate limiter refused.',
  },
  fallbacks: {
    name: 'circuit_breaker.fallbacks',
    unit: '{call}',
    description: 'Calls that a fallback answered.',
  },
  hedges: {
    name: 'circuit_breaker.hedges',
    unit: '{attempt}',
    description: 'Attempts begun beside one that was slow to answer.',
  },
} as const satisfies Readonly<Record<CounterName, Instrument>>);

/** The other instruments. */
export const INSTRUMENTS = Object.freeze({
  callDuration: {
    name: 'circuit_breaker.call.duration',
    unit: 's',
    description: 'How long calls took that a circuit breaker let pass.',
  },
  state: {
    name: 'circuit_breaker.state',
    unit: '{breaker}',
    description: '1 for the state that a circuit breaker is in, 0 for the others.',
  },
  stateDuration: {
    name: 'circuit_breaker.state.duration',
    unit: 's',
    description: 'Time that a circuit breaker has spent in each state.',
  },
  failureRatio: {
    name: 'circuit_breaker.failure_ratio',
    unit: '1',
    description: "Share of the window's calls that failed.",
  },
  slowRatio: {
    name: 'circuit_breaker.slow_ratio',
    unit: '1',
    description: "Share of the window's calls that were slow.",
  },
} as const satisfies Readonly<Record<string, Instrument>>);

/** The attributes that guarded calls leave on the active span. */
export const SPAN_ATTRIBUTES = Object.freeze({
  name: 'circuit_breaker.name',
  state: 'circuit_breaker.state',
  refused: 'circuit_breaker.refused',
  attempt: 'circuit_breaker.attempt',
});
