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

/** What one attempt hears of its source. */
class Hearing implements StreamSink {
  source: StreamSource | undefined;
  last: unknown;

  constructor(
    private readonly leaf: StreamFrame,
    readonly context: CallContext,
  ) {}

  next(item: unknown): void {
    this.leaf.heard(item, this);
  }

  error(error: unknown): void {
    this.leaf.failed(error, this);
  }

  complete(result?: unknown): void {
    this.leaf.completed(result, this);
  }
}

/**
 * The bottom of a stream's chain: listens to a source. Its end is that of the work: at once, or when it says so. A
 * leaf serves one attempt after the other, and what an earlier one still has to say concerns nobody.
 */
export class StreamFrame extends Frame {
  private hearing: Hearing | undefined;

  constructor(
    private readonly root: StreamRoot,
    private readonly make: SourceMaker,
  ) {
    super();
  }

  enter(context: CallContext, _now: number): void {
    const hearing = (this.hearing = new Hearing(this, context));
    try {
      hearing.source = this.make(context, hearing);
      hearing.source.start();
    } catch (error) {
      this.failed(error, hearing);
    }
  }

  heard(item: unknown, hearing: Hearing): void {
    if (hearing !== this.hearing) return;
    hearing.last = item;
    this.outer.item(item, this.now());
  }

  failed(error: unknown, hearing: Hearing): void {
    if (hearing !== this.hearing) return;
    this.close(hearing);
    this.outer.fail(error, this.now(), false);
  }

  completed(result: unknown, hearing: Hearing): void {
    if (hearing !== this.hearing) return;
    this.close(hearing);
    this.root.result = result;
    this.outer.succeed(hearing.last, this.now(), false);
  }

  override pull(): void {
    this.hearing?.source?.pull();
  }

  /** A busy source is interrupted; one that waits to be asked may first leave in its own way. */
  cancel(reason: unknown): void {
    const { hearing, root } = this;
    if (hearing?.source === undefined) return;
    this.hearing = undefined;
    const { source, context } = hearing;
    const { isBusy } = source;
    let stopping: PromiseLike<unknown> | undefined;
    try {
      stopping = source.stop();
    } catch (fault) {
      root.scope.report(fault, 'the teardown of a stream');
    }
    if (isBusy) context.abort(reason);
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

  private close({ context }: Hearing): void {
    this.hearing = undefined;
    context.end();
  }
}
