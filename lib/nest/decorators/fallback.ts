import type { ErrorMatcher } from '../../engine/index.js';
import type { FallbackFunction } from '../layers.js';
import { layerDecorator } from './method-decorator.js';
import type { GuardedMethodDecorator } from './method-decorator.js';

/** A method of the same object, by name, or a function. */
export type MethodFallback = string | symbol | FallbackFunction;

export interface FallbackDecoratorOptions {
  /** Which errors are answered: a predicate, error classes, or a list of both. @default all */
  readonly on?: ErrorMatcher | readonly ErrorMatcher[];
}

/**
 * Answers when all below has failed. A handler gets the call's arguments, padded to the method's `length`, then the
 * error and the call's context; what it throws reaches the caller, with the first error as its `cause`.
 * @param handlers one, or several that are tried in turn
 */
export function Fallback(
  handlers: MethodFallback | readonly MethodFallback[],
  options: FallbackDecoratorOptions = {},
): GuardedMethodDecorator {
  const { on } = options;
  return layerDecorator({
    kind: 'fallback',
    decorator: `@Fallback(${describe(handlers)})`,
    handlers: isList(handlers) ? handlers : [handlers],
    on: on === undefined ? undefined : isList(on) ? on : [on],
  });
}

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value);

function describe(handlers: MethodFallback | readonly MethodFallback[]): string {
  if (isList(handlers)) return '[…]';
  return typeof handlers === 'function' ? '…' : `'${String(handlers)}'`;
}
