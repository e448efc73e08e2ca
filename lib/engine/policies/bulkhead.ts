import { BulkheadFullError, withoutStack } from '../errors.js';
import type { Frame } from '../frame.js';
import { Policy } from '../policy.js';
import type { Scope } from '../scope.js';
import { BulkheadFrame } from './bulkhead-frame.js';
import type { TurnFrame, Turnstile } from './turn-frame.js';
import { WaitingLine } from './waiting-line.js';

/** Complete, checked options of a bulkhead. */
export interface BulkheadOptions {
  readonly enabled: boolean;
  /** Calls under way at once. */
  readonly maxConcurrent: number;
  /** Calls that may wait for a place; 0: none. */
  readonly maxQueue: number;
  /** How long one may wait, in ms; `null`: until its turn comes. */
  readonly queueTimeout: number | null;
}

export const BULKHEAD_DEFAULTS: BulkheadOptions = Object.freeze({
  enabled: true,
  maxConcurrent: 10,
  maxQueue: 0,
  queueTimeout: null,
});

/**
 * Lets so many calls run at once and keeps others waiting, first come, first served; who finds no room is refused.
 * A call that was settled or cancelled early keeps its place until its work has really ended, so that a service is
 * never given more to do than it can hold.
 */
export class BulkheadPolicy extends Policy implements Turnstile {
  readonly policy = 'bulkhead';
  private readonly line = new WaitingLine<TurnFrame>();
  private taken = 0;

  constructor(
    name: string,
    private current: BulkheadOptions,
    scope: Scope,
  ) {
    super(name, scope);
  }

  get options(): BulkheadOptions {
    return this.current;
  }

  /** Places taken. */
  get running(): number {
    return this.taken;
  }

  /** Calls that wait for a place. */
  get queued(): number {
    return this.line.length;
  }

  /** @internal New limits hold at once: more places are given to those who wait, fewer take effect as calls end. */
  update(options: BulkheadOptions): void {
    this.current = options;
    this.admit();
  }

  /** @internal */
  frame(inner: Frame): Frame {
    return new BulkheadFrame(this, inner);
  }

  /** @internal */
  get isOff(): boolean {
    return !this.scope.enabled || !this.current.enabled;
  }

  /** @internal */
  take(): boolean {
    if (this.taken >= this.current.maxConcurrent) return false; // else nobody waits: a free place is given away at once
    this.taken++;
    return true;
  }

  /** @internal */
  giveBack(): void {
    this.taken--;
    this.admit();
  }

  /** @internal */
  hasRoom(): boolean {
    return this.line.length < this.current.maxQueue;
  }

  /** @internal */
  join(call: TurnFrame, now: number): void {
    const { queueTimeout } = this.current;
    this.line.join(call);
    if (queueTimeout !== null) call.waitAtMost(queueTimeout, now);
  }

  /** @internal */
  leave(call: TurnFrame): void {
    this.line.leave(call);
  }

  /** @internal */
  refusal(): BulkheadFullError {
    const { maxConcurrent, maxQueue } = this.current;
    const make = () => new BulkheadFullError(this.name, maxConcurrent, maxQueue);
    return this.scope.refusalStacks ? make() : withoutStack(make);
  }

  private admit(): void {
    while (this.isOff || this.taken < this.current.maxConcurrent) {
      const call = this.line.next();
      if (call === null) return;
      this.taken++;
      call.call();
    }
  }
}
