import { operationOf } from '../call-context.js';
import type { CallContext } from '../call-context.js';
import type { Frame, FrameSource } from '../frame.js';
import { classifyError } from '../outcome.js';
import type { Scope } from '../scope.js';
import { deadlinesOf } from './deadlines.js';
import type { Deadline, DeadlineList } from './deadlines.js';
import { HedgeAttempt } from './hedge-attempt.js';
import type { AttemptOwner } from './hedge-attempt.js';
import { LingeringFrame } from './lingering-frame.js';

/** Whose calls are hedged. */
export interface Hedging extends FrameSource {
  readonly name: string;
  readonly scope: Scope;
  /** In ms, as it stands when a call begins. */
  readonly delay: number;
  /** As it stands when a call begins; 1 while none is hedged. */
  readonly maxAttempts: number;
}

const NO_ATTEMPTS: HedgeAttempt[] = [];

const lost = (): DOMException => new DOMException('Another attempt at this call has answered', 'AbortError');

/**
 * One hedged call. Each attempt has a chain of its own; the first answer goes up, the other attempts are cancelled,
 * and `ended` follows once the last of their work is over. The delay's timer is shared and only interrupts the
 * call: the next attempt starts in the call's own context. A stream's race is over with its first item.
 */
export class HedgeFrame extends LingeringFrame implements AttemptOwner, Deadline {
  due = 0;
  previous: Deadline | null = null;
  next: Deadline | null = null;
  private context: CallContext | undefined = undefined;
  private attempts = NO_ATTEMPTS;
  private maxAttempts = 1;
  private deadlines: DeadlineList | undefined = undefined;
  private hasExpired = false;
  private winner: HedgeAttempt | undefined = undefined;
  private firstError: unknown = undefined;

  constructor(
    private readonly hedge: Hedging,
    inner: Frame,
  ) {
    super(hedge, inner);
  }

  override enter(context: CallContext, now: number): void {
    const { scope, delay, maxAttempts } = this.hedge;
    this.isOpen = true;
    this.context = context;
    this.attempts = [];
    this.winner = undefined;
    this.maxAttempts = maxAttempts;
    this.deadlines = deadlinesOf(scope.clock, delay);
    this.start(this.inner, context, now);
  }

  override cancel(reason: unknown, now: number): void {
    this.isOpen = false;
    this.stopWaiting();
    this.linger(); // for this step, so that the end of one attempt isn't taken for the end of all
    this.cancelAttempts(() => reason, now);
    this.forget();
    this.ended();
  }

  override pull(now: number): void {
    (this.winner as HedgeAttempt).pull(now);
  }

  /** No answer within the delay. */
  expire(): void {
    this.hasExpired = true;
    this.outer.interrupt(this.onDelay);
  }

  attemptItem(attempt: HedgeAttempt, value: unknown, now: number): void {
    if (this.winner !== undefined || this.win(attempt, now)) this.outer.item(value, now);
  }

  attemptSucceeded(attempt: HedgeAttempt, value: unknown, now: number, live: boolean): void {
    if (live) this.linger();
    if (this.winner === undefined && !this.win(attempt, now)) return;
    this.outer.succeed(value, now, this.settle());
  }

  attemptFailed(attempt: HedgeAttempt, error: unknown, now: number, live: boolean): void {
    const { attempts, winner } = this;
    if (live) this.linger();
    if (attempt === attempts[0]) this.firstError = error;
    if (winner === undefined) {
      if (attempts.length < this.maxAttempts && this.isWorthAnother(error)) {
        this.startNext(now);
        return;
      }
      if (attempts.some(({ isRunning }) => isRunning)) return;
    }
    this.stopWaiting();
    const reason = winner === undefined ? this.firstError : error;
    this.outer.fail(reason, now, this.settle());
  }

  private start(chain: Frame, context: CallContext, now: number): void {
    const attempt = new HedgeAttempt(this, chain, context);
    this.attempts.push(attempt);
    if (this.attempts.length < this.maxAttempts) {
      this.outer.detach();
      (this.deadlines as DeadlineList).add(this, now);
    }
    attempt.start(now);
  }

  private readonly onDelay = (): void => {
    if (this.hasExpired) this.startNext(this.hedge.scope.clock.now()); // unless the call has moved on meanwhile
  };

  private startNext(now: number): void {
    this.stopWaiting();
    const { attempts, hedge } = this;
    const { scope, name } = hedge;
    const first = this.context as CallContext;
    const context = first.retry(first.attempt + attempts.length);
    if (scope.events.hears('hedged')) {
      scope.emit('hedged', 'hedge', name, { attempt: context.attempt, ...operationOf(first) });
      if (!this.isOpen) return; // whoever heard of it has aborted the call
    }
    this.start(this.inner.fork(), context, now);
  }

  /** Another attempt would end like one that the caller is to blame for, or that a policy below has refused. */
  private isWorthAnother(error: unknown): boolean {
    return classifyError(error, this.context) === 'failure';
  }

  /** Ends the race; answers whether the call still waits for its result. */
  private win(attempt: HedgeAttempt, now: number): boolean {
    this.winner = attempt;
    this.stopWaiting();
    this.linger(); // for this step: somebody who hears a loser's signal may abort the whole call
    this.cancelAttempts(lost, now, attempt);
    this.ended();
    return this.isOpen;
  }

  private cancelAttempts(reasonOf: () => unknown, now: number, except?: HedgeAttempt): void {
    for (const attempt of this.attempts) {
      if (!attempt.isRunning || attempt === except) continue;
      this.linger();
      attempt.cancel(reasonOf(), now);
    }
  }

  /** The call settles now; answers whether work below is still running. */
  private settle(): boolean {
    this.forget();
    return this.close();
  }

  private forget(): void {
    this.context = undefined;
    this.attempts = NO_ATTEMPTS;
    this.firstError = undefined;
  }

  private stopWaiting(): void {
    this.hasExpired = false;
    (this.deadlines as DeadlineList).remove(this);
  }
}
