import type { CallContext } from '../call-context.js';
import type { Frame } from '../frame.js';
import { PolicyFrame } from '../frame.js';
import type { FrameSource } from '../frame.js';
import { TimeoutFrame } from '../policies/timeout-frame.js';
import type { Limited } from '../policies/timeout-frame.js';
import type { Settled } from '../outcome.js';
import type { Scope } from '../scope.js';
import type { Gate, ParentPermit } from './gate.js';
import type { Stay, Ticket } from './states.js';
import type { Tally } from './tally.js';

/** Finds the breaker that guards a call, where it depends on the call. */
export type BreakerChoice = (context: CallContext) => Gate;

/** The breaker's frame is forked past its limit, and makes the limit anew. */
const NEVER_FORKED: FrameSource = { frame: (inner) => inner };

/**
 * One call's way through a breaker: the frame is its own ticket. Its steps tell listeners, and a listener may abort
 * the very call: a `cancel` that comes in the middle of a step goes no further down, and the step ends with `ended`.
 */
export class CircuitBreakerFrame extends PolicyFrame implements Ticket, Limited {
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
  /** Whether the call is below. */
  private isInside = false;
  private isCancelled = false;

  constructor(
    source: FrameSource,
    /** Before its first call, one with a `choice` has none. */
    private breaker: Gate,
    private readonly choice: BreakerChoice | undefined,
    inner: Frame,
  ) {
    super(source, inner);
  }

  /** The name in a time-out's error. */
  get name(): string {
    return this.breaker.name;
  }

  get scope(): Scope {
    return this.breaker.scope;
  }

  override enter(context: CallContext, now: number): void {
    this.isCancelled = false;
    this.context = context;
    if (this.choice !== undefined && !this.choose(this.choice, context, now)) return;
    const { breaker } = this;
    if (breaker.hasParent && !this.enterParent(context, now)) return;
    this.pass(context, now, false);
  }

  /** On, if the breaker lets it; `again`: it has waited to be asked once more. */
  private pass(context: CallContext, now: number, again: boolean): void {
    const { breaker } = this;
    if (!breaker.admit(this, now, context)) {
      const candidacy = again || this.isCancelled ? null : (breaker.machine.witness?.candidacy() ?? null);
      if (candidacy !== null) {
        void candidacy.then(() => this.passLater(context));
        return;
      }
      const refusal = breaker.refuse(now, context);
      this.parentPermit?.ignore(refusal.error);
      this.parentPermit = null;
      this.context = undefined;
      if (this.isCancelled) this.outer.ended();
      else this.outer.refused(refusal, now);
      return;
    }
    if (this.isCancelled) {
      this.giveBack(undefined, now, context);
      this.outer.ended();
      return;
    }
    breaker.scope.interceptor?.admitted(breaker.name, context);
    const isLimited = breaker.timeout !== null;
    if (isLimited !== this.isLimited) this.setLimit(isLimited);
    this.isInside = true;
    this.below.enter(context, now);
  }

  private passLater(context: CallContext): void {
    if (this.isCancelled) {
      this.context = undefined;
      this.parentPermit?.ignore();
      this.parentPermit = null;
      this.outer.ended();
    } else this.pass(context, this.scope.clock.now(), true);
  }

  override succeed(value: unknown, now: number, live: boolean): void {
    const { breaker } = this;
    const context = this.context as CallContext;
    this.context = undefined;
    this.isInside = false;
    breaker.settleValue(this, value, now, context);
    if (this.parentPermit !== null) this.leaveParent({ ok: true, value });
    if (!this.isCancelled) this.outer.succeed(value, now, live);
    else if (!live) this.outer.ended();
  }

  override fail(error: unknown, now: number, live: boolean): void {
    const { breaker } = this;
    const context = this.context as CallContext;
    this.context = undefined;
    this.isInside = false;
    breaker.settleError(this, error, now, context);
    if (this.parentPermit !== null) this.leaveParent({ ok: false, error });
    if (!this.isCancelled) this.outer.fail(error, now, live);
    else if (!live) this.outer.ended();
  }

  override cancel(reason: unknown, now: number): void {
    this.isCancelled = true;
    if (!this.isInside) return;
    this.isInside = false;
    this.giveBack(reason, now, this.context as CallContext);
    this.below.cancel(reason, now);
  }

  private giveBack(reason: unknown, now: number, context: CallContext): void {
    this.breaker.settleOutcome(this, 'ignored', reason, now, context);
    const permit = this.parentPermit;
    this.parentPermit = null;
    permit?.ignore(reason);
  }

  private failBeforehand(error: unknown, now: number): void {
    this.context = undefined;
    if (this.isCancelled) this.outer.ended();
    else this.outer.fail(error, now, false);
  }

  override item(value: unknown, now: number): void {
    if (this.breaker.options.settleOn === 'first') {
      this.breaker.settleValue(this, value, now, this.context as CallContext);
      if (this.parentPermit !== null) this.leaveParent({ ok: true, value });
    }
    if (!this.isCancelled) this.outer.item(value, now);
  }

  override pull(now: number): void {
    this.below.pull(now);
  }

  private get below(): Frame {
    return this.isLimited ? (this.limit as TimeoutFrame) : this.inner;
  }

  private setLimit(isLimited: boolean): void {
    this.isLimited = isLimited;
    if (isLimited) {
      this.limit ??= new TimeoutFrame(NEVER_FORKED, this, () => this.breaker.timeout, this.inner);
      this.limit.outer = this;
      this.inner.outer = this.limit;
    } else this.inner.outer = this;
  }

  private choose(choice: BreakerChoice, context: CallContext, now: number): boolean {
    try {
      this.breaker = choice(context);
      return true;
    } catch (fault) {
      this.failBeforehand(fault, now);
      return false;
    }
  }

  private enterParent(context: CallContext, now: number): boolean {
    try {
      this.parentPermit = this.breaker.enterParent(context, now);
      return true;
    } catch (refusal) {
      this.failBeforehand(refusal, now);
      return false;
    }
  }

  private leaveParent(settled: Settled): void {
    const permit = this.parentPermit as ParentPermit;
    this.parentPermit = null;
    permit.settle(settled);
  }
}
