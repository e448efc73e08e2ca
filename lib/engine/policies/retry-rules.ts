import type { CallContext, CallOrigin } from '../call-context.js';
import { CircuitOpenError, codeOf, isCircuitOpenError } from '../errors.js';
import type { PolicyEventDetails } from '../events.js';
import { anyOf, classifyError } from '../outcome.js';
import type { ErrorPredicate } from '../outcome.js';
import { backoffDelay } from './backoff.js';
import type { FailedAttempt } from './backoff.js';
import { retryAfterOf } from './retry-after.js';
import type { RetryOptions } from './retry-options.js';

/** Why there is no further try. */
export type GivenUp = PolicyEventDetails['retries_exhausted']['reason'];

/**
 * What is retried, and when: the options of a retry policy, compiled. By default an error is retried that a breaker
 * would count as a failure, and whatever says "again" by its status (408, 429); never the caller's abort, a refusal of
 * this library or, unless told, an open circuit. A fault in a user's predicate is reported and ends the retry.
 */
export class RetryRules {
  private readonly aborts: ErrorPredicate | undefined;
  private readonly retries: ErrorPredicate;
  private readonly retriesOpenCircuit: boolean;
  /** Whether an open circuit is given up on whatever its error says. */
  readonly givesUpOnRefusals: boolean;

  constructor(
    readonly options: RetryOptions,
    private readonly owner: CallOrigin,
  ) {
    this.aborts = anyOf(options.abortOn);
    this.retries = anyOf(options.retryOn) ?? isTransient;
    this.retriesOpenCircuit = options.retryOpenCircuit || options.retryOn.includes(CircuitOpenError);
    this.givesUpOnRefusals = this.aborts === undefined && !this.retriesOpenCircuit;
  }

  isRetryable(error: unknown, context: CallContext): boolean {
    if (codeOf(error) === 'ERR_SHUTTING_DOWN') return false;
    try {
      const seen = context.seenBy(this.owner);
      if (this.aborts?.(error, seen) === true) return false;
      return isCircuitOpenError(error) ? this.retriesOpenCircuit : this.retries(error, seen);
    } catch (fault) {
      this.report(fault, 'a predicate');
      return false;
    }
  }

  /** Whether a result is to be tried for again. */
  isUnsatisfying(value: unknown, context: CallContext): boolean {
    try {
      return this.options.retryOnResult?.(value, context.seenBy(this.owner)) === true;
    } catch (fault) {
      this.report(fault, 'retryOnResult');
      return false;
    }
  }

  /**
   * How long to wait before the next try, in ms, or why there is none.
   * @param said the error, or the result: either may name the time to wait
   * @param elapsed ms since the call began
   */
  delayAfter(failed: FailedAttempt, said: unknown, elapsed: number): number | GivenUp {
    const { maxAttempts, maxDelay, maxElapsed, respectRetryAfter } = this.options;
    if (failed.attempt >= maxAttempts) return 'attempts';
    const limit = maxElapsed === null ? Infinity : maxElapsed - elapsed;
    const asked = respectRetryAfter ? (retryAfterOf(said, this.owner.scope.clock) ?? 0) : 0;
    if (asked > maxDelay || (asked > 0 && asked > limit)) return 'retry_after';
    const delay = Math.max(asked, this.backoff(failed));
    return delay > limit ? 'elapsed' : delay;
  }

  private backoff(failed: FailedAttempt): number {
    const { options, owner } = this;
    try {
      return backoffDelay(options, { ...failed, context: failed.context.seenBy(owner) }, owner.scope.random);
    } catch (fault) {
      this.report(fault, 'backoff');
      return Math.min(options.delay, options.maxDelay);
    }
  }

  private report(fault: unknown, what: string): void {
    const { scope, name } = this.owner;
    scope.report(fault, `${what} of retry${name === '' ? '' : ` "${name}"`}`);
  }
}

/** The built-in choice: a failure, or a refusal of the service that passes with time. */
const isTransient = (error: unknown, context: CallContext): boolean =>
  classifyError(error, context) === 'failure' || saysAgain(error);

/** Whether an `HttpException` carries 408 or 429; other errors with these are failures anyway. */
function saysAgain(error: unknown): boolean {
  try {
    const status = (error as { getStatus?: () => unknown }).getStatus?.();
    return status === 408 || status === 429;
  } catch {
    return false;
  }
}
