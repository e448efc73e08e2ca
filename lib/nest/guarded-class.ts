import { knownAnswer } from './answer-kind.js';
import { isSkipped } from './decorators/skip-circuit-breaker.decorator.js';
import { GuardedMethod, guardedMethodOf, receiveRuntime } from './guarded-method.js';
import type { CircuitBreakerLayer, Layer } from './layers.js';

type Class = abstract new (...args: never[]) => unknown;

const LIFECYCLE: ReadonlySet<PropertyKey> = new Set([
  'constructor',
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/** What class-level decorators say, by class. */
const classLayers = new WeakMap<object, CircuitBreakerLayer>();
const isOfClass = new WeakSet<Layer>();

/** What a class-level `@CircuitBreaker` says, on a class or on one it extends. */
export function classLayerOf(type: object): CircuitBreakerLayer | undefined {
  for (let each: object | null = type; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    const layer = classLayers.get(each);
    if (layer !== undefined) return layer;
  }
  return undefined;
}

/**
 * Puts a breaker on every public method of a class, its own or inherited, that is known to be asynchronous and has no
 * breaker of its own. Names that begin with an underscore are private by custom; lifecycle hooks are Nest's.
 */
export function guardClass(type: Class, layer: CircuitBreakerLayer): void {
  classLayers.set(type, layer);
  isOfClass.add(layer);
  const prototype = type.prototype as object;
  for (const [key, owner, descriptor] of methodsOf(prototype)) {
    const method = withBreaker(layer, prototype, key, owner, descriptor.value as GuardedMethod['original']);
    if (method !== undefined) Object.defineProperty(prototype, key, { ...descriptor, value: method.wrapper });
  }
  receiveRuntime(prototype);
}

/** Public methods, the nearest of each name, with the prototype that declares them. */
function* methodsOf(prototype: object): Generator<[PropertyKey, object, PropertyDescriptor]> {
  const seen = new Set<PropertyKey>(LIFECYCLE);
  let owner: object | null = prototype;
  while (owner !== null && owner !== Object.prototype) {
    for (const key of Reflect.ownKeys(owner)) {
      if (seen.has(key) || (typeof key === 'string' && key.startsWith('_'))) continue;
      seen.add(key);
      const descriptor = Reflect.getOwnPropertyDescriptor(owner, key);
      if (typeof descriptor?.value === 'function') yield [key, owner, descriptor];
    }
    owner = Object.getPrototypeOf(owner) as object | null;
  }
}

/** The method with the class's breaker; `undefined` where it stays as it is. */
function withBreaker(
  layer: CircuitBreakerLayer,
  prototype: object,
  key: PropertyKey,
  owner: object,
  fn: GuardedMethod['original'],
): GuardedMethod | undefined {
  const known = guardedMethodOf(fn);
  const answer = known === undefined ? knownAnswer(owner, key, fn) : known.answer;
  if (answer === undefined || answer === 'value' || isSkipped(fn)) return undefined;
  const layers = (known?.layers ?? []).filter((each) => owner === prototype || !isOfClass.has(each));
  if (layers.some(({ kind }) => kind === 'circuit_breaker')) return undefined;
  if (known !== undefined && owner === prototype) {
    known.insert(placeIn(layers), layer);
    return undefined;
  }
  const method = new GuardedMethod(prototype, key, known?.original ?? fn);
  for (const each of layers) method.add(each);
  method.insert(placeIn(layers), layer);
  return method;
}

/**
 * Where a class's breaker belongs among a method's own layers, innermost first: below its fallbacks and retries, as in
 * the usual stack, and above all else.
 */
const placeIn = (layers: readonly Layer[]): number =>
  layers.findLastIndex(({ kind }) => kind !== 'fallback' && kind !== 'retry') + 1;
