import { isDeepStrictEqual } from 'node:util';

import { KEY_LIMITS, KeyedBreakers } from './circuit-breaker/keyed-breakers.js';
import type { KeyLimits } from './circuit-breaker/keyed-breakers.js';
import type { PolicyRegistry } from './registry.js';

/** What code says of the breakers of one name, of which there is one a key. */
export interface KeyedDescription extends Partial<KeyLimits> {
  /** Inline options of each of them. */
  readonly inline?: object | undefined;
}

interface Known {
  readonly breakers: KeyedBreakers;
  readonly described: KeyedDescription;
}

const knownOf = new WeakMap<PolicyRegistry, Map<string, Known>>();

/**
 * The keyed breakers of a name: one set of them in a registry, however many methods share it. Each is in the registry
 * under its own name, `payments:eu`.
 * @throws {TypeError} when they were described otherwise before
 */
export function keyedBreakers(registry: PolicyRegistry, name: string, described: KeyedDescription = {}): KeyedBreakers {
  let names = knownOf.get(registry);
  if (names === undefined) knownOf.set(registry, (names = new Map()));
  const known = names.get(name);
  if (known !== undefined) {
    if (isDeepStrictEqual(known.described, described)) return known.breakers;
    throw new TypeError(`keyed circuit breaker "${name}" exists with other options; say its options in one place`);
  }
  const { inline, maxKeys = KEY_LIMITS.maxKeys, keyTtl = KEY_LIMITS.keyTtl } = described;
  const port = {
    make: (each: string) =>
      inline === undefined ? registry.circuitBreaker(each) : registry.declare('circuit_breaker', each, inline),
    drop: (each: string) => void registry.remove(each),
    options: () => registry.source.resolve('circuit_breaker', name, inline, undefined),
  };
  const breakers = new KeyedBreakers(name, { maxKeys, keyTtl }, port, registry.scope);
  names.set(name, { breakers, described });
  return breakers;
}
