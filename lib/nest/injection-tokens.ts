import type { BreakerName } from '../engine/index.js';
import type { Wrapper } from './container-walk.js';
import { injectedCircuitBreaker } from './tokens.js';

interface Dependency {
  readonly param?: unknown;
  readonly type?: unknown;
}

type Asking = Pick<Wrapper, 'metatype' | 'inject'>;

/** The names of the breakers that something in the container asks for. */
export const injectedNamesOf = (wrapper: Asking): readonly BreakerName[] =>
  injectionTokensOf(wrapper).flatMap((token) => injectedCircuitBreaker(token) ?? []);

/** The tokens that something in the container asks for by `@Inject()`, or by a factory's `inject`. */
export function injectionTokensOf({ metatype, inject }: Asking): readonly unknown[] {
  if (Array.isArray(inject))
    return inject.map((token: unknown) => (token as { token?: unknown } | null)?.token ?? token);
  if (typeof metatype !== 'function') return [];
  const parameters = (Reflect.getMetadata('self:paramtypes', metatype) ?? []) as readonly Dependency[];
  const properties = (Reflect.getMetadata('self:properties_metadata', metatype) ?? []) as readonly Dependency[];
  return [...parameters.map(({ param }) => param), ...properties.map(({ type }) => type)];
}
