import type { CircuitBreakerPolicy, CircuitState } from '../engine/index.js';
import { PREPARATION } from '../nest/index.js';
import type { Preparation } from '../nest/index.js';

/** As much of Nest's `TestingModuleBuilder` as is used of it. */
export interface ProviderOverrides<Self> {
  overrideProvider(token: unknown): { useValue(value: unknown): Self };
}

/** How a breaker is to stand when the application begins. */
export interface OverriddenBreaker {
  readonly state: CircuitState;
  /** How long it stays so: ms, or a duration such as `'10s'`. @default open: one break, as configured; else no end */
  readonly for?: number | string | undefined;
}

const overrides = new WeakMap<object, Map<string, OverriddenBreaker>>();

/**
 * Puts a breaker in a state before anything of the application calls it, whatever its options say:
 * `overrideCircuitBreaker(Test.createTestingModule({ … }), 'payments', { state: 'open' })`. Answers the builder.
 */
export function overrideCircuitBreaker<B extends ProviderOverrides<B>>(
  builder: B,
  name: string,
  override: OverriddenBreaker,
): B {
  const known = overrides.get(builder);
  if (known !== undefined) {
    known.set(name, override);
    return builder;
  }
  const own = new Map([[name, override]]);
  overrides.set(builder, own);
  const prepare: Preparation = (registry) => {
    for (const [each, wanted] of own) put(registry.circuitBreaker(each), wanted);
  };
  return builder.overrideProvider(PREPARATION).useValue(prepare);
}

function put(breaker: CircuitBreakerPolicy, { state, for: duration }: OverriddenBreaker): void {
  const { machine, scope } = breaker;
  const given = duration === undefined ? null : scope.readDuration(duration);
  const remaining = state === 'open' ? (given ?? machine.nextBreak(1)) : given;
  const attempt = state === 'open' || state === 'half_open' ? 1 : 0;
  breaker.restore({ ...breaker.toJSON(), state, reason: 'overridden in a test', remaining, attempt });
  if (state === 'half_open') machine.toHalfOpen('overridden in a test');
}
