import type { CallContext, ExecuteOptions } from './call-context.js';
import { IterationQueue } from './iteration-queue.js';
import type { Pipeline } from './pipeline.js';

/** Makes what is iterated, once an attempt. */
export type IterableSource<T, R, N> = (context: CallContext) => AsyncIterable<T, R, N>;

/**
 * `source` under a pipeline, as an async generator: nothing happens before the first `next()`, each `next()` is one of
 * the source's, and `return()` and `throw()` are passed on.
 * @internal
 */
export function guardIterable<T, R = unknown, N = unknown>(
  pipeline: Pipeline,
  source: IterableSource<T, R, N>,
  options?: ExecuteOptions,
): AsyncGenerator<T, R, N> {
  return new Iteration<T, R, N>(new IterationQueue(pipeline, source, options));
}

// TypeScript's `await using` on a runtime without the symbol looks for the same registered one
const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as typeof Symbol.asyncDispose);

/** A guarded iteration, as a generator. */
class Iteration<T, R, N> implements AsyncGenerator<T, R, N> {
  constructor(private readonly queue: IterationQueue) {}

  next(...args: [] | [N]): Promise<IteratorResult<T, R>> {
    return this.queue.ask(false, args) as Promise<IteratorResult<T, R>>;
  }

  throw(error: unknown): Promise<IteratorResult<T, R>> {
    return this.queue.ask(true, [error]) as Promise<IteratorResult<T, R>>;
  }

  return(...args: [] | [R | PromiseLike<R>]): Promise<IteratorResult<T, R>> {
    return this.queue.return(args) as Promise<IteratorResult<T, R>>;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    await this.queue.return([]);
  }
}
