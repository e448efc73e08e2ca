import type { CallContext } from '../call-context.js';
import type { Classify, ErrorMatcher } from '../outcome.js';

/** The length of the break in ms; `attempt` is 1 for the first break and grows until the circuit closes. */
export type BreakDuration = (attempt: number, context: CallContext) => number;

/**
 * Asks the guarded service, without a caller, whether it is well again. A yes makes the breaker half-open: the calls
 * that are then let in have the last word. A rejection means no, and the next break begins.
 */
export type ActiveProbe = (signal: AbortSignal) => PromiseLike<unknown>;

/** Complete, checked options of one breaker. Durations are ms; `null` switches a rule off. */
export interface CircuitBreakerOptions {
  readonly enabled: boolean;
  readonly failureThreshold: number | null;
  readonly failureRatio: number | null;
  readonly slowCallDuration: number | null;
  readonly slowCallRatio: number | null;
  readonly minimumThroughput: number;
  /** `null` where `samplingSize` is given. */
  readonly samplingDuration: number | null;
  /** `null` where `samplingDuration` is given. */
  readonly samplingSize: number | null;
  readonly breakDuration: number | BreakDuration;
  readonly halfOpenMaxCalls: number;
  readonly successThreshold: number;
  /** `null`: as long as the break. */
  readonly halfOpenTimeout: number | null;
  readonly timeout: number | null;
  readonly classify: Classify | null;
  readonly ignoreErrors: readonly ErrorMatcher[];
  readonly recordErrors: readonly ErrorMatcher[];
  readonly settleOn: 'complete' | 'first';
  readonly probe: ActiveProbe | null;
  /** The break after a probe that failed, in ms; `null`: as long as any other. */
  readonly probeInterval: number | null;
  readonly parent: string | null;
  readonly childrenOpenRatio: number | null;
  /** `true` for the built-in rule, or an `AdaptiveFunction` or `AdaptiveRule`. */
  readonly adaptive: boolean | object | null;
  readonly critical: boolean;
  readonly initialState: 'closed' | 'open' | 'isolated' | 'disabled' | 'metrics_only';
  readonly preset: string | null;
  readonly tags: readonly string[];
}

export const DEFAULT_BREAK_DURATION = 30_000;

/** What API users get who say nothing. */
export const CIRCUIT_BREAKER_DEFAULTS: CircuitBreakerOptions = Object.freeze({
  enabled: true,
  failureThreshold: 5,
  failureRatio: 0.5,
  slowCallDuration: null,
  slowCallRatio: null,
  minimumThroughput: 20,
  samplingDuration: 30_000,
  samplingSize: null,
  breakDuration: DEFAULT_BREAK_DURATION,
  halfOpenMaxCalls: 3,
  successThreshold: 2,
  halfOpenTimeout: null,
  timeout: null,
  classify: null,
  ignoreErrors: Object.freeze([]),
  recordErrors: Object.freeze([]),
  settleOn: 'complete',
  probe: null,
  probeInterval: null,
  parent: null,
  childrenOpenRatio: null,
  adaptive: null,
  critical: true,
  initialState: 'closed',
  preset: null,
  tags: Object.freeze([]),
});
