import type { CallContext, ExecuteOptions } from './call-context.js';
import { IterationQueue } from './iteration-queue.js';
import type { Pipeline } from './pipeline.js';

/** Makes what is iterated, once an attempt. */
export type IterableSource<T> = (context: CallContext) => AsyncIterable<T>;

/**
 * `source` under a pipeline, as an async generator: nothing happens before the first `next()`, each `next()` is one of
 * the source's, and `return()` and `throw()` are passed on.
 * @internal
 */
export function guardIterable<T>(
  pipeline: Pipeline,
  source: IterableSource<T>,
  options?: ExecuteOptions,
): AsyncGenerator<T, unknown, unknown> {
  return new Iteration<T>(new IterationQueue(pipeline, source, options));
}

// TypeScript's `await using` on a runtime without the symbol looks for the same registered one
const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as typeof Symbol.asyncDispose);

/** A guarded iteration, as a generator. */
class Iteration<T> implements AsyncGenerator<T, unknown, unknown> {
  constructor(private readonly queue: IterationQueue) {}

  next(...args: [] | [unknown]): Promise<IteratorResult<T, unknown>> {
    return this.queue.ask(false, args) as Promise<IteratorResult<T, unknown>>;
  }

  throw(error: unknown): Promise<IteratorResult<T, unknown>> {
    return this.queue.ask(true, [error]) as Promise<IteratorResult<T, unknown>>;
  }

  return(...args: [] | [unknown]): Promise<IteratorResult<T, unknown>> {
    return this.queue.return(args) as Promise<IteratorResult<T, unknown>>;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    await this.queue.return([]);
  }
}
