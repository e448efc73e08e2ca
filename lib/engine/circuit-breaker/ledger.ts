import { operationOf } from '../call-context.js';
import type { CallContext } from '../call-context.js';
import { isCallTimeoutError } from '../errors.js';
import type { PolicyEventDetails } from '../events.js';
import type { Outcome } from '../outcome.js';
import type { Scope } from '../scope.js';
import type { CircuitState, Totals } from '../snapshot.js';
import { Tally } from './tally.js';

/** What is told of a refusal; read only where somebody listens. */
interface RefusalDetails {
  readonly state: CircuitState;
  readonly retryAfter: number | null;
}

const NOTHING = new Tally();

/** The books of one breaker: counts each call where it was admitted and tells the listeners. It decides nothing. */
export class Ledger {
  /** Allocated at the first call or transition. */
  private current: Tally | null = null;
  lastSuccessAt = -1;
  lastFailureAt = -1;
  lastError: unknown = undefined;

  private readonly heard: Scope['events']['heard'];

  constructor(
    private readonly name: string,
    private readonly scope: Scope,
  ) {
    this.heard = scope.events.heard;
  }

  get tally(): Tally {
    return (this.current ??= new Tally());
  }

  /** The totals and the number of calls under way; allocates no tally. */
  read(): { readonly totals: Totals; readonly inFlight: number } {
    const tally = this.current ?? NOTHING;
    return { totals: Object.freeze(tally.toJSON()), inFlight: tally.inFlight };
  }

  /** Starts over; calls under way keep the tally that they were admitted in. */
  clear(): void {
    this.restore(null);
    this.lastSuccessAt = -1;
    this.lastFailureAt = -1;
    this.lastError = undefined;
  }

  restore(tally: Tally | null): void {
    this.current = tally;
  }

  success(tally: Tally, isSlow: boolean, now: number, duration: number, context: CallContext | undefined): void {
    tally.successes++;
    this.lastSuccessAt = now;
    if (isSlow || this.heard.succeeded) this.tellSuccess(tally, isSlow, duration, context);
  }

  private tellSuccess(tally: Tally, isSlow: boolean, duration: number, context: CallContext | undefined): void {
    if (this.heard.succeeded) this.emit('succeeded', { duration, ...operationOf(context) });
    if (isSlow) this.slow(tally, duration, context);
  }

  failure(
    tally: Tally,
    isSlow: boolean,
    error: unknown,
    now: number,
    duration: number,
    context: CallContext | undefined,
  ): void {
    tally.failures++;
    if (isCallTimeoutError(error)) tally.timeouts++;
    this.lastFailureAt = now;
    this.lastError = error;
    if (this.heard.failed) this.emit('failed', { duration, error, ...operationOf(context) });
    if (isSlow) this.slow(tally, duration, context);
  }

  ignored(tally: Tally, error: unknown, duration: number, context: CallContext | undefined): void {
    tally.ignored++;
    if (this.heard.ignored) this.emit('ignored', { duration, error, ...operationOf(context) });
  }

  /** A call ended after its stay. One that was presumed failed at its deadline is counted as what it is now. */
  stale(
    tally: Tally,
    wasPresumedFailed: boolean,
    outcome: Outcome,
    duration: number,
    context: CallContext | undefined,
  ): void {
    if (wasPresumedFailed) tally.failures--;
    tally.stale++;
    if (this.heard.stale_result) {
      this.emit('stale_result', { duration, ok: outcome === 'success', ...operationOf(context) });
    }
  }

  /** A probe passed its deadline. */
  presumedFailure(tally: Tally, at: number): void {
    tally.failures++;
    this.lastFailureAt = at;
  }

  refused(refusal: RefusalDetails, context: CallContext | undefined): void {
    this.tally.refused++;
    if (this.heard.refused) this.tellRefused(refusal, context);
  }

  private tellRefused({ state, retryAfter }: RefusalDetails, context: CallContext | undefined): void {
    this.emit('refused', { retryAfter, state, ...operationOf(context) });
  }

  private slow(tally: Tally, duration: number, context: CallContext | undefined): void {
    tally.slow++;
    if (this.heard.slow) this.emit('slow', { duration, ...operationOf(context) });
  }

  private emit<T extends keyof PolicyEventDetails>(type: T, details: PolicyEventDetails[T]): void {
    this.scope.emit(type, 'circuit_breaker', this.name, details);
  }
}
