import type { PolicyEvent, PolicyEventType, PolicyRegistry } from '../engine/index.js';
import { listeningOf } from './decorators/on-circuit-event.decorator.js';
import { describe } from './operation.js';

/** Hears of what is wrong at start-up. */
export interface FaultList {
  fault(at: string, message: string): void;
}

/** Connects the `@OnCircuitEvent` methods of a provider; answers how to disconnect them. */
export function connectListeners(
  prototype: object,
  instance: object | undefined,
  registry: PolicyRegistry,
  faults: FaultList,
): readonly (() => void)[] {
  const stops: (() => void)[] = [];
  for (const [key, method] of methodsOf(prototype)) {
    for (const { type, name } of listeningOf(method)) {
      if (instance === undefined) {
        const fix = 'Put the listener on a provider of the default scope.';
        faults.fault(
          describe(prototype, key),
          `@OnCircuitEvent on a provider that is made anew for its users: events have nobody to go to. ${fix}`,
        );
        continue;
      }
      const hear = (event: PolicyEvent): unknown =>
        name === undefined || event.name === name ? Reflect.apply(method, instance, [event]) : undefined;
      stops.push(registry.on(type as PolicyEventType, hear as never));
    }
  }
  return stops;
}

/** The methods of an object, nearest first; no accessor is run. */
function* methodsOf(prototype: object): Generator<[PropertyKey, (...args: unknown[]) => unknown]> {
  const seen = new Set<PropertyKey>(['constructor']);
  let owner: object | null = prototype;
  while (owner !== null && owner !== Object.prototype) {
    for (const key of Reflect.ownKeys(owner)) {
      const value: unknown = Reflect.getOwnPropertyDescriptor(owner, key)?.value;
      if (!seen.has(key) && typeof value === 'function') yield [key, value as never];
      seen.add(key);
    }
    owner = Object.getPrototypeOf(owner) as object | null;
  }
}
