import type { CallContext } from '../call-context.js';
import { CallTimeoutError, withoutStack } from '../errors.js';
import { PolicyFrame } from '../frame.js';
import type { Adopter, Frame, FrameSource } from '../frame.js';
import { Deferred } from '../promises.js';
import type { Scope } from '../scope.js';
import { deadlinesOf } from './deadlines.js';
import type { Deadline, DeadlineList } from './deadlines.js';

/** Whose limit a frame keeps. */
export interface Limited {
  readonly name: string;
  readonly scope: Scope;
}

const OFF = 0;
const WAITING = 1;
const SETTLED = 2;
const SETTLED_LIVE = 3;

/**
 * One call's way through a limit. A shared timer fires in whatever context armed it, so it only rejects a promise;
 * what follows a time-out (aborting the attempt, judging, retrying, falling back) runs as that promise's reaction,
 * in the context of the call itself. A stream is limited while it owes an item, not while its consumer is busy with
 * one; its items and its end pass without a promise, so that a synchronous stream stays synchronous.
 */
export class TimeoutFrame extends PolicyFrame implements Deadline {
  due = 0;
  previous: Deadline | null = null;
  next: Deadline | null = null;
  private state = OFF;
  private hasExpired = false;
  private isCancelled = false;
  /** Whether the promise has settled and its reaction is still to come, or at work. */
  private isTelling = false;
  /** Of a stream: whether an item is owed. */
  private isOwed = false;
  private settledAt = 0;
  private duration = 0;
  private deferred: Deferred | undefined;
  private adopter: Adopter | undefined;
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
    if (duration === null) {
      this.state = OFF;
      this.inner.enter(context, now);
      return;
    }
    this.state = WAITING;
    this.hasExpired = false;
    this.isCancelled = false;
    this.context = context;
    if (duration !== this.duration || this.list === undefined) {
      this.duration = duration;
      this.list = deadlinesOf(this.owner.scope.clock, duration);
    }
    const deferred = (this.deferred = new Deferred());
    this.adopter = this.outer.adopt(deferred.promise.then(this.onFulfilled, this.onRejected));
    this.list.add(this, now);
    this.isOwed = true;
    this.inner.enter(context, now);
  }

  override item(value: unknown, now: number): void {
    if (this.state === WAITING && this.isOwed) {
      if (this.hasExpired) return; // the time-out is on its way up
      this.isOwed = false;
      this.list?.remove(this);
    }
    this.outer.item(value, now);
  }

  override pull(now: number): void {
    if (this.state === WAITING && !this.isOwed) {
      this.isOwed = true;
      this.list?.add(this, now);
    }
    this.inner.pull(now);
  }

  override succeed(value: unknown, now: number, live: boolean): void {
    if (this.state === OFF) this.outer.succeed(value, now, live);
    else if (this.settle(now, live)) {
      if (this.context?.isStream === true) this.outer.succeed(value, now, this.deliver());
      else (this.deferred as Deferred).resolve(value);
    }
  }

  override fail(error: unknown, now: number, live: boolean): void {
    if (this.state === OFF) this.outer.fail(error, now, live);
    else if (this.settle(now, live)) {
      if (this.context?.isStream === true) this.outer.fail(error, now, this.deliver());
      else (this.deferred as Deferred).reject(error);
    }
  }

  override cancel(reason: unknown, now: number): void {
    if (this.state === OFF) {
      this.inner.cancel(reason, now);
      return;
    }
    this.list?.remove(this);
    this.isCancelled = true;
    if (this.state === WAITING) this.inner.cancel(reason, now);
    // else the news is on its way up: where it would have arrived, the end is told instead
  }

  override ended(): void {
    if (this.isTelling)
      this.state = SETTLED; // the end must not overtake the news
    else this.outer.ended();
  }

  expire(): void {
    const { owner } = this;
    this.hasExpired = true;
    this.isTelling = true;
    this.settledAt = owner.scope.clock.now();
    (this.deferred as Deferred).reject(withoutStack(() => new CallTimeoutError(owner.name, this.duration)));
  }

  /** Whether what is below has settled in time. */
  private settle(now: number, live: boolean): boolean {
    this.state = live ? SETTLED_LIVE : SETTLED;
    if (this.hasExpired) return false;
    (this.list as DeadlineList).remove(this);
    this.isTelling = true;
    this.settledAt = now;
    return true;
  }

  private readonly onFulfilled = (value: unknown): unknown => {
    if (this.isCancelled) return this.drop();
    const { adopter } = this;
    this.outer.succeed(value, this.settledAt, this.deliver());
    return adopter?.answer();
  };

  private readonly onRejected = (error: unknown): unknown => {
    if (this.isCancelled) return this.drop();
    const { adopter, settledAt, context } = this;
    if (this.hasExpired) {
      const { scope, name } = this.owner;
      if (this.state === WAITING) {
        this.state = SETTLED_LIVE;
        this.inner.cancel(error, settledAt);
      }
      if (scope.events.hears('timed_out')) {
        const operation = context?.operation === undefined ? {} : { operation: context.operation };
        scope.emit('timed_out', 'timeout', name, { duration: this.duration, ...operation });
      }
      // whoever heard of it, by the signal or the event, may have aborted the whole call
      if (this.isCancelled) return this.drop();
    }
    this.outer.fail(error, settledAt, this.deliver());
    return adopter?.answer();
  };

  /** The call was cancelled while the news was on its way up. */
  private drop(): undefined {
    this.isTelling = false;
    if (this.state === SETTLED) this.outer.ended();
  }

  /** The settlement goes up now; answers whether work is still running below. */
  private deliver(): boolean {
    const isLive = this.state === SETTLED_LIVE;
    this.state = OFF;
    this.isTelling = false;
    this.deferred = undefined;
    this.adopter = undefined;
    this.context = undefined;
    return isLive;
  }
}
