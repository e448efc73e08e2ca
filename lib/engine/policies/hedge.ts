import type { Frame } from '../frame.js';
import { Policy } from '../policy.js';
import type { Scope } from '../scope.js';
import { HedgeFrame } from './hedge-frame.js';
import type { Hedging } from './hedge-frame.js';

/** Complete, checked options of a hedge. */
export interface HedgeOptions {
  readonly enabled: boolean;
  /** How long to wait for an answer before another attempt starts beside the first, in ms. */
  readonly delay: number;
  /** Attempts in all, the first included. */
  readonly maxAttempts: number;
}

export const HEDGE_DEFAULTS: HedgeOptions = Object.freeze({ enabled: true, delay: 1_000, maxAttempts: 2 });

/**
 * Starts another attempt beside a slow one and takes the first good answer (Dean & Barroso, *The Tail at Scale*, 2013).
 * The others are cancelled and their signals abort. It costs load: hedge only what may safely run twice.
 *
 * An attempt that fails starts the next one at once, unless another would end the same way: the caller's own fault
 * (a 4xx), or a policy below that refused. Only when all attempts have failed does the call fail, with the error of
 * the first attempt, which is the one that the caller would have got without a hedge.
 */
export class HedgePolicy extends Policy implements Hedging {
  readonly policy = 'hedge';

  constructor(
    name: string,
    private current: HedgeOptions,
    scope: Scope,
  ) {
    super(name, scope);
  }

  get options(): HedgeOptions {
    return this.current;
  }

  /** @internal */
  update(options: HedgeOptions): void {
    this.current = options;
  }

  /** @internal */
  get delay(): number {
    return this.current.delay;
  }

  /** @internal */
  get maxAttempts(): number {
    return this.scope.enabled && this.current.enabled ? this.current.maxAttempts : 1;
  }

  /** @internal */
  frame(inner: Frame): Frame {
    return new HedgeFrame(this, inner);
  }
}
