import type { ExecuteOptions, Executor, Settled } from '../engine/index.js';

/** The error of {@link ignore}: a client's fault, which says nothing about the service. */
class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
  readonly status = 404;
}

/** One call that succeeds. Resolves with what its caller sees, a refusal included. */
export const succeed = (guard: Executor, value: unknown = 'ok', options?: ExecuteOptions): Promise<Settled> =>
  settled(guard.execute(() => Promise.resolve(value), options));

/** One call that fails. Resolves with what its caller sees, a refusal included. */
export const fail = (
  guard: Executor,
  error: unknown = new Error('the service failed'),
  options?: ExecuteOptions,
): Promise<Settled> => settled(guard.execute(() => Promise.reject(error), options));

/**
 * One call that is neither success nor failure, by an error that default options ignore (status 404); where yours
 * ignore others, give one of those to {@link fail}.
 */
export const ignore = (guard: Executor, options?: ExecuteOptions): Promise<Settled> =>
  fail(guard, new NotFoundError('not found'), options);

/** A call under way, which ends when a test says so. */
export interface HangingCall {
  /** What the caller sees in the end; never rejects. */
  readonly answer: Promise<Settled>;
  /** Whether it came as far as the service. */
  readonly hasRun: boolean;
  /** Lets it succeed. Resolves with what the caller sees. */
  succeed(value?: unknown): Promise<Settled>;
  /** Lets it fail. Resolves with what the caller sees. */
  fail(error?: unknown): Promise<Settled>;
}

/** One call that does not end by itself. */
export function hang(guard: Executor, options?: ExecuteOptions): HangingCall {
  let hasRun = false;
  let resolve!: (value: unknown) => void;
  let reject!: (error: unknown) => void;
  const work = new Promise<unknown>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  work.catch(() => undefined); // who was refused, or has given up, doesn't ask for it
  const answer = settled(
    guard.execute(() => {
      hasRun = true;
      return work;
    }, options),
  );
  return {
    answer,
    get hasRun() {
      return hasRun;
    },
    succeed(value = 'ok') {
      resolve(value);
      return answer;
    },
    fail(error = new Error('the service failed')) {
      reject(error);
      return answer;
    },
  };
}

const settled = (promise: Promise<unknown>): Promise<Settled> =>
  promise.then(
    (value) => ({ ok: true, value }),
    (error: unknown) => ({ ok: false, error }),
  );
