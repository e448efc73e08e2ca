import type { CallContext, ExecuteOptions } from './call-context.js';
import { IteratorSource, isAsyncIterable } from './iterator-source.js';
import type { Iterating, IterationRequest } from './iterator-source.js';
import type { Pipeline } from './pipeline.js';
import { Deferred } from './promises.js';
import { StreamCall } from './stream.js';
import type { StreamShape } from './stream.js';
import type { StreamSink, StreamSource } from './stream-frame.js';

interface PendingRequest extends IterationRequest {
  readonly deferred: Deferred;
}

const NOTHING: IterationRequest = { isThrow: false, args: [] };
const itemOf = (value: unknown) => ({ done: false, value });
const endOf = (value: unknown) => ({ done: true, value });

/**
 * What the consumer of an iteration has asked for. Requests made ahead of an answer wait for their turn, as with a
 * generator, so that one at a time goes down; leaving doesn't wait for them and answers them with the end.
 */
export class IterationQueue implements StreamSink, StreamShape, Iterating {
  readonly isPushed = false;
  closing: Promise<unknown> | undefined = undefined;
  returned: readonly [] | readonly [unknown] = [];
  private readonly call: StreamCall;
  private readonly requests: PendingRequest[] = [];
  private isStarted = false;
  private isOver = false;
  /** An abort that nobody was waiting for: the next request hears of it. */
  private unheard: readonly [unknown] | undefined = undefined;

  constructor(
    pipeline: Pipeline,
    private readonly open: (context: CallContext) => unknown,
    options: ExecuteOptions | undefined,
  ) {
    this.call = new StreamCall(pipeline, this, this, options);
  }

  ask(isThrow: boolean, args: IterationRequest['args']): Promise<unknown> {
    if (isThrow && !this.isStarted) this.isOver = true; // a generator that hasn't begun ends there
    const request = { isThrow, args, deferred: new Deferred() };
    this.requests.push(request);
    if (this.isOver) this.answerOver();
    else if (this.requests.length === 1) this.demand();
    return request.deferred.promise;
  }

  async return(args: readonly [] | readonly [unknown]): Promise<unknown> {
    this.isOver = true;
    this.unheard = undefined;
    this.returned = args;
    this.closing = undefined;
    this.call.stop();
    this.answerOver();
    return this.closing === undefined ? endOf(await args[0]) : await this.closing;
  }

  get request(): IterationRequest {
    return this.requests[0] ?? NOTHING;
  }

  leave(error: unknown): void {
    this.call.stop();
    this.error(error);
  }

  next(item: unknown): void {
    this.requests.shift()?.deferred.resolve(itemOf(item));
    if (this.requests.length > 0) this.demand();
  }

  error(error: unknown): void {
    this.isOver = true;
    this.unheard = [error];
    this.answerOver();
  }

  complete(result: unknown): void {
    this.isOver = true;
    this.requests.shift()?.deferred.resolve(endOf(result));
    this.answerOver();
  }

  source(context: CallContext, sink: StreamSink): StreamSource {
    return new IteratorSource(() => this.open(context), sink, this);
  }

  /** Another AsyncIterable is spliced in; anything else, a list too, is one item. */
  substitute(answer: unknown, sink: StreamSink): StreamSource {
    return new IteratorSource(() => (isAsyncIterable(answer) ? answer : once(answer)), sink, this);
  }

  private demand(): void {
    if (this.isStarted) this.call.pull();
    else {
      this.isStarted = true;
      this.call.start();
    }
  }

  /** The first request to come after an error gets it, all others the end. */
  private answerOver(): void {
    for (const { isThrow, args, deferred } of this.requests.splice(0)) {
      const { unheard } = this;
      this.unheard = undefined;
      if (unheard !== undefined) deferred.reject(unheard[0]);
      else if (isThrow) deferred.reject(args[0]);
      else deferred.resolve(endOf(undefined));
    }
  }
}

async function* once(item: unknown): AsyncGenerator<unknown, void> {
  yield item;
}
