import { operationOf } from '../call-context.js';
import type { CallContext } from '../call-context.js';
import { addCause } from '../cause.js';
import type { Timer } from '../clock.js';
import { ShuttingDownError, isCircuitOpenError } from '../errors.js';
import type { Frame, FrameSource, Refused } from '../frame.js';
import { Deferred } from '../promises.js';
import type { Scope, Waiter } from '../scope.js';
import { LingeringFrame } from './lingering-frame.js';
import type { RetryBudget } from './retry-budget.js';
import type { GivenUp, RetryRules } from './retry-rules.js';

/** Whose calls a frame tries again. */
export interface Retrying {
  readonly name: string;
  readonly scope: Scope;
  /** As they stand when a call begins; `null` while nothing is retried. */
  readonly rules: RetryRules | null;
  readonly budget: RetryBudget;
}

/** The wait before a try. */
interface Wait {
  readonly over: Deferred;
  readonly timer: Timer;
}

/**
 * One call's tries, one after the other. The first passes the chain below; so do later ones, as long as the one before
 * ended cleanly, else a fresh chain. A wait ends as the reaction of a promise made in the call's own context; its
 * timer, or a shutdown, only resolves that promise. An attempt that was given up and still runs is counted, so that
 * the end of the last one is the call's.
 */
export class RetryFrame extends LingeringFrame implements Waiter {
  private rules: RetryRules | null = null;
  /** The attempt's. */
  private context: CallContext | undefined;
  private chain: Frame;
  /** Whether the last attempt still runs on it. */
  private isChainBusy = false;
  private attempts = 0;
  /** Whether an attempt is below. */
  private isTrying = false;
  /** Whether an item of a stream has passed: from then on nothing can start over. */
  private hasPassed = false;
  private startedAt = 0;
  private delay = 0;
  private lastError: unknown;
  private wait: Wait | undefined;
  private isShutDown = false;

  constructor(
    source: FrameSource,
    private readonly owner: Retrying,
    inner: Frame,
  ) {
    super(source, inner);
    this.chain = inner;
  }

  override enter(context: CallContext, now: number): void {
    const { rules, budget } = this.owner;
    this.rules = rules;
    this.isOpen = true;
    this.hasPassed = false;
    this.startedAt = now;
    this.attempts = 0;
    this.delay = 0;
    if (rules !== null && rules.options.budget !== null) budget.call(now);
    this.attempt(context, now);
  }

  override item(value: unknown, now: number): void {
    this.hasPassed = true;
    this.outer.item(value, now);
  }

  override pull(now: number): void {
    this.chain.pull(now);
  }

  override succeed(value: unknown, now: number, live: boolean): void {
    const context = this.arrived(live);
    const { rules } = this;
    if (rules !== null && !this.hasPassed) {
      if (rules.isUnsatisfying(value, context)) this.plan(rules, context, value, undefined, now);
      if (this.hasMovedOn()) return;
    }
    this.release();
    this.outer.succeed(value, now, this.close());
  }

  override fail(error: unknown, now: number, live: boolean): void {
    const context = this.arrived(live);
    const { rules } = this;
    if (rules !== null && !this.hasPassed) {
      if (isCircuitOpenError(error)) addCause(error, this.lastError);
      else this.lastError = error;
      if (rules.isRetryable(error, context)) this.plan(rules, context, error, error, now);
      if (this.hasMovedOn()) return;
    }
    this.giveUp(error, now);
  }

  override refused(refusal: Refused, now: number): void {
    const { rules, attempts } = this;
    if (attempts > 1 || (rules !== null && !rules.givesUpOnRefusals)) {
      this.fail(refusal.error, now, false);
      return;
    }
    this.arrived(false);
    this.release();
    this.close();
    this.outer.refused(refusal, now);
  }

  override cancel(reason: unknown, now: number): void {
    this.isOpen = false;
    this.release();
    if (this.isTrying) {
      this.linger();
      this.chain.cancel(reason, now);
      return;
    }
    this.endWait();
    this.leave();
  }

  shutDown(): void {
    this.isShutDown = true;
    (this.wait as Wait).over.resolve(undefined);
  }

  private attempt(context: CallContext, now: number): void {
    this.context = context;
    this.attempts++;
    this.isTrying = true;
    this.chain.enter(context, now);
  }

  /** An attempt has settled. */
  private arrived(live: boolean): CallContext {
    this.isTrying = false;
    if (live) {
      this.linger();
      this.isChainBusy = true;
    }
    return this.context as CallContext;
  }

  /** Whether there is nothing to say upwards: another try is to come, or the call is over. */
  private hasMovedOn(): boolean {
    return this.wait !== undefined || !this.isOpen;
  }

  private plan(rules: RetryRules, context: CallContext, said: unknown, error: unknown, now: number): void {
    const { scope, budget } = this.owner;
    const failed = { attempt: this.attempts, error, previousDelay: this.delay, context };
    let plan = rules.delayAfter(failed, said, now - this.startedAt);
    if (!this.isOpen) return; // the backoff has aborted the call
    if (typeof plan === 'number') {
      if (scope.isClosing) {
        this.giveUp(this.shuttingDown(), now);
        return;
      }
      const { options } = rules;
      if (options.budget !== null && !budget.spend(now, options.budget)) plan = 'budget';
    }
    if (typeof plan === 'number') this.waitFor(plan, error, context);
    else this.tellExhausted(plan, error, context);
  }

  private waitFor(delay: number, error: unknown, context: CallContext): void {
    const { scope, name } = this.owner;
    const over = new Deferred();
    // a call under way: whoever awaits it counts on the process to live that long
    const timer = scope.clock.schedule(delay, () => over.resolve(undefined), true);
    const wait = (this.wait = { over, timer });
    this.delay = delay;
    this.isShutDown = false;
    scope.waiters.add(this);
    void over.promise.then(() => {
      if (this.wait === wait) this.resume(context);
    });
    if (!scope.events.hears('retried')) return;
    scope.emit('retried', 'retry', name, { attempt: this.attempts + 1, delay, error, ...operationOf(context) });
  }

  private resume(context: CallContext): void {
    const { scope } = this.owner;
    this.endWait();
    const now = scope.clock.now();
    if (this.isShutDown) {
      this.giveUp(this.shuttingDown(), now);
      return;
    }
    if (this.isChainBusy) {
      this.isChainBusy = false;
      this.chain = this.inner.fork();
      this.chain.outer = this;
    }
    this.attempt(context.retry(this.attempts + 1), now);
  }

  private endWait(): void {
    if (this.wait === undefined) return;
    this.wait.timer.cancel();
    this.wait = undefined;
    this.owner.scope.waiters.delete(this);
  }

  private giveUp(error: unknown, now: number): void {
    this.release();
    this.outer.fail(error, now, this.close());
  }

  /** A pooled frame holds on to nothing. */
  private release(): void {
    this.context = undefined;
    this.lastError = undefined;
  }

  private shuttingDown(): ShuttingDownError {
    return new ShuttingDownError('retry', this.owner.name, this.lastError);
  }

  private tellExhausted(reason: GivenUp, error: unknown, context: CallContext): void {
    const { scope, name } = this.owner;
    if (!scope.events.hears('retries_exhausted')) return;
    const { attempts } = this;
    scope.emit('retries_exhausted', 'retry', name, { attempts, reason, error, ...operationOf(context) });
  }
}
