import type { ModulesContainer } from '@nestjs/core';

type Factory = (...args: unknown[]) => unknown;

/** As much of Nest's record of a provider as is needed here. */
export interface Wrapper {
  readonly instance: unknown;
  metatype: unknown;
  readonly inject?: unknown;
  readonly isNotMetatype: boolean;
  isDependencyTreeStatic(): boolean;
}

/** Something in the container that has methods. */
export interface Inhabitant {
  readonly wrapper: Wrapper;
  readonly prototype: object;
  /** There is none for what is made for each request, or for each of its users. */
  readonly instance: object | undefined;
  /** Whether a factory or the user made it, so that the container has injected nothing into its properties. */
  readonly isMadeElsewhere: boolean;
}

/** Everything in the container that has methods: providers, controllers, guards, pipes, interceptors and filters. */
export function* inhabitantsOf(modules: ModulesContainer): Generator<Inhabitant> {
  const seen = new Set<unknown>();
  for (const { providers, controllers, injectables } of modules.values()) {
    for (const wrapper of [...providers.values(), ...controllers.values(), ...injectables.values()]) {
      if (seen.has(wrapper)) continue;
      seen.add(wrapper);
      const inhabitant = inhabitantOf(wrapper as unknown as Wrapper);
      if (inhabitant !== undefined) yield inhabitant;
    }
  }
}

function inhabitantOf(wrapper: Wrapper): Inhabitant | undefined {
  const isMadeElsewhere = wrapper.isNotMetatype || (wrapper.inject ?? null) !== null;
  const made = wrapper.isDependencyTreeStatic() ? wrapper.instance : undefined;
  const instance = typeof made === 'object' && made !== null ? made : undefined;
  if (!isMadeElsewhere && typeof wrapper.metatype !== 'function') return undefined;
  const prototype = isMadeElsewhere
    ? prototypeOf(instance)
    : ((wrapper.metatype as Factory).prototype as object | undefined);
  return prototype === undefined ? undefined : { wrapper, prototype, instance, isMadeElsewhere };
}

/** A value may be anything, a proxy that throws included. */
function prototypeOf(instance: object | undefined): object | undefined {
  try {
    const prototype: unknown = instance === undefined ? undefined : Object.getPrototypeOf(instance);
    return typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype
      ? prototype
      : undefined;
  } catch {
    return undefined;
  }
}

/** Hands on what a factory will make for each request, once it is made. */
export function afterEachMaking(wrapper: Wrapper, look: (made: unknown) => void): void {
  const factory = wrapper.metatype as Factory;
  wrapper.metatype = async (...args: unknown[]): Promise<unknown> => {
    const made = await factory(...args);
    look(made);
    return made;
  };
}
