import type { CounterLabels, CounterName } from '../engine/index.js';

interface Metric<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
}

type CounterTable = { readonly [C in CounterName]: Metric<keyof CounterLabels[C] & string> };

const COUNTERS = {
  calls: {
    name: 'circuit_breaker_calls_total',
    help: 'Calls that a circuit breaker let pass, by how they ended.',
    labels: ['breaker', 'outcome'],
  },
  slowCalls: {
    name: 'circuit_breaker_slow_calls_total',
    help: 'Calls that took at least as long as slowCallDuration.',
    labels: ['breaker'],
  },
  refused: {
    name: 'circuit_breaker_refused_total',
    help: 'Calls that a circuit breaker refused.',
    labels: ['breaker'],
  },
  wouldRefuse: {
    name: 'circuit_breaker_would_refuse_total',
    help: 'Calls that a circuit breaker in metrics_only let pass and would have refused.',
    labels: ['breaker'],
  },
  transitions: {
    name: 'circuit_breaker_transitions_total',
    help: 'Transitions of a circuit breaker from one state to another.',
    labels: ['breaker', 'from', 'to'],
  },
  retries: {
    name: 'circuit_breaker_retries_total',
    help: 'Attempts after the first.',
    labels: ['name'],
  },
  retriesExhausted: {
    name: 'circuit_breaker_retries_exhausted_total',
    help: 'Calls that a retry policy gave up on, by reason.',
    labels: ['name', 'reason'],
  },
  timeouts: {
    name: 'circuit_breaker_timeouts_total',
    help: 'Calls that outlived their limit; name is that of the timeout or of the breaker.',
    labels: ['name'],
  },
  bulkheadRefused: {
    name: 'circuit_breaker_bulkhead_refused_total',
    help: 'Calls that a full bulkhead refused.',
    labels: ['name'],
  },
  rateLimited: {
    name: 'circuit_breaker_rate_limited_total',
    help: 'Calls that a rate limiter refused.',
    labels: ['name'],
  },
  fallbacks: {
    name: 'circuit_breaker_fallbacks_total',
    help: 'Calls that a fallback answered.',
    labels: ['name'],
  },
  hedges: {
    name: 'circuit_breaker_hedges_total',
    help: 'Attempts begun beside one that was slow to answer.',
    labels: ['name'],
  },
} as const satisfies CounterTable;

/** The names of all metrics, their help and labels. */
export const METRICS = Object.freeze({
  ...COUNTERS,
  callDuration: {
    name: 'circuit_breaker_call_duration_seconds',
    help: 'How long calls took that a circuit breaker let pass.',
    labels: ['breaker', 'outcome'],
  },
  state: {
    name: 'circuit_breaker_state',
    help: '1 for the state that a circuit breaker is in, 0 for the others.',
    labels: ['breaker', 'state'],
  },
  stateSeconds: {
    name: 'circuit_breaker_state_seconds_total',
    help: 'Time that a circuit breaker has spent in each state.',
    labels: ['breaker', 'state'],
  },
  failureRatio: {
    name: 'circuit_breaker_failure_ratio',
    help: "Share of the window's calls that failed.",
    labels: ['breaker'],
  },
  slowRatio: {
    name: 'circuit_breaker_slow_ratio',
    help: "Share of the window's calls that were slow.",
    labels: ['breaker'],
  },
} as const satisfies CounterTable & Readonly<Record<string, Metric<string>>>);

export const COUNTER_NAMES = Object.keys(COUNTERS) as readonly CounterName[];

/** Names of resilience4j's Micrometer metrics as Prometheus sees them, for boards made for it. */
export const RESILIENCE4J_METRICS = Object.freeze({
  state: {
    name: 'resilience4j_circuitbreaker_state',
    help: 'The states of the circuit breaker',
    labels: ['name', 'state'],
  },
  calls: {
    name: 'resilience4j_circuitbreaker_calls_seconds',
    help: 'Total number of calls by kind, and their durations',
    labels: ['name', 'kind'],
  },
  longestCall: {
    name: 'resilience4j_circuitbreaker_calls_seconds_max',
    help: 'The longest call of the window by kind',
    labels: ['name', 'kind'],
  },
  notPermitted: {
    name: 'resilience4j_circuitbreaker_not_permitted_calls_total',
    help: 'Total number of calls that were not permitted',
    labels: ['name', 'kind'],
  },
  buffered: {
    name: 'resilience4j_circuitbreaker_buffered_calls',
    help: 'The number of calls in the window by kind',
    labels: ['name', 'kind'],
  },
  failureRate: {
    name: 'resilience4j_circuitbreaker_failure_rate',
    help: 'The failure rate of the window in percent; -1 with no calls',
    labels: ['name'],
  },
  slowCallRate: {
    name: 'resilience4j_circuitbreaker_slow_call_rate',
    help: 'The rate of slow calls of the window in percent; -1 with no calls',
    labels: ['name'],
  },
  retries: {
    name: 'resilience4j_retry_calls_total',
    help: 'The number of calls that failed after retries',
    labels: ['name', 'kind'],
  },
  timeouts: {
    name: 'resilience4j_timelimiter_calls_total',
    help: 'The number of calls that timed out',
    labels: ['name', 'kind'],
  },
} as const satisfies Readonly<Record<string, Metric<string>>>);
