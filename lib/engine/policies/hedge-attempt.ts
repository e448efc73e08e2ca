import type { CallContext } from '../call-context.js';
import { Frame } from '../frame.js';

/** Whoever started an attempt and hears how it goes. */
export interface AttemptOwner {
  attemptSucceeded(attempt: HedgeAttempt, value: unknown, now: number, live: boolean): void;
  attemptFailed(attempt: HedgeAttempt, error: unknown, now: number, live: boolean): void;
  attemptItem(attempt: HedgeAttempt, value: unknown, now: number): void;
}

/** The top of one attempt's chain. */
export class HedgeAttempt extends Frame {
  /** Whether it may still answer. */
  isRunning = true;

  constructor(
    private readonly owner: AttemptOwner & Frame,
    private readonly chain: Frame,
    private readonly context: CallContext,
  ) {
    super();
    this.outer = owner;
    chain.outer = this;
  }

  start(now: number): void {
    this.chain.enter(this.context, now);
  }

  cancel(reason: unknown, now: number): void {
    this.isRunning = false;
    this.chain.cancel(reason, now);
  }

  override pull(now: number): void {
    this.chain.pull(now);
  }

  succeed(value: unknown, now: number, live: boolean): void {
    this.isRunning = false;
    this.owner.attemptSucceeded(this, value, now, live);
  }

  fail(error: unknown, now: number, live: boolean): void {
    this.isRunning = false;
    this.owner.attemptFailed(this, error, now, live);
  }

  override item(value: unknown, now: number): void {
    this.owner.attemptItem(this, value, now);
  }

  ended(): void {
    this.owner.ended();
  }

  adopt(): undefined {
    return undefined; // the call may end before this attempt does
  }

  enter(): void {
    throw new TypeError('an attempt is started, not entered');
  }

  fork(): Frame {
    throw new TypeError('an attempt is started once');
  }
}
