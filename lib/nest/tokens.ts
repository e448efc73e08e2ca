import type { BreakerName, Clock } from '../engine/index.js';

/**
 * Where guarded instances carry their application's policies, and the token by which the container puts them there.
 * Nest prints its description when the module is missing.
 */
export const RUNTIME = Symbol(
  'CircuitBreakerModule.forRoot() is missing: import it in the root module, and in the testing module of a test',
);

/** The token of the module's {@link Clock}; override it with a `ManualClock` in tests. */
export const CLOCK = Symbol('nest-circuit-breaker: clock');

/** What `CLOCK` stands for. */
export type ClockToken = Clock;

const injected = new Map<BreakerName, symbol>();
const names = new Map<unknown, BreakerName>();

/** The injection token of a breaker. */
export function getCircuitBreakerToken(name: BreakerName): symbol {
  let token = injected.get(name);
  if (token === undefined) {
    injected.set(name, (token = Symbol(`circuit breaker "${name}"`)));
    names.set(token, name);
  }
  return token;
}

/** Every breaker that somebody has asked a token of. */
export const injectedCircuitBreakers = (): readonly (readonly [BreakerName, symbol])[] => [...injected];

/** The name of the breaker that a token stands for, if it is the token of one. */
export const injectedCircuitBreaker = (token: unknown): BreakerName | undefined => names.get(token);
