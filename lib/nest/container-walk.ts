import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import type { ModulesContainer } from '@nestjs/core';

/** One of Nest's modules. */
export type InhabitedModule = ModulesContainer extends Map<string, infer M> ? M : never;

type Factory = (...args: unknown[]) => unknown;

/** As much of Nest's record of a provider as is needed here. */
export interface Wrapper {
  /** A class's name, or a token. */
  readonly name: unknown;
  readonly instance: unknown;
  metatype: unknown;
  readonly inject?: unknown;
  readonly isNotMetatype: boolean;
  readonly isTransient: boolean;
  isDependencyTreeStatic(): boolean;
  getInstanceByContextId(context: typeof STATIC_CONTEXT): { isResolved?: boolean | undefined };
  /** What was made for each of its users so far. */
  getStaticTransientInstances(): readonly ({ readonly instance: unknown } | undefined)[];
}

/** Something in the container. */
export interface Inhabitant {
  readonly wrapper: Wrapper;
  /** Unknown for what a factory has yet to make. */
  readonly prototype: object | undefined;
  /** There is none for what is made for each request, or for each of its users. */
  readonly instance: object | undefined;
  /** Whether a factory or the user made it, so that the container has injected nothing into its properties. */
  readonly isMadeElsewhere: boolean;
}

/** Everything in modules: providers, controllers, guards, pipes, interceptors and filters. */
export function* inhabitantsOf(modules: Iterable<InhabitedModule>): Generator<Inhabitant> {
  const seen = new Set<unknown>();
  for (const module of modules) {
    for (const wrapper of wrappersOf(module)) {
      if (seen.has(wrapper)) continue;
      seen.add(wrapper);
      yield inhabitantOf(wrapper as unknown as Wrapper);
    }
  }
}

/** Whether everything in a module has been made that is made once: another that is being loaded isn't complete yet. */
export const isComplete = (module: InhabitedModule): boolean =>
  wrappersOf(module).every(
    (wrapper) =>
      wrapper.isTransient ||
      !wrapper.isDependencyTreeStatic() ||
      wrapper.getInstanceByContextId(STATIC_CONTEXT).isResolved === true,
  );

/** Has a factory called again for whoever asks next. */
export function makeAnew(wrapper: Wrapper): void {
  Object.assign(wrapper.getInstanceByContextId(STATIC_CONTEXT), { isResolved: false, isPending: false });
}

const wrappersOf = ({ providers, controllers, injectables }: InhabitedModule) => [
  ...providers.values(),
  ...controllers.values(),
  ...injectables.values(),
];

function inhabitantOf(wrapper: Wrapper): Inhabitant {
  const isMadeElsewhere = wrapper.isNotMetatype || (wrapper.inject ?? null) !== null;
  const isSingle = !wrapper.isTransient && wrapper.isDependencyTreeStatic();
  const made = isSingle ? wrapper.instance : undefined;
  const instance = typeof made === 'object' && made !== null ? made : undefined;
  const prototype = isMadeElsewhere ? prototypeOf(instance) : prototypeOfClass(wrapper.metatype);
  return { wrapper, prototype, instance, isMadeElsewhere };
}

const prototypeOfClass = (type: unknown): object | undefined =>
  typeof type === 'function' ? (type.prototype as object | undefined) : undefined;

/** A value may be anything, a proxy that throws included. */
export function prototypeOf(instance: unknown): object | undefined {
  if (typeof instance !== 'object' || instance === null) return undefined;
  try {
    const prototype: unknown = Object.getPrototypeOf(instance);
    return typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype
      ? prototype
      : undefined;
  } catch {
    return undefined;
  }
}

/** Hands on what a factory has made, and what it will make for requests and users to come. */
export function eachMade(wrapper: Wrapper, look: (made: unknown) => void): void {
  for (const host of wrapper.getStaticTransientInstances()) look(host?.instance);
  const factory = wrapper.metatype as Factory;
  wrapper.metatype = async (...args: unknown[]): Promise<unknown> => {
    const made = await factory(...args);
    look(made);
    return made;
  };
}
