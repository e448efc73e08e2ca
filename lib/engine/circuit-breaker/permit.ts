import type { CallContext } from '../call-context.js';
import type { Outcome, Settled } from '../outcome.js';
import type { Clock } from '../clock.js';
import type { Gate, ParentPermit } from './gate.js';
import type { Stay, Ticket } from './states.js';
import type { Tally } from './tally.js';

// TypeScript's `using` on a runtime without the symbol looks for the same registered one
const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);

/**
 * Leave to make one call, by hand. Settle it once; what comes after the first word has no effect. Disposing an
 * unsettled permit (`using`) ignores the call.
 */
export class Permit implements Ticket, ParentPermit, Disposable {
  /** @internal */
  stay: Stay | null = null;
  /** @internal */
  tally: Tally | null = null;
  /** @internal */
  startedAt = 0;
  /** @internal */
  deadline = 0;
  /** @internal */
  isPresumedFailed = false;

  /** @internal */
  constructor(
    private readonly breaker: Gate,
    private readonly clock: Clock,
    private readonly context: CallContext,
    private readonly parent: ParentPermit | null,
  ) {}

  /** The call went well. */
  success(): void {
    this.end('success', undefined);
  }

  /** The call failed. */
  failure(error?: unknown): void {
    this.end('failure', error);
  }

  /** The call says nothing about the service. */
  ignore(error?: unknown): void {
    this.end('ignored', error);
  }

  /** Lets the breaker's own rules judge how the call ended. */
  settle(settled: Settled): void {
    this.breaker.settle(this, settled, this.clock.now(), this.context);
    this.parent?.settle(settled);
  }

  [DISPOSE](): void {
    this.ignore();
  }

  private end(outcome: Outcome, error: unknown): void {
    this.breaker.settleOutcome(this, outcome, error, this.clock.now(), this.context);
    if (outcome === 'ignored') this.parent?.ignore(error);
    else this.parent?.settle(outcome === 'success' ? { ok: true, value: undefined } : { ok: false, error });
  }
}
