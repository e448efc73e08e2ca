import type { LayeredMethod } from './runtime.js';

/** `Class.method`, for messages and default names. */
export function describe(target: object, key: PropertyKey): string {
  const owner = typeof target === 'function' ? target : (target as { constructor?: unknown }).constructor;
  const name = typeof owner === 'function' && owner.name !== '' ? owner.name : '(anonymous class)';
  return `${name}.${typeof key === 'symbol' ? (key.description ?? 'symbol') : String(key)}`;
}

/**
 * What a guarded method is called by default: after the concrete class, also where it is inherited. One that a
 * subclass overrides, and calls by `super`, keeps the name of its own class.
 */
export function operationOf(method: LayeredMethod, prototype: object): string {
  return describe(ownerOf(prototype, method.key) === method.target ? prototype : method.target, method.key);
}

/** The nearest object of a prototype chain that has the property. */
export function ownerOf(prototype: object | null, key: PropertyKey): object | null {
  let owner = prototype;
  while (owner !== null && !Object.hasOwn(owner, key)) owner = Object.getPrototypeOf(owner) as object | null;
  return owner;
}
