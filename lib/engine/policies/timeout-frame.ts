import { operationOf } from '../call-context.js';
import type { CallContext } from '../call-context.js';
import { CallTimeoutError, withoutStack } from '../errors.js';
import { PolicyFrame } from '../frame.js';
import type { Frame, FrameSource } from '../frame.js';
import type { Scope } from '../scope.js';
import { deadlinesOf } from './deadlines.js';
import type { Deadline, DeadlineList } from './deadlines.js';

/** Whose limit a frame keeps. */
export interface Limited {
  readonly name: string;
  readonly scope: Scope;
}

/** What a call ends with that has passed a limit of `duration` ms. */
export const timedOut = ({ name }: Limited, duration: number): CallTimeoutError =>
  withoutStack(() => new CallTimeoutError(name, duration));

export function tellTimedOut({ scope, name }: Limited, duration: number, context: CallContext | undefined): void {
  if (scope.events.hears('timed_out')) {
    scope.emit('timed_out', 'timeout', name, { duration, ...operationOf(context) });
  }
}

/** Nothing is below that has a limit. */
const OFF = 0;
const WAITING = 1;
/** The time is over, and the news on its way to the call's own context. Meanwhile what is below may … */
const EXPIRED = 2;
/** … settle, which is too late … */
const EXPIRED_LIVE = 3;
/** … and end. */
const EXPIRED_OVER = 4;

/**
 * One call's way through a limit. A shared timer fires in whatever context armed it, so all it does is to interrupt
 * the call; what follows a time-out (aborting the attempt, judging, retrying, falling back) runs in the context of the
 * call itself. A stream is limited while it owes an item, not while its consumer is busy with one.
 */
export class TimeoutFrame extends PolicyFrame implements Deadline {
  due = 0;
  previous: Deadline | null = null;
  next: Deadline | null = null;
  private state = OFF;
  private isCancelled = false;
  /** Whether an item, or the result, is owed within the limit. */
  private isOwed = false;
  private expiredAt = 0;
  private duration = 0;
  private list: DeadlineList | undefined;
  private context: CallContext | undefined;

  constructor(
    source: FrameSource,
    private readonly owner: Limited,
    /** The limit in ms at the time of the call; `null` for none. */
    private readonly limit: () => number | null,
    inner: Frame,
  ) {
    super(source, inner);
  }

  override enter(context: CallContext, now: number): void {
    const duration = this.limit();
    this.isCancelled = false;
    if (duration !== null) {
      this.state = WAITING;
      this.isOwed = true;
      this.context = context;
      if (duration !== this.duration) {
        this.duration = duration;
        this.list = deadlinesOf(this.owner.scope.clock, duration);
      }
      this.outer.detach();
      (this.list as DeadlineList).add(this, now);
    }
    this.inner.enter(context, now);
  }

  override item(value: unknown, now: number): void {
    if (this.state > WAITING) return;
    if (this.isOwed) {
      this.isOwed = false;
      (this.list as DeadlineList).remove(this);
    }
    this.outer.item(value, now);
  }

  override pull(now: number): void {
    if (this.state === WAITING && !this.isOwed) {
      this.isOwed = true;
      (this.list as DeadlineList).add(this, now);
    }
    this.inner.pull(now);
  }

  override succeed(value: unknown, now: number, live: boolean): void {
    if (this.isInTime(live)) this.outer.succeed(value, now, live);
  }

  override fail(error: unknown, now: number, live: boolean): void {
    if (this.isInTime(live)) this.outer.fail(error, now, live);
  }

  override cancel(reason: unknown, now: number): void {
    const { state } = this;
    this.isCancelled = true;
    if (state === WAITING) this.release();
    // a time-out that is on its way finds the call cancelled: where it would have arrived, the end is told instead
    if (state <= EXPIRED) this.inner.cancel(reason, now);
  }

  override ended(): void {
    if (this.state >= EXPIRED)
      this.state = EXPIRED_OVER; // the end must not overtake the news
    else this.outer.ended();
  }

  expire(): void {
    this.state = EXPIRED;
    this.expiredAt = this.owner.scope.clock.now();
    this.outer.interrupt(this.onExpired);
  }

  private readonly onExpired = (): void => {
    const { owner, expiredAt, duration } = this;
    const error = timedOut(owner, duration);
    if (!this.isCancelled) {
      if (this.state === EXPIRED) {
        this.state = EXPIRED_LIVE;
        this.inner.cancel(error, expiredAt);
      }
      tellTimedOut(owner, duration, this.context);
    }
    const isLive = this.state !== EXPIRED_OVER;
    this.release();
    // whoever heard of it, by the signal or the event, may have aborted the whole call
    if (!this.isCancelled) this.outer.fail(error, expiredAt, isLive);
    else if (!isLive) this.outer.ended();
  };

  private isInTime(live: boolean): boolean {
    if (this.state === WAITING) this.release();
    else if (this.state === EXPIRED) this.state = live ? EXPIRED_LIVE : EXPIRED_OVER;
    return this.state === OFF;
  }

  private release(): void {
    (this.list as DeadlineList).remove(this);
    this.state = OFF;
    this.context = undefined;
  }
}
