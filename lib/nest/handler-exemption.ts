import { isSkipped } from './decorators/skip-circuit-breaker.decorator.js';
import { injectionTokensOf } from './injection-tokens.js';

type Class = abstract new (...args: never[]) => unknown;

/** Whether no breaker belongs around a handler. */
export const isExempt = (type: Class, handler: object): boolean =>
  isSkipped(type) || isSkipped(handler) || isHealthCheck(type, handler);

/**
 * Whether Terminus's `@HealthCheck()` stands above a handler: its 503 tells of a state, and a breaker that took it for
 * a failure would hide it. The decorator leaves no mark of its own, but sets a header, and describes the 503 where
 * Swagger is installed.
 */
function isHealthCheck(type: Class, handler: object): boolean {
  const responses = Reflect.getMetadata('swagger/apiResponse', handler) as
    Readonly<Record<string, Described>> | undefined;
  if (responses?.['503']?.description === 'The Health Check is not successful') return true;
  const headers = (Reflect.getMetadata('__headers__', handler) ?? []) as readonly HeaderMark[];
  const isUncached = headers.some(({ name, value }) => name === 'Cache-Control' && value === UNCACHED);
  return isUncached && injects(type, 'HealthCheckService');
}

interface Described {
  readonly description?: unknown;
}

interface HeaderMark {
  readonly name?: unknown;
  readonly value?: unknown;
}

const UNCACHED = 'no-cache, no-store, must-revalidate';

function injects(type: Class, name: string): boolean {
  const declared = (Reflect.getMetadata('design:paramtypes', type) ?? []) as readonly unknown[];
  return [...declared, ...injectionTokensOf({ metatype: type })].some(
    (token) => typeof token === 'function' && token.name === name,
  );
}
