import { PolicyFrame } from '../frame.js';

/**
 * A frame whose call may settle before all work below is over: it counts what still runs, and tells its own end when
 * the last of it has ended.
 */
export abstract class LingeringFrame extends PolicyFrame {
  /** Attempts below that have settled or been cancelled, and still run. */
  private running = 0;
  /** Whether the call has neither settled nor been cancelled. */
  protected isOpen = false;

  /** Something below has settled or is being cancelled, and `ended` is still to come. */
  protected linger(): void {
    this.running++;
  }

  /** The call settles now; answers whether work below is still running. */
  protected close(): boolean {
    this.isOpen = false;
    return this.running > 0;
  }

  /** The call is cancelled: what still runs has been counted. */
  protected leave(): void {
    this.isOpen = false;
    if (this.running === 0) this.outer.ended();
  }

  override ended(): void {
    if (--this.running === 0 && !this.isOpen) this.outer.ended();
  }
}
