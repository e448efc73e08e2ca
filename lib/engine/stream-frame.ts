import type { CallContext } from './call-context.js';
import { Frame } from './frame.js';
import type { Scope } from './scope.js';

/** Hears a source of items, or a guarded stream. What a source says after its last word is dropped. */
export interface StreamSink {
  next(item: unknown): void;
  error(error: unknown): void;
  /** `result` is what a generator returned. */
  complete(result?: unknown): void;
}

/** Where the items of one attempt come from. It is made at rest. */
export interface StreamSource {
  /** Whether it works on an item, rather than wait to be asked. */
  readonly isBusy: boolean;
  /** Begins, and asks for the first item. It may speak at once, and what it throws is the stream's error. */
  start(): void;
  /** Asks for the next item; a source that pushes has nothing to do. */
  pull(): void;
  /** Ends it early. Answers with a promise of its end, where that takes time. */
  stop(): PromiseLike<unknown> | undefined;
}

/** The stream that a leaf works for. */
export interface StreamRoot {
  readonly scope: Scope;
  /** What a generator returned. */
  result: unknown;
}

/** Makes the source of an attempt. */
export type SourceMaker = (context: CallContext, sink: StreamSink) => StreamSource;

/** The bottom of a stream's chain: listens to a source. Its end is that of the work: at once, or when it says so. */
export class StreamFrame extends Frame implements StreamSink {
  private source: StreamSource | undefined;
  private context: CallContext | undefined;
  private last: unknown;
  private isOpen = false;

  constructor(
    private readonly root: StreamRoot,
    private readonly make: SourceMaker,
  ) {
    super();
  }

  enter(context: CallContext, _now: number): void {
    this.context = context;
    this.isOpen = true;
    try {
      const source = (this.source = this.make(context, this));
      source.start();
    } catch (error) {
      this.error(error);
    }
  }

  next(item: unknown): void {
    if (!this.isOpen) return;
    this.last = item;
    this.outer.item(item, this.now());
  }

  error(error: unknown): void {
    if (!this.isOpen) return;
    this.context?.end();
    this.close();
    this.outer.fail(error, this.now(), false);
  }

  complete(result?: unknown): void {
    if (!this.isOpen) return;
    const { last } = this;
    this.context?.end();
    this.close();
    this.root.result = result;
    this.outer.succeed(last, this.now(), false);
  }

  override pull(): void {
    if (this.isOpen) this.source?.pull();
  }

  /** A busy source is interrupted; one that waits to be asked may first leave in its own way. */
  cancel(reason: unknown): void {
    const { source, context, root } = this;
    if (!this.isOpen || source === undefined || context === undefined) return;
    this.close();
    const { isBusy } = source;
    let stopping: PromiseLike<unknown> | undefined;
    try {
      stopping = source.stop();
    } catch (fault) {
      root.scope.report(fault, 'the teardown of a stream');
    }
    if (isBusy || stopping === undefined) context.abort(reason);
    const end = (): void => {
      context.abort(reason);
      this.outer.ended();
    };
    if (stopping === undefined) end();
    else stopping.then(end, end);
  }

  fork(): Frame {
    return new StreamFrame(this.root, this.make);
  }

  adopt(): undefined {
    return undefined; // no promise answers for a stream
  }

  succeed(): void {
    throw new TypeError('nothing stands below the source of a stream');
  }

  fail(): void {
    throw new TypeError('nothing stands below the source of a stream');
  }

  ended(): void {
    throw new TypeError('nothing stands below the source of a stream');
  }

  private now(): number {
    return this.root.scope.clock.now();
  }

  private close(): void {
    this.isOpen = false;
    this.context = undefined;
    this.source = undefined;
    this.last = undefined;
  }
}
