import { FallbackPolicy, isObservingFallback, visibleArguments } from '../engine/index.js';
import type { CallContext, FallbackHandler, Scope } from '../engine/index.js';
import { fallback } from '../options/index.js';
import type { FallbackFunction, FallbackLayer } from './layers.js';
import type { LayeredMethod } from './runtime.js';

type Answering = (this: unknown, ...args: unknown[]) => unknown;

/** The engine's policy for the fallbacks that stand above a method. */
export function fallbackOf(
  layer: FallbackLayer,
  method: LayeredMethod,
  operation: string,
  scope: Scope,
): FallbackPolicy {
  const arity = method.original.length;
  const handlers = layer.handlers.map((handler) => handlerOf(handler, arity, operation));
  return new FallbackPolicy(operation, fallback(handlers, { on: layer.on }).options, scope);
}

/** Calls a fallback as a method of the object whose method failed: with its arguments, the error and the context. */
function handlerOf(named: PropertyKey | FallbackFunction, arity: number, operation: string): FallbackHandler {
  if (isObservingFallback(named)) return named;
  const handler: FallbackHandler = (error, context) =>
    Reflect.apply(find(named, context.receiver, operation), context.receiver, [
      ...padded(context.args, arity),
      error,
      context,
    ]);
  const name = typeof named === 'function' ? named.name : String(named);
  const sees = sightOf(named, arity);
  return Object.defineProperty(Object.assign(handler, { sees }), 'name', { value: name });
}

/** Whether a fallback can see the error, which comes after all arguments. What stands behind a name may change. */
function sightOf(named: PropertyKey | FallbackFunction, arity: number): (context: CallContext) => boolean {
  let known: unknown;
  let visible = Infinity;
  return ({ receiver, args }) => {
    const found = lookUp(named, receiver);
    if (found !== known) {
      known = found;
      visible = typeof found === 'function' ? visibleArguments(found as Answering) : Infinity;
    }
    return visible > Math.max(arity, args.length);
  };
}

function lookUp(named: PropertyKey | FallbackFunction, receiver: unknown): unknown {
  return typeof named === 'function' ? named : (receiver as Readonly<Record<PropertyKey, unknown>>)[named];
}

function find(named: PropertyKey | FallbackFunction, receiver: unknown, operation: string): Answering {
  const found = lookUp(named, receiver);
  if (typeof found === 'function') return found as Answering;
  throw new TypeError(`@Fallback('${String(named)}') on ${operation}: there is no such method`);
}

/** What the caller left out is `undefined`: the error has its fixed place. */
function padded(args: CallContext['args'], arity: number): readonly unknown[] {
  return args.length >= arity ? args : Array.from({ length: arity }, (_, index) => args[index]);
}
