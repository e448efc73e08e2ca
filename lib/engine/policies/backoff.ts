import type { CallContext } from '../call-context.js';
import type { Random } from '../clock.js';

/** The wait in ms before the next try; `attempt` is the number of the one that failed, `error` how it failed. */
export type BackoffFunction = (attempt: number, error: unknown, context: CallContext) => number;

/** How waits grow from one try to the next. */
export type Backoff = 'constant' | 'linear' | 'exponential' | BackoffFunction;

/** How waits are spread by chance, so that callers who failed together don't come back together. */
export type Jitter = 'full' | 'equal' | 'decorrelated' | 'none';

export interface BackoffOptions {
  /** The first wait in ms. */
  readonly delay: number;
  readonly backoff: Backoff;
  /** No wait is longer, in ms. */
  readonly maxDelay: number;
  readonly jitter: Jitter;
}

/** The failed try that a wait follows. */
export interface FailedAttempt {
  /** 1 for the first try. */
  readonly attempt: number;
  /** `undefined` where a result was not good enough. */
  readonly error: unknown;
  /** The wait before it, in ms; 0 for the first try. */
  readonly previousDelay: number;
  readonly context: CallContext;
}

/**
 * The wait in ms after a failed try: the backoff's, capped, and then spread by chance (Brooker, *Exponential Backoff
 * And Jitter*, AWS 2015). `decorrelated` grows by itself, whatever the shape of the backoff. What a function says is
 * only capped.
 * @throws {RangeError} when a function answers with no duration
 */
export function backoffDelay(options: BackoffOptions, failed: FailedAttempt, random: Random): number {
  const { delay, backoff, maxDelay, jitter } = options;
  if (typeof backoff === 'function') {
    return Math.min(maxDelay, checkedDelay(backoff(failed.attempt, failed.error, failed.context)));
  }
  if (jitter === 'decorrelated') {
    const previous = Math.max(delay, failed.previousDelay);
    return Math.min(maxDelay, delay + random() * (previous * 3 - delay));
  }
  const capped = Math.min(maxDelay, delay * growth(backoff, failed.attempt));
  if (jitter === 'none') return capped;
  return jitter === 'full' ? random() * capped : (capped / 2) * (1 + random());
}

function growth(backoff: 'constant' | 'linear' | 'exponential', attempt: number): number {
  if (backoff === 'constant') return 1;
  return backoff === 'linear' ? attempt : 2 ** (attempt - 1);
}

function checkedDelay(delay: number): number {
  if (Number.isFinite(delay) && delay >= 0) return delay;
  throw new RangeError(`backoff: expected a duration of at least 0 ms, got ${String(delay).slice(0, 40)}`);
}
