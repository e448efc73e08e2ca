import { guardedMethodOf, receiveRuntime } from './guarded-method.js';
import { GuardedMethod } from './guarded-method.js';
import { knownAnswer } from './answer-kind.js';
import type { CircuitBreakerLayer } from './layers.js';

const LIFECYCLE: ReadonlySet<PropertyKey> = new Set([
  'constructor',
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

const classLayers = new WeakMap<object, CircuitBreakerLayer>();

/** What a class-level `@CircuitBreaker` says, if a class or one it extends has one. */
export function classLayerOf(type: object | null): CircuitBreakerLayer | undefined {
  for (let each = type; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    const layer = classLayers.get(each);
    if (layer !== undefined) return layer;
  }
  return undefined;
}

/**
 * Puts a breaker above every public method of a class, its own or inherited, that is known to be asynchronous and has
 * no breaker yet. Names that begin with an underscore are private by custom, lifecycle hooks are Nest's.
 */
export function guardClass(type: abstract new (...args: never[]) => unknown, layer: CircuitBreakerLayer): void {
  classLayers.set(type, layer);
  const prototype = type.prototype as object;
  const seen = new Set<PropertyKey>(LIFECYCLE);
  for (let owner = prototype; owner !== Object.prototype && owner !== null; owner = Object.getPrototypeOf(owner)) {
    for (const key of Reflect.ownKeys(owner)) {
      if (seen.has(key) || (typeof key === 'string' && key.startsWith('_'))) continue;
      seen.add(key);
      const descriptor = Reflect.getOwnPropertyDescriptor(owner, key) as PropertyDescriptor;
      const method = guardedBy(layer, prototype, owner, key, descriptor.value);
      if (method === undefined || method.wrapper === descriptor.value) continue;
      Object.defineProperty(prototype, key, { ...descriptor, value: method.wrapper });
    }
  }
  receiveRuntime(prototype);
}

function guardedBy(
  layer: CircuitBreakerLayer,
  prototype: object,
  owner: object,
  key: PropertyKey,
  fn: unknown,
): GuardedMethod | undefined {
  if (typeof fn !== 'function') return undefined;
  const known = guardedMethodOf(fn);
  const answer = known === undefined ? knownAnswer(owner, key, fn) : known.answer;
  if (answer === undefined || answer === 'value') return undefined;
  if (known?.layers.some(({ kind }) => kind === 'circuit_breaker') === true) return undefined;
  const method =
    known === undefined
      ? new GuardedMethod(prototype, key, fn as GuardedMethod['original'])
      : owner === prototype
        ? known
        : known.inheritedBy(prototype);
  method.add(layer);
  return method;
}
