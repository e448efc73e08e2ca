import type { CircuitState } from '../snapshot.js';
import type { StateSeconds } from './state-times.js';

/** How an admitted call ended, as metrics tell it. */
export type CallOutcome = 'success' | 'failure' | 'ignored' | 'stale';

/** The counters that every metrics system gets, and the labels of each. */
export interface CounterLabels {
  calls: { readonly breaker: string; readonly outcome: CallOutcome };
  slowCalls: { readonly breaker: string };
  refused: { readonly breaker: string };
  /** Calls that a breaker in `metrics_only` let pass and would have refused. */
  wouldRefuse: { readonly breaker: string };
  transitions: { readonly breaker: string; readonly from: CircuitState; readonly to: CircuitState };
  retries: { readonly name: string };
  retriesExhausted: { readonly name: string; readonly reason: string };
  timeouts: { readonly name: string };
  bulkheadRefused: { readonly name: string };
  rateLimited: { readonly name: string };
  fallbacks: { readonly name: string };
  hedges: { readonly name: string };
}

export type CounterName = keyof CounterLabels;

/** Where a metrics system takes what happens. */
export interface MetricsSink {
  /** Adds one. */
  count<C extends CounterName>(counter: C, labels: CounterLabels[C]): void;
  /** One more duration, in seconds. */
  callTook(breaker: string, outcome: CallOutcome, seconds: number): void;
}

/** How the breakers of one label stand: a single one, or all beyond the limit of names. */
export interface BreakerReading {
  readonly breaker: string;
  /** How many of them are in each state, every state included. */
  readonly states: Readonly<Record<CircuitState, number>>;
  readonly stateSeconds: StateSeconds;
  /** The highest of them. */
  readonly failureRatio: number;
  /** The highest of them. */
  readonly slowRatio: number;
  readonly window: { readonly successes: number; readonly failures: number };
  /** The longest call of the window in ms, by outcome; 0 where there is none. */
  readonly longest: { readonly success: number; readonly failure: number };
}
