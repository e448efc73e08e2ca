const settled = Promise.resolve();
const nativeThen = Promise.prototype.then;

/**
 * A promise that rejects once the caller has had the chance to attach: a promise born rejected costs the platform's
 * whole book-keeping of unhandled rejections, three times the price of this; a `throw` in a handler twice.
 */
export function rejectLater(error: unknown): Promise<never> {
  const { promise, reject } = new Deferred();
  void settled.then(() => reject(error));
  return promise as Promise<never>;
}

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

/** A promise and its two ends, without a closure for each. */
export class Deferred {
  readonly promise: Promise<unknown> = new Promise(keepBoth);
  readonly resolve = resolveLast;
  readonly reject = rejectLast;
}

/** Whether attaching handlers runs the platform's own code and nothing of a stranger's. */
const isPlainPromise = (value: unknown): value is Promise<unknown> =>
  value instanceof Promise && value.then === nativeThen && value.constructor === Promise;

export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  value !== null &&
  (typeof value === 'object' || typeof value === 'function') &&
  typeof (value as { then?: unknown }).then === 'function';

/**
 * What a method returned, as a promise that settles at most once whatever a thenable does; `undefined` if it is
 * already a value.
 */
export function promiseOf(result: unknown): Promise<unknown> | undefined {
  if (isPlainPromise(result)) return result;
  // a hostile `then` getter is read by the promise machinery, once, and its throw becomes a rejection
  return result !== null && (typeof result === 'object' || typeof result === 'function') && 'then' in result
    ? new Promise((resolve) => resolve(result))
    : undefined;
}
