import { AsyncLocalStorage } from 'node:async_hooks';

const settled = Promise.resolve();
const nativeThen = Promise.prototype.then;

/**
 * A promise that rejects once the caller has had the chance to attach: a promise born rejected costs the platform's
 * whole book-keeping of unhandled rejections, three times the price of this; a `throw` in a handler twice.
 */
export function rejectLater(error: unknown): Promise<never> {
  const promise = new Promise<unknown>(keepBoth) as Promise<never>;
  const rejecting = spare.pop() ?? new LaterRejection();
  rejecting.error = error;
  rejecting.reject = rejectLast;
  void settled.then(rejecting.run);
  return promise;
}

/** A rejection on its way, used again after it. */
class LaterRejection {
  error: unknown = undefined;
  reject: Settle | undefined = undefined;

  readonly run = (): void => {
    const { error, reject } = this;
    this.error = undefined;
    this.reject = undefined;
    if (spare.length < MAX_SPARE) spare.push(this);
    reject?.(error);
  };
}

const MAX_SPARE = 1_024;
const spare: LaterRejection[] = [];

/**
 * What a handler answers in order to reject: cheaper than a `throw`, at which the platform takes down where it was.
 */
export class Rejection implements PromiseLike<never> {
  constructor(private readonly error: unknown) {}

  // oxlint-disable-next-line unicorn/no-thenable -- being one is the point
  then<A, B>(_: ((value: never) => A) | null | undefined, reject?: ((reason: unknown) => B) | null): never {
    reject?.(this.error);
    return undefined as never;
  }
}

let resolveLast: (value: unknown) => void;
let rejectLast: (reason: unknown) => void;
const keepBoth = (resolve: (value: unknown) => void, reject: (reason: unknown) => void): void => {
  resolveLast = resolve;
  rejectLast = reject;
};

/** One end of a promise. */
export type Settle = (value: unknown) => void;

/**
 * Whether the platform calls a thenable's `then` in the async context of the promise that was resolved with it, as
 * Node 20 and 22 do. Since Node 24 it is that of whoever resolved it.
 */
const promisesKeepContext = '_propagate' in AsyncLocalStorage.prototype;

/** The async context of the moment, for {@link interrupt}; `undefined` where promises keep their own. */
export type Surroundings = ReturnType<typeof AsyncLocalStorage.snapshot> | undefined;
export const surroundings = (): Surroundings => (promisesKeepContext ? undefined : AsyncLocalStorage.snapshot());

/**
 * Calls `task` soon, in the async context in which a promise and its `surroundings` were made, whoever asks for it: a
 * timer shared by many calls, say. The promise isn't settled by that: `task` gets new ends for it.
 */
export function interrupt(
  resolve: Settle,
  around: Surroundings,
  task: (resolve: Settle, reject: Settle) => void,
): void {
  const then = around === undefined ? task : (ok: Settle, no: Settle) => around(task, ok, no);
  resolve({ then });
}

/** What a promise is interrupted for, and how it is to be settled afterwards. */
interface Interruption {
  readonly tasks: (() => void)[];
  settle: (() => void) | undefined;
}

/** A promise and its two ends, without a closure for each. */
export class Deferred {
  readonly promise: Promise<unknown> = new Promise(keepBoth);
  private toResolve = resolveLast;
  private toReject = rejectLast;
  private interruption: Interruption | undefined = undefined;
  private readonly around = surroundings();

  resolve(value: unknown): void {
    if (this.interruption === undefined) this.toResolve(value);
    else this.interruption.settle ??= () => this.toResolve(value);
  }

  reject(reason: unknown): void {
    if (this.interruption === undefined) this.toReject(reason);
    else this.interruption.settle ??= () => this.toReject(reason);
  }

  /** Calls `task` soon, in the async context in which this was made. It must not have been settled. */
  interrupt(task: () => void): void {
    if (this.interruption !== undefined) {
      this.interruption.tasks.push(task);
      return;
    }
    const interruption: Interruption = (this.interruption = { tasks: [task], settle: undefined });
    interrupt(this.toResolve, this.around, (resolve, reject) => {
      this.interruption = undefined;
      this.toResolve = resolve;
      this.toReject = reject;
      interruption.settle?.();
      for (const each of interruption.tasks) each();
    });
  }
}

/** Whether attaching handlers runs the platform's own code and nothing of a stranger's. */
const isPlainPromise = (value: unknown): value is Promise<unknown> =>
  value instanceof Promise && value.then === nativeThen && value.constructor === Promise;

/**
 * What a method returned, as a promise that settles at most once whatever a thenable does; `undefined` if it is
 * already a value.
 */
export function promiseOf(result: unknown): Promise<unknown> | undefined {
  return isPlainPromise(result) ? result : promiseOfThenable(result);
}

function promiseOfThenable(result: unknown): Promise<unknown> | undefined {
  // a hostile `then` getter is read by the promise machinery, once, and its throw becomes a rejection
  return result !== null && (typeof result === 'object' || typeof result === 'function') && 'then' in result
    ? new Promise((resolve) => resolve(result))
    : undefined;
}
