import type { CallContext } from '../call-context.js';
import type { Frame } from '../frame.js';
import { PolicyFrame } from '../frame.js';
import type { FrameSource } from '../frame.js';
import { TimeoutFrame } from '../policies/timeout-frame.js';
import type { Settled } from '../outcome.js';
import type { Gate, ParentPermit } from './gate.js';
import type { Stay, Ticket } from './states.js';
import type { Tally } from './tally.js';

/** Finds the breaker that guards a call, where it depends on the call. */
export type BreakerChoice = (context: CallContext) => Gate;

/** The breaker's frame is forked past its limit, and makes the limit anew. */
const NEVER_FORKED: FrameSource = { frame: (inner) => inner };

/** One call's way through a breaker: the frame is its own ticket. */
export class CircuitBreakerFrame extends PolicyFrame implements Ticket {
  stay: Stay | null = null;
  tally: Tally | null = null;
  startedAt = 0;
  deadline = 0;
  isPresumedFailed = false;
  private context: CallContext | undefined = undefined;
  private parentPermit: ParentPermit | null = null;
  /** The frame of the breaker's `timeout`, linked in below while there is one. */
  private limit: TimeoutFrame | null = null;
  private isLimited = false;

  constructor(
    source: FrameSource,
    private breaker: Gate,
    private readonly choice: BreakerChoice | undefined,
    inner: Frame,
  ) {
    super(source, inner);
  }

  override enter(context: CallContext, now: number): void {
    if (this.choice !== undefined) this.breaker = this.choice(context);
    const { breaker } = this;
    this.context = context;
    if (breaker.hasParent && !this.enterParent(context, now)) return;
    if (!breaker.admit(this, now, context)) {
      const refusal = breaker.refusal(now, context);
      this.parentPermit?.ignore(refusal);
      this.parentPermit = null;
      this.outer.fail(refusal, now, false);
      return;
    }
    const isLimited = breaker.timeout !== null;
    if (isLimited !== this.isLimited) this.setLimit(isLimited);
    this.below.enter(context, now);
  }

  override succeed(value: unknown, now: number, live: boolean): void {
    const { breaker } = this;
    const context = this.context as CallContext;
    this.context = undefined;
    breaker.settleValue(this, value, now, context);
    if (this.parentPermit !== null) this.leaveParent({ ok: true, value });
    this.outer.succeed(value, now, live);
  }

  override fail(error: unknown, now: number, live: boolean): void {
    const { breaker } = this;
    const context = this.context as CallContext;
    this.context = undefined;
    breaker.settleError(this, error, now, context);
    if (this.parentPermit !== null) this.leaveParent({ ok: false, error });
    this.outer.fail(error, now, live);
  }

  override cancel(reason: unknown, now: number): void {
    this.breaker.settleOutcome(this, 'ignored', reason, now, this.context as CallContext);
    if (this.parentPermit !== null) {
      this.parentPermit.ignore(reason);
      this.parentPermit = null;
    }
    this.below.cancel(reason, now);
  }

  private get below(): Frame {
    return this.isLimited ? (this.limit as TimeoutFrame) : this.inner;
  }

  private setLimit(isLimited: boolean): void {
    this.isLimited = isLimited;
    if (isLimited) {
      this.limit ??= new TimeoutFrame(NEVER_FORKED, this.breaker, () => this.breaker.timeout, this.inner);
      this.limit.outer = this;
      this.inner.outer = this.limit;
    } else this.inner.outer = this;
  }

  private enterParent(context: CallContext, now: number): boolean {
    try {
      this.parentPermit = this.breaker.enterParent(context, now);
      return true;
    } catch (refusal) {
      this.outer.fail(refusal, now, false);
      return false;
    }
  }

  private leaveParent(settled: Settled): void {
    const permit = this.parentPermit;
    this.parentPermit = null;
    permit?.settle(settled);
  }
}
