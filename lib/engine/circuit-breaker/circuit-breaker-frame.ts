import type { CallContext } from '../call-context.js';
import type { Frame } from '../frame.js';
import { PolicyFrame } from '../frame.js';
import type { FrameSource } from '../frame.js';
import type { Settled } from '../outcome.js';
import type { Gate, ParentPermit } from './gate.js';
import type { Stay, Ticket } from './states.js';
import type { Tally } from './tally.js';

/** Finds the breaker that guards a call: one for all calls, or one a key. */
export type BreakerChoice = (context: CallContext) => Gate;

/** One call's way through a breaker: the frame is its own ticket. */
export class CircuitBreakerFrame extends PolicyFrame implements Ticket {
  stay: Stay | null = null;
  tally: Tally | null = null;
  startedAt = 0;
  deadline = 0;
  isPresumedFailed = false;
  private breaker!: Gate;
  private context!: CallContext;
  private parentPermit: ParentPermit | null = null;

  constructor(
    source: FrameSource,
    private readonly choice: BreakerChoice,
    inner: Frame,
  ) {
    super(source, inner);
  }

  override enter(context: CallContext, now: number): void {
    const breaker = (this.breaker = this.choice(context));
    this.context = context;
    if (breaker.hasParent) {
      try {
        this.parentPermit = breaker.enterParent(context, now);
      } catch (refusal) {
        this.outer.fail(refusal, now, false);
        return;
      }
    }
    if (breaker.admit(this, now, context)) this.inner.enter(context, now);
    else {
      const refusal = breaker.refusal(now, context);
      this.leaveParent({ ok: false, error: refusal });
      this.outer.fail(refusal, now, false);
    }
  }

  override succeed(value: unknown, now: number, live: boolean): void {
    const { breaker, context } = this;
    breaker.settleValue(this, value, now, context);
    if (this.parentPermit !== null) this.leaveParent({ ok: true, value });
    this.outer.succeed(value, now, live);
  }

  override fail(error: unknown, now: number, live: boolean): void {
    const { breaker, context } = this;
    breaker.settleError(this, error, now, context);
    if (this.parentPermit !== null) this.leaveParent({ ok: false, error });
    this.outer.fail(error, now, live);
  }

  override cancel(reason: unknown, now: number): void {
    this.breaker.settleOutcome(this, 'ignored', reason, now, this.context);
    if (this.parentPermit !== null) {
      this.parentPermit.ignore(reason);
      this.parentPermit = null;
    }
    this.inner.cancel(reason, now);
  }

  private leaveParent(settled: Settled): void {
    const permit = this.parentPermit;
    this.parentPermit = null;
    permit?.settle(settled);
  }
}
