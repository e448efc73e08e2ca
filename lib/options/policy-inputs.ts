import type { CallContext, ErrorMatcher } from '../engine/index.js';
import type { Duration } from './duration.js';

/** What may be said of a retry policy; everything may be left out. */
export interface RetryOptionsInput {
  /** `false`: one try only. @default true */
  readonly enabled?: boolean | undefined;
  /** Tries in all, the first included, at least 1. @default 3 */
  readonly maxAttempts?: number | undefined;
  /** The wait before the second try. @default '200ms' */
  readonly delay?: Duration | undefined;
  /** How waits grow, or a function of the number of the try that failed and its error. @default 'exponential' */
  readonly backoff?: 'constant' | 'linear' | 'exponential' | BackoffInput | undefined;
  /** No wait is longer. @default '10s' */
  readonly maxDelay?: Duration | undefined;
  /** How waits are spread by chance, so that callers don't come back together. @default 'full' */
  readonly jitter?: 'full' | 'equal' | 'decorrelated' | 'none' | undefined;
  /** The only errors that are retried: classes or predicates. */
  readonly retryOn?: ErrorMatcher | readonly ErrorMatcher[] | undefined;
  /** Errors that are never retried: classes or predicates. They win over `retryOn`. */
  readonly abortOn?: ErrorMatcher | readonly ErrorMatcher[] | undefined;
  /** Whether a result is as bad as an error. */
  readonly retryOnResult?: ((result: unknown, context: CallContext) => boolean) | undefined;
  /** Whether the refusal of an open circuit is retried. @default false */
  readonly retryOpenCircuit?: boolean | undefined;
  /** Whether a wait that the service asks for is kept. @default true */
  readonly respectRetryAfter?: boolean | undefined;
  /** Share of calls that may be retries, over 0 and up to 1; `false` for no limit. @default 0.2, at least 10 a minute */
  readonly budget?: number | { readonly ratio?: number | undefined; readonly minPerMinute?: number | undefined } | false | undefined; // prettier-ignore
  /** No try begins later than this after the first. */
  readonly maxElapsed?: Duration | undefined;
}

/** The wait before the next try; `attempt` is the number of the one that failed. */
export type BackoffInput = (attempt: number, error: unknown, context: CallContext) => Duration;

/** What may be said of a time-out. */
export interface TimeoutOptionsInput {
  /** `false`: calls take as long as they take. @default true */
  readonly enabled?: boolean | undefined;
  /** The limit of each call. */
  readonly duration?: Duration | undefined;
}

/** What may be said of a bulkhead; everything may be left out. */
export interface BulkheadOptionsInput {
  /** `false`: as many calls as come. @default true */
  readonly enabled?: boolean | undefined;
  /** Calls at once, at least 1. @default 10 */
  readonly maxConcurrent?: number | undefined;
  /** Calls that may wait for a place. @default 0 */
  readonly maxQueue?: number | undefined;
  /** No call waits longer. */
  readonly queueTimeout?: Duration | undefined;
}

/** What may be said of a rate limiter. */
export interface RateLimiterOptionsInput {
  /** `false`: as many calls as come. @default true */
  readonly enabled?: boolean | undefined;
  /** Calls in an interval, at least 1. */
  readonly limit?: number | undefined;
  /** The interval that `limit` speaks of. @default '1s' */
  readonly interval?: Duration | undefined;
  /** Calls that may come at once, at least 1. @default `limit` */
  readonly burst?: number | undefined;
  /** How long a call may wait for its turn; without it a call over the limit is refused at once. */
  readonly maxWait?: Duration | undefined;
}

/** What may be said of a hedge; everything may be left out. */
export interface HedgeOptionsInput {
  /** `false`: one try only. @default true */
  readonly enabled?: boolean | undefined;
  /** How long a try may take before another one starts beside it. @default '1s' */
  readonly delay?: Duration | undefined;
  /** Tries in all, the first included, at least 1. @default 2 */
  readonly maxAttempts?: number | undefined;
}
