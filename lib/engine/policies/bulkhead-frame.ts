import { TurnFrame } from './turn-frame.js';

/**
 * One call's way through a bulkhead. It holds its place until the work below is really over, however early the call
 * itself was settled or cancelled.
 */
export class BulkheadFrame extends TurnFrame {
  override succeed(value: unknown, now: number, live: boolean): void {
    if (!live) this.release();
    this.outer.succeed(value, now, live);
  }

  override fail(error: unknown, now: number, live: boolean): void {
    if (!live) this.release();
    this.outer.fail(error, now, live);
  }

  override ended(): void {
    this.release();
    this.outer.ended();
  }
}
