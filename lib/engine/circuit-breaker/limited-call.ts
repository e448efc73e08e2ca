import type { CallContext } from '../call-context.js';
import type { Clock } from '../clock.js';
import { deadlinesOf } from '../policies/deadlines.js';
import type { Deadline, DeadlineList } from '../policies/deadlines.js';
import { tellTimedOut, timedOut } from '../policies/timeout-frame.js';
import { interrupt, promiseOf, surroundings } from '../promises.js';
import type { Settle, Surroundings } from '../promises.js';
import { DirectCall, NOBODY, POOL_SIZE } from './direct-call.js';

const WAITING = 0;
/** The time is over, and the news on its way to the call's own context, or told. */
const EXPIRED = 1;
/** The work has ended after all. */
const OVER = 2;

const spare: LimitedCall[] = [];

/**
 * A call through a breaker that stands alone and has a `timeout`: its caller gets a promise of the call's own, and a
 * shared timer interrupts it. What a chain with a limit in it does, on one object.
 */
export class LimitedCall extends DirectCall implements Deadline {
  due = 0;
  previous: Deadline | null = null;
  next: Deadline | null = null;
  private state = WAITING;
  private limit = 0;
  private clock: Clock | undefined = undefined;
  private expiredAt = 0;
  private list: DeadlineList | undefined = undefined;
  private resolve: Settle | undefined = undefined;
  private reject: Settle | undefined = undefined;
  private around: Surroundings = undefined;

  protected override start(work: (context: CallContext) => unknown, context: CallContext): Promise<unknown> {
    const limit = this.gate.timeout;
    if (limit === null) return super.start(work, context); // it has been taken away while the call waited
    const { clock } = this.gate.scope;
    if (limit !== this.limit || clock !== this.clock) {
      this.limit = limit;
      this.clock = clock;
      this.list = deadlinesOf(clock, limit);
    }
    this.context = context;
    this.state = WAITING;
    this.around = surroundings();
    const promise = new Promise(this.keepEnds);
    (this.list as DeadlineList).add(this, this.startedAt);
    let result: unknown;
    let running: Promise<unknown> | undefined;
    try {
      result = work(context);
      running = promiseOf(result);
    } catch (error) {
      this.onError(error);
      return promise;
    }
    if (running === undefined) this.onValue(result);
    else void running.then(this.onValue, this.onError);
    return promise;
  }

  expire(): void {
    this.state = EXPIRED;
    this.expiredAt = this.gate.scope.clock.now();
    interrupt(this.resolve as Settle, this.around, this.onExpired);
  }

  protected override recycle(): void {
    this.gate = NOBODY;
    this.resolve = undefined;
    this.reject = undefined;
    this.around = undefined;
    // one that has expired is lost: its work still runs, and will speak
    if (this.state !== EXPIRED && spare.length < POOL_SIZE) spare.push(this);
  }

  private readonly keepEnds = (resolve: Settle, reject: Settle): void => {
    this.resolve = resolve;
    this.reject = reject;
  };

  private readonly onValue = (value: unknown): void => {
    const resolve = this.resolve as Settle;
    if (!this.isInTime()) return;
    resolve(this.onFulfilled(value));
  };

  private readonly onError = (error: unknown): void => {
    const reject = this.reject as Settle;
    if (!this.isInTime()) return;
    this.failed(error, this.gate.scope.clock.now());
    reject(error);
  };

  private readonly onExpired = (_resolve: Settle, reject: Settle): void => {
    const { gate, limit, context } = this;
    const error = timedOut(gate, limit);
    if (this.state === EXPIRED) context?.abort(error);
    tellTimedOut(gate, limit, context);
    this.failed(error, this.expiredAt);
    reject(error);
  };

  private isInTime(): boolean {
    if (this.state === WAITING) {
      this.list?.remove(this);
      return true;
    }
    this.state = OVER;
    return false;
  }
}

export const limitedCall = (): LimitedCall => spare.pop() ?? new LimitedCall();
