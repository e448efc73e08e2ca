import type { CallContext } from './call-context.js';
import { Frame } from './frame.js';
import type { Adopter } from './frame.js';
import { promiseOf } from './promises.js';

/** The call that a leaf works for. */
export interface WorkSource {
  invoke(context: CallContext): unknown;
  now(): number;
  /** Something below may still speak after the call has settled: its frames are not used again. */
  spoil(): void;
}

/** The bottom of a chain: calls the method and hears how it ended. Its handlers are bound once, not for each call. */
export class WorkFrame extends Frame {
  private context: CallContext | undefined;
  private adopter: Adopter | undefined;
  private isCancelled = false;

  constructor(private readonly root: WorkSource) {
    super();
  }

  enter(context: CallContext, _now: number): void {
    this.context = context; // before the method runs: it may abort its own caller
    this.isCancelled = false;
    let result: unknown;
    let promise: Promise<unknown> | undefined;
    try {
      result = this.root.invoke(context);
      promise = promiseOf(result);
    } catch (error) {
      if (this.end()) this.outer.fail(error, this.root.now(), false);
      return;
    }
    if (promise !== undefined) this.adopter = this.outer.adopt(promise.then(this.onFulfilled, this.onRejected));
    else if (this.end()) this.outer.succeed(result, this.root.now(), false);
  }

  private readonly onFulfilled = (value: unknown): unknown => {
    const { adopter } = this;
    if (this.end()) this.outer.succeed(value, this.root.now(), false);
    return adopter?.answer();
  };

  private readonly onRejected = (error: unknown): unknown => {
    const { adopter } = this;
    if (this.end()) this.outer.fail(error, this.root.now(), false);
    return adopter?.answer();
  };

  cancel(reason: unknown): void {
    this.isCancelled = true;
    this.root.spoil();
    this.context?.abort(reason);
  }

  fork(): Frame {
    this.root.spoil();
    return new WorkFrame(this.root);
  }

  adopt(): Adopter | undefined {
    throw new TypeError('nothing stands below the work of a call');
  }

  succeed(): void {
    throw new TypeError('nothing stands below the work of a call');
  }

  fail(): void {
    throw new TypeError('nothing stands below the work of a call');
  }

  ended(): void {
    throw new TypeError('nothing stands below the work of a call');
  }

  /** Whether the chain still waits for the work that has just ended. */
  private end(): boolean {
    this.context?.end();
    this.context = undefined;
    this.adopter = undefined;
    if (!this.isCancelled) return true;
    this.outer.ended();
    return false;
  }
}
