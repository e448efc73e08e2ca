import type { StreamSink, StreamSource } from './stream-frame.js';

/** A source that is made and begins once a promise is kept; its rejection is the stream's error. */
export class DelayedSource implements StreamSource {
  private source: StreamSource | undefined = undefined;
  private isStopped = false;

  constructor(
    private readonly waits: Promise<void>,
    private readonly make: () => StreamSource,
    private readonly sink: StreamSink,
  ) {}

  get isBusy(): boolean {
    return this.source?.isBusy ?? true;
  }

  start(): void {
    void this.waits.then(() => this.begin()).catch((error: unknown) => this.sink.error(error));
  }

  pull(): void {
    this.source?.pull();
  }

  stop(): PromiseLike<unknown> | undefined {
    this.isStopped = true;
    return this.source?.stop();
  }

  private begin(): void {
    if (this.isStopped) return;
    this.source = this.make();
    this.source.start();
  }
}
