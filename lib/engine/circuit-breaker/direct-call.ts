import { CallContext } from '../call-context.js';
import type { CallOrigin, ExecuteOptions } from '../call-context.js';
import { Rejection, promiseOf, rejectLater } from '../promises.js';
import type { Scope } from '../scope.js';
import type { Gate } from './gate.js';
import type { StateMachine } from './state-machine.js';
import type { Stay, Ticket } from './states.js';
import type { Tally } from './tally.js';

/** Calls kept for reuse; beyond that the garbage collector has them. */
const POOL_SIZE = 1_024;

/** A breaker whose calls need no chain of frames. */
export interface DirectGate extends Gate, CallOrigin {
  readonly machine: StateMachine;
  readonly directCalls: DirectCall[];
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
  private context: CallContext | undefined = undefined;
  private readonly scope: Scope;

  constructor(private readonly gate: DirectGate) {
    this.scope = gate.scope;
  }

  run(work: (context: CallContext) => unknown, options: ExecuteOptions | undefined): Promise<unknown> {
    const { gate, scope } = this;
    const now = scope.clock.now();
    const context = new CallContext(gate, options, now);
    if (!gate.machine.admit(this, now, context)) {
      const candidacy = gate.machine.witness?.candidacy() ?? null;
      if (candidacy !== null) return this.standFor(candidacy, work, context);
      gate.directCalls.push(this);
      return rejectLater(gate.refusal(now, context));
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
      const refusal = gate.refusal(now, context);
      this.end(context);
      throw refusal;
    });
  }

  private start(work: (context: CallContext) => unknown, context: CallContext): Promise<unknown> {
    this.context = context;
    let promise: Promise<unknown> | undefined;
    let result: unknown;
    try {
      result = work(context);
      promise = promiseOf(result);
    } catch (error) {
      this.failed(error);
      return rejectLater(error);
    }
    if (promise !== undefined) return promise.then(this.onFulfilled, this.onRejected);
    this.onFulfilled(result);
    return Promise.resolve(result);
  }

  private readonly onFulfilled = (value: unknown): unknown => {
    const { gate } = this;
    const context = this.context as CallContext;
    gate.settleValue(this, value, this.scope.clock.now(), context);
    this.end(context);
    return value;
  };

  private readonly onRejected = (error: unknown): Rejection => {
    this.failed(error);
    return new Rejection(error);
  };

  private failed(error: unknown): void {
    const context = this.context as CallContext;
    this.gate.settleError(this, error, this.scope.clock.now(), context);
    this.end(context);
  }

  private end(context: CallContext): void {
    context.end();
    this.context = undefined;
    this.scope.leave();
    const { directCalls } = this.gate;
    if (directCalls.length < POOL_SIZE) directCalls.push(this);
  }
}
