import { operationOf } from '../call-context.js';
import type { CallContext } from '../call-context.js';
import { ShuttingDownError, withoutStack } from '../errors.js';
import type { ResilienceError } from '../errors.js';
import type { PolicyKind } from '../events.js';
import { PolicyFrame } from '../frame.js';
import type { Frame, FrameSource } from '../frame.js';
import { Deferred } from '../promises.js';
import type { Scope, Waiter } from '../scope.js';
import { deadlinesOf } from './deadlines.js';
import type { Deadline, DeadlineList } from './deadlines.js';
import type { Standing } from './waiting-line.js';

/** What lets calls pass one by one and keeps others waiting. */
export interface Turnstile extends FrameSource {
  readonly policy: PolicyKind;
  readonly name: string;
  readonly scope: Scope;
  /** Calls pass it by, uncounted. */
  readonly isOff: boolean;
  /** Takes what a call needs to pass, if it is there and nobody waits for it. */
  take(now: number): boolean;
  /** Gives back what a call took. */
  giveBack(): void;
  /** Whether a call that can't pass now may wait. */
  hasRoom(now: number): boolean;
  join(call: TurnFrame, now: number): void;
  leave(call: TurnFrame): void;
  /** The error of a call that can neither pass nor wait, or has waited too long. */
  refusal(now: number): ResilienceError;
}

const OFF = 0;
const PASSED = 1;
const WAITING = 2;
/** Its turn has come, or it is refused: the news is on its way. */
const CALLED = 3;
const TIRED = 4;
const SHUT_OUT = 5;
const REFUSED = 6;
const CANCELLED = 7;

/**
 * One call's way through a turnstile. Whoever makes room for a waiting call only resolves its promise; it goes on as
 * that promise's reaction, in its own caller's context.
 */
export class TurnFrame extends PolicyFrame implements Waiter, Standing<TurnFrame>, Deadline {
  ahead: TurnFrame | null = null;
  behind: TurnFrame | null = null;
  due = 0;
  previous: Deadline | null = null;
  next: Deadline | null = null;
  private state = OFF;
  private patience: DeadlineList | undefined = undefined;
  private turn: Deferred | undefined = undefined;
  private context: CallContext | undefined = undefined;

  constructor(
    private readonly turnstile: Turnstile,
    inner: Frame,
  ) {
    super(turnstile, inner);
  }

  override enter(context: CallContext, now: number): void {
    const { turnstile } = this;
    if (turnstile.isOff) {
      this.state = OFF;
      this.inner.enter(context, now);
    } else if (turnstile.take(now)) {
      this.state = PASSED;
      this.inner.enter(context, now);
    } else if (!turnstile.hasRoom(now)) {
      this.refuse(turnstile.refusal(now), context, now);
    } else if (turnstile.scope.isClosing) {
      this.refuse(this.shutOut(), context, now);
    } else {
      this.state = WAITING;
      this.context = context;
      this.turn = new Deferred();
      void this.turn.promise.then(this.onTurn);
      turnstile.scope.waiters.add(this);
      turnstile.join(this, now);
    }
  }

  override cancel(reason: unknown, now: number): void {
    const { state } = this;
    if (state <= PASSED) {
      this.inner.cancel(reason, now);
      return;
    }
    this.state = CANCELLED;
    if (state === CALLED) this.turnstile.giveBack();
    if (state !== WAITING) return; // in the middle of a step, or before one that is on its way: it ends with `ended`
    this.forgetWait();
    this.turnstile.leave(this);
    this.end();
    this.outer.ended();
  }

  /** Its turn has come; what it needs has been taken for it, and it has left the line. */
  call(): void {
    this.stopWaiting(CALLED);
  }

  /** Limits the wait that begins now to so many ms. */
  waitAtMost(duration: number, now: number): void {
    this.patience = deadlinesOf(this.turnstile.scope.clock, duration);
    this.patience.add(this, now);
  }

  expire(): void {
    this.turnstile.leave(this);
    this.stopWaiting(TIRED);
  }

  shutDown(): void {
    this.turnstile.leave(this);
    this.stopWaiting(SHUT_OUT);
  }

  /** Gives back what the call took, once. */
  protected release(): void {
    if (this.state !== PASSED) return;
    this.state = OFF;
    this.turnstile.giveBack();
  }

  private forgetWait(): void {
    this.patience?.remove(this);
    this.patience = undefined;
    this.turnstile.scope.waiters.delete(this);
  }

  private stopWaiting(state: number): void {
    this.forgetWait();
    this.state = state;
    (this.turn as Deferred).resolve(undefined);
  }

  private readonly onTurn = (): void => {
    const { state, context, turnstile } = this;
    if (state === CANCELLED) {
      this.end();
      this.outer.ended();
      return;
    }
    const now = turnstile.scope.clock.now();
    this.end();
    if (state === SHUT_OUT) this.refuse(this.shutOut(), context as CallContext, now);
    else if (state === TIRED) this.refuse(turnstile.refusal(now), context as CallContext, now);
    else {
      this.state = PASSED;
      this.inner.enter(context as CallContext, now);
    }
  };

  private refuse(refusal: ResilienceError, context: CallContext, now: number): void {
    const { scope, policy, name } = this.turnstile;
    this.state = REFUSED;
    scope.onTurnedAway?.(policy, name);
    if (scope.events.hears('refused')) {
      scope.emit('refused', policy, name, { retryAfter: refusal.retryAfter ?? null, ...operationOf(context) });
    }
    // whoever heard of it may have aborted the call
    if ((this.state as number) === CANCELLED) this.outer.ended();
    else this.outer.fail(refusal, now, false);
  }

  private shutOut(): ShuttingDownError {
    const { policy, name } = this.turnstile;
    return withoutStack(() => new ShuttingDownError(policy, name));
  }

  private end(): void {
    this.context = undefined;
    this.turn = undefined;
  }
}
