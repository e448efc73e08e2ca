import type { Frame } from '../frame.js';
import { Policy } from '../policy.js';
import type { Scope } from '../scope.js';
import { TimeoutFrame } from './timeout-frame.js';

/** Complete, checked options of a time-out. */
export interface TimeoutOptions {
  readonly enabled: boolean;
  /** The limit in ms. */
  readonly duration: number;
}

/** Rejects a call that takes longer than its limit, aborts its signal, and drops what it still has to say. */
export class TimeoutPolicy extends Policy {
  readonly policy = 'timeout';

  constructor(
    name: string,
    private current: TimeoutOptions,
    scope: Scope,
  ) {
    super(name, scope);
  }

  get options(): TimeoutOptions {
    return this.current;
  }

  /** @internal */
  update(options: TimeoutOptions): void {
    this.current = options;
  }

  /** @internal */
  frame(inner: Frame): Frame {
    const limit = (): number | null => (this.scope.enabled && this.current.enabled ? this.current.duration : null);
    return new TimeoutFrame(this, this, limit, inner);
  }
}
