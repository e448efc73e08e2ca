import type { BreakerName } from '../../engine/index.js';
import type { CircuitBreakerOptionsInput } from '../../options/index.js';
import { guardClass } from '../guarded-class.js';
import { guard } from '../guarded-method.js';
import type { CircuitBreakerLayer, KeyedOptions } from '../layers.js';
import { getCircuitBreakerToken } from '../tokens.js';
import { readInline } from './inline.js';
import type { ReturnsOption } from './inline.js';
import type { GuardedMethodDecorator } from './method-decorator.js';

/** Decorates a method, or a class: then each of its methods that is known to be asynchronous. */
export type CircuitBreakerDecorator = GuardedMethodDecorator &
  (<Class extends abstract new (...args: never[]) => unknown>(target: Class) => void);

export type CircuitBreakerDecoratorOptions = CircuitBreakerOptionsInput & ReturnsOption & Partial<KeyedOptions>;

/**
 * Guards a method by the breaker of that name, by default `Class.method`. On a class it guards every public method
 * that is known to be asynchronous and has no breaker of its own: `async` ones, async generators, and those whose return
 * type the compiler has written down, as it does for methods that carry a decorator.
 */
export function CircuitBreaker(name?: BreakerName, options?: CircuitBreakerDecoratorOptions): CircuitBreakerDecorator;
export function CircuitBreaker(options: CircuitBreakerDecoratorOptions): CircuitBreakerDecorator;
export function CircuitBreaker(
  first?: BreakerName | CircuitBreakerDecoratorOptions,
  second?: CircuitBreakerDecoratorOptions,
): CircuitBreakerDecorator {
  const layer = layerOf(first, second);
  // a test may ask the container for it
  if (layer.name !== undefined && layer.keyed === undefined) getCircuitBreakerToken(layer.name);
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (key === undefined) guardClass(target as abstract new () => unknown, layer);
    else guard(target, key, descriptor, layer);
  };
}

function layerOf(first: unknown, second: unknown): CircuitBreakerLayer {
  const { name, options, returns } = readInline(first, second);
  const { key, maxKeys, keyTtl, ...own } = (options ?? {}) as Partial<KeyedOptions>;
  return {
    kind: 'circuit_breaker',
    decorator: name === undefined ? '@CircuitBreaker()' : `@CircuitBreaker('${name}')`,
    name,
    options: Object.keys(own).length === 0 ? undefined : own,
    keyed: key === undefined ? undefined : { key, ...defined({ maxKeys, keyTtl }) },
    returns,
  };
}

/** Leaves out what is `undefined`. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
