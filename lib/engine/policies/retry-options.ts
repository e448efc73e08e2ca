import type { CallContext } from '../call-context.js';
import type { ErrorMatcher } from '../outcome.js';
import type { BackoffOptions } from './backoff.js';
import type { RetryBudgetOptions } from './retry-budget.js';

/** Complete, checked options of a retry policy. Durations are ms. */
export interface RetryOptions extends BackoffOptions {
  readonly enabled: boolean;
  /** Tries in all, the first included. */
  readonly maxAttempts: number;
  /** The only errors that are retried; empty for the built-in choice. An open circuit is not among them. */
  readonly retryOn: readonly ErrorMatcher[];
  /** Errors that are never retried. */
  readonly abortOn: readonly ErrorMatcher[];
  /** Whether a result is as bad as an error; the last one is the call's own, however bad. */
  readonly retryOnResult: ((value: unknown, context: CallContext) => boolean) | null;
  /** Whether the refusal of an open circuit is retried; naming {@link CircuitOpenError} in `retryOn` says the same. */
  readonly retryOpenCircuit: boolean;
  readonly respectRetryAfter: boolean;
  /** `null` for no limit. */
  readonly budget: RetryBudgetOptions | null;
  /** No try begins later than this after the call; `null` for no limit. */
  readonly maxElapsed: number | null;
}

/** What API users get who say nothing. */
export const RETRY_DEFAULTS: RetryOptions = Object.freeze({
  enabled: true,
  maxAttempts: 3,
  delay: 200,
  backoff: 'exponential',
  maxDelay: 10_000,
  jitter: 'full',
  retryOn: Object.freeze([]),
  abortOn: Object.freeze([]),
  retryOnResult: null,
  retryOpenCircuit: false,
  respectRetryAfter: true,
  budget: Object.freeze({ ratio: 0.2, minPerMinute: 10 }),
  maxElapsed: null,
});
