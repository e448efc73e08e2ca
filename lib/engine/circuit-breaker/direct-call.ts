import { CallContext } from '../call-context.js';
import type { CallOrigin, ExecuteOptions } from '../call-context.js';
import { Rejection, promiseOf, rejectLater } from '../promises.js';
import type { Scope } from '../scope.js';
import type { Gate } from './gate.js';
import type { StateMachine } from './state-machine.js';
import type { Stay, Ticket } from './states.js';
import type { Tally } from './tally.js';

/** Calls kept for reuse; beyond that the garbage collector has them. */
export const POOL_SIZE = 1_024;

/** Calls that wait for their next use, whichever breaker's that is: each breaker's own would lie all over the memory. */
const spare: DirectCall[] = [];

const NOBODY = null as never;

/** A breaker whose calls need no chain of frames. */
export interface DirectGate extends Gate, CallOrigin {
  readonly machine: StateMachine;
}

/**
 * A call through a breaker that stands alone: the steps of a chain with one policy in it, on one object that is root,
 * ticket and leaf at once. Most calls of most applications take this way, at half the cost.
 */
export class DirectCall implements Ticket {
  stay: Stay | null = null;
  tally: Tally | null = null;
  startedAt = 0;
  deadline = 0;
  isPresumedFailed = false;
  protected context: CallContext | undefined = undefined;
  // whose it is while it is under way; a spare one holds on to no application
  protected gate: DirectGate = NOBODY;
  protected scope: Scope = NOBODY;

  run(
    gate: DirectGate,
    work: (context: CallContext) => unknown,
    options: ExecuteOptions | undefined,
  ): Promise<unknown> {
    const { scope } = gate;
    this.gate = gate;
    this.scope = scope;
    const now = scope.clock.now();
    if (gate.machine.isShut(now) && !scope.events.heard.refused) {
      this.recycle();
      return rejectLater(gate.refuse(now, undefined).error);
    }
    const context = new CallContext(gate, options, now);
    if (!gate.machine.admit(this, now, context)) {
      const candidacy = gate.machine.witness?.candidacy() ?? null;
      if (candidacy !== null) return this.standFor(candidacy, work, context);
      this.recycle();
      return rejectLater(gate.refuse(now, context).error);
    }
    scope.active++;
    return this.start(work, context);
  }

  /** The one call of a break that waits: whether it is its instance's turn to probe is known in a moment. */
  private standFor(
    candidacy: Promise<void>,
    work: (context: CallContext) => unknown,
    context: CallContext,
  ): Promise<unknown> {
    const { gate, scope } = this;
    scope.active++;
    return candidacy.then(() => {
      const now = scope.clock.now();
      if (gate.machine.admit(this, now, context)) return this.start(work, context);
      const refusal = gate.refuse(now, context).error;
      this.end(context);
      throw refusal;
    });
  }

  protected start(work: (context: CallContext) => unknown, context: CallContext): Promise<unknown> {
    this.context = context;
    let promise: Promise<unknown> | undefined;
    let result: unknown;
    try {
      result = work(context);
      promise = promiseOf(result);
    } catch (error) {
      this.failed(error, this.scope.clock.now());
      return rejectLater(error);
    }
    if (promise !== undefined) return promise.then(this.onFulfilled, this.onRejected);
    this.onFulfilled(result);
    return Promise.resolve(result);
  }

  private readonly onFulfilled = (value: unknown): unknown => {
    this.succeeded(value, this.scope.clock.now());
    return value;
  };

  private readonly onRejected = (error: unknown): Rejection => {
    this.failed(error, this.scope.clock.now());
    return new Rejection(error);
  };

  protected succeeded(value: unknown, now: number): void {
    const context = this.context as CallContext;
    this.gate.settleValue(this, value, now, context);
    this.end(context);
  }

  protected failed(error: unknown, now: number): void {
    const context = this.context as CallContext;
    this.gate.settleError(this, error, now, context);
    this.end(context);
  }

  private end(context: CallContext): void {
    context.end();
    this.context = undefined;
    this.scope.leave();
    this.recycle();
  }

  protected recycle(): void {
    this.forget();
    if (spare.length < POOL_SIZE) spare.push(this);
  }

  protected forget(): void {
    this.gate = NOBODY;
    this.scope = NOBODY;
  }
}

export const directCall = (): DirectCall => spare.pop() ?? new DirectCall();
