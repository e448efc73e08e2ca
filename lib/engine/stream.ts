import { CallContext } from './call-context.js';
import type { CallOptions, ExecuteOptions } from './call-context.js';
import { unwatchCaller, watchCaller } from './caller-signals.js';
import type { AbortTarget } from './caller-signals.js';
import { DelayedSource } from './delayed-source.js';
import { withoutStack } from './errors.js';
import { Frame } from './frame.js';
import type { Pipeline } from './pipeline.js';
import { Deferred } from './promises.js';
import type { Scope } from './scope.js';
import { StreamFrame } from './stream-frame.js';
import type { StreamRoot, StreamSink, StreamSource } from './stream-frame.js';

/**
 * One kind of stream, such as Observables: what the engine has to know of it.
 * @internal
 */
export interface StreamShape {
  /** Whether items come without being asked for. */
  readonly isPushed: boolean;
  /** The guarded source, for one attempt. */
  source(context: CallContext, sink: StreamSink): StreamSource;
  /** What a fallback answered: the items of a stream of this kind, or one item. */
  substitute(answer: unknown, sink: StreamSink): StreamSource;
}

const IDLE = 0;
const RUNNING = 1;
const OVER = 2;

/**
 * The top of a stream's chain: one subscription, or one iteration, as its consumer sees it. Admitted when it starts
 * and settled once, with its last item; left early it is neutral. It buffers nothing: what isn't asked for isn't
 * fetched, and what nobody hears any more is dropped.
 * @internal
 */
export class StreamCall extends Frame implements AbortTarget, StreamRoot {
  result: unknown = undefined;
  private chain: Frame | undefined;
  private state = IDLE;
  /** Never settled: it keeps the async context of the call. */
  private home: Deferred | undefined;

  constructor(
    private readonly pipeline: Pipeline,
    private readonly shape: StreamShape,
    private readonly consumer: StreamSink,
    private readonly options: ExecuteOptions | undefined,
  ) {
    super();
  }

  get scope(): Scope {
    return this.pipeline.origin.scope;
  }

  /** Asks for the first item. */
  start(): void {
    if (this.state !== IDLE) return;
    const { pipeline, options, scope } = this;
    const signal = options?.signal;
    if (signal?.aborted === true) {
      this.state = OVER;
      this.consumer.error(signal.reason);
      return;
    }
    this.state = RUNNING;
    scope.active++;
    scope.abortable.add(this);
    if (signal !== undefined) watchCaller(signal, this);
    const now = scope.clock.now();
    const streaming: CallOptions = { ...options, isStream: true };
    const leaf = new StreamFrame(this, (context, sink) => this.sourceOf(context, sink));
    this.chain = pipeline.link(this, leaf);
    this.chain.enter(new CallContext(pipeline.origin, streaming, now), now);
  }

  /** Asks for the next item, where they are asked for. */
  override pull(): void {
    if (this.state !== RUNNING) return;
    const { scope } = this;
    scope.abortable.add(this);
    this.chain?.pull(scope.clock.now());
  }

  /** Leaves early. */
  stop(): void {
    if (this.state === IDLE) this.state = OVER;
    if (this.state === OVER) return;
    this.abandon(withoutStack(() => new DOMException('The stream was left before its end', 'AbortError')));
  }

  callerAborted(reason: unknown): void {
    this.abort(reason);
  }

  /** Ends the stream from outside: its consumer gets `reason` as an error. */
  abort(reason: unknown): void {
    if (this.state !== RUNNING) return;
    this.abandon(reason);
    this.consumer.error(reason);
  }

  override item(value: unknown): void {
    if (this.state !== RUNNING) return;
    const { isPushed } = this.shape;
    // between two items an iteration may simply be forgotten: nothing must keep it
    if (!isPushed) this.scope.abortable.delete(this);
    try {
      this.consumer.next(value);
    } finally {
      if (isPushed) this.pull();
    }
  }

  succeed(): void {
    if (this.state !== RUNNING) return;
    this.settle();
    this.consumer.complete(this.result);
  }

  fail(error: unknown): void {
    if (this.state !== RUNNING) return;
    this.settle();
    this.consumer.error(error);
  }

  override splice(answer: unknown): Frame {
    return new StreamFrame(this, (_context, sink) => this.shape.substitute(answer, sink));
  }

  adopt(): undefined {
    return undefined; // no promise answers for a stream
  }

  override detach(): void {
    this.home ??= new Deferred();
  }

  override interrupt(task: () => void): void {
    (this.home as Deferred).interrupt(task);
  }

  ended(): void {
    // the last work of a stream that settled earlier; nobody waits for it here
  }

  enter(): void {
    throw new TypeError('nothing stands above the root of a stream');
  }

  cancel(): void {
    throw new TypeError('nothing stands above the root of a stream');
  }

  fork(): Frame {
    throw new TypeError('nothing stands above the root of a stream');
  }

  private sourceOf(context: CallContext, sink: StreamSink): StreamSource {
    const waits = this.scope.interceptor?.before(context);
    const source = (): StreamSource => this.shape.source(context, sink);
    return waits === undefined ? source() : new DelayedSource(waits, source, sink);
  }

  /** Settled first: whatever the chain's end sets off finds it so. */
  private abandon(reason: unknown): void {
    this.settle();
    this.chain?.cancel(reason, this.scope.clock.now());
  }

  private settle(): void {
    const { scope, options } = this;
    this.state = OVER;
    scope.abortable.delete(this);
    if (options?.signal !== undefined) unwatchCaller(options.signal, this);
    scope.leave();
  }
}
