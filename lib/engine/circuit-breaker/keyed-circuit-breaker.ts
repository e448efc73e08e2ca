import type { CallContext } from '../call-context.js';
import type { Frame } from '../frame.js';
import { Policy } from '../policy.js';
import type { Scope } from '../scope.js';
import type { CircuitBreakerPolicy } from './circuit-breaker.js';
import { CircuitBreakerFrame } from './circuit-breaker-frame.js';
import type { Gate } from './gate.js';
import type { KeyedBreakers } from './keyed-breakers.js';

/** Names the breaker of a call; what it throws, and what is neither a string nor a number, is reported. */
export type BreakerKey = (context: CallContext) => string | number;

/** A frame is told its breaker by each call. */
const NO_BREAKER_YET = undefined as unknown as Gate;

/** Guards each call by the breaker of its key. */
export class KeyedCircuitBreakerPolicy extends Policy {
  readonly policy = 'circuit_breaker';

  constructor(
    readonly breakers: KeyedBreakers,
    private readonly key: BreakerKey,
    scope: Scope,
  ) {
    super(breakers.name, scope);
  }

  /** @internal */
  frame(inner: Frame): Frame {
    return new CircuitBreakerFrame(this, NO_BREAKER_YET, this.choose, inner);
  }

  private readonly choose = (context: CallContext): CircuitBreakerPolicy =>
    this.breakers.breakerOf(this.keyOf(context));

  private keyOf(context: CallContext): string {
    try {
      const key: unknown = this.key(context.seenBy(this));
      if ((typeof key === 'string' && key !== '') || typeof key === 'number') return String(key);
      throw new TypeError(`key: expected a string, got ${key === '' ? 'an empty one' : typeof key}`);
    } catch (fault) {
      this.breakers.complain(fault);
      return '*';
    }
  }
}
