import type { StreamSink, StreamSource } from './stream-frame.js';

/** What a consumer asks of an iteration. */
export interface IterationRequest {
  /** `throw(error)` rather than `next(value)`. */
  readonly isThrow: boolean;
  /** With what: nothing, or one value. */
  readonly args: readonly [] | readonly [unknown];
}

/** The iteration that a source works for. */
export interface Iterating {
  /** What is asked now. */
  readonly request: IterationRequest;
  /** What `return()` was called with, if it was. */
  readonly returned: readonly [] | readonly [unknown];
  /** The end of the iterator that is being left. */
  closing: Promise<unknown> | undefined;
  /** The consumer threw an error into the iteration, and nothing caught it. */
  leave(error: unknown): void;
}

/** The items of an AsyncIterable: one step of its iterator for each step of the consumer's. */
export class IteratorSource implements StreamSource {
  isBusy = false;
  /** While it may be asked. */
  private iterator: AsyncIterator<unknown, unknown, unknown> | undefined;
  private step: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly open: () => unknown,
    private readonly sink: StreamSink,
    private readonly iterating: Iterating,
  ) {}

  start(): void {
    const iterable = this.open();
    if (!isAsyncIterable(iterable)) throw new TypeError('expected an AsyncIterable to guard');
    if (this.isStopped) return; // left by what it called to begin
    this.iterator = iterable[Symbol.asyncIterator]();
    this.pull();
  }

  pull(): void {
    const { iterator, iterating } = this;
    if (iterator === undefined) return;
    const { isThrow, args } = iterating.request;
    if (isThrow && typeof iterator.throw !== 'function') {
      iterating.leave(args[0]);
      return;
    }
    this.isBusy = true;
    try {
      const answer = isThrow ? iterator.throw?.(...args) : iterator.next(...args);
      this.step = Promise.resolve(answer).then(this.onResult, this.onError);
    } catch (error) {
      this.onError(error);
    }
  }

  /** Without a `return()` there is only the step under way to wait for. */
  stop(): PromiseLike<unknown> | undefined {
    const { iterator, iterating } = this;
    this.isStopped = true;
    if (iterator === undefined) return undefined;
    try {
      if (typeof iterator.return !== 'function') return this.step;
      iterating.closing = Promise.resolve(iterator.return(...iterating.returned));
    } catch (error) {
      iterating.closing = Promise.reject(error);
    }
    return iterating.closing;
  }

  private readonly onResult = (result: unknown): void => {
    let isDone: boolean;
    let value: unknown;
    try {
      if (result === null || typeof result !== 'object')
        throw new TypeError('an iterator has to answer with an object');
      const { done, value: answer } = result as IteratorResult<unknown, unknown>;
      isDone = Boolean(done);
      value = answer;
    } catch (error) {
      this.onError(error);
      return;
    }
    this.isBusy = false;
    if (isDone) this.sink.complete(value);
    else this.sink.next(value);
  };

  private readonly onError = (error: unknown): void => {
    this.iterator = undefined; // over: nobody calls `return()` on what has thrown
    const { isThrow, args } = this.iterating.request;
    if (isThrow && args[0] === error) this.iterating.leave(error);
    else this.sink.error(error);
  };
}

export const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown, unknown, unknown> =>
  value !== null &&
  (typeof value === 'object' || typeof value === 'function') &&
  typeof (value as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function';
