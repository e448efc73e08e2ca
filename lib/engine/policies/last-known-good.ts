import type { CallContext } from '../call-context.js';
import type { Scope } from '../scope.js';
import { keyOfArguments } from './arguments-key.js';
import type { ObservingFallback } from './fallback-handler.js';

export type { ObservingFallback } from './fallback-handler.js';

/** What {@link lastKnownGood} may be told. */
export interface LastKnownGoodOptions {
  /** How old an answer may be, in ms. @default no limit */
  readonly maxAge?: number | undefined;
  /** Answers that are kept; beyond that the least recently used is forgotten. @default 1000 */
  readonly maxEntries?: number | undefined;
  /**
   * What tells calls apart; an answer that is no text keeps the call out.
   * @default the arguments, where they are plain data
   */
  readonly key?: ((...args: never[]) => string) | undefined;
}

/** Whether a fallback wants to see what goes well, and is called with `(error, context)` alone. */
export const isObservingFallback = (handler: unknown): handler is ObservingFallback =>
  typeof handler === 'function' && typeof (handler as Partial<ObservingFallback>).observe === 'function';

const MAX_ENTRIES = 1_000;

interface Answer {
  readonly value: unknown;
  readonly at: number;
}

/**
 * A fallback that answers with the last good answer for the same arguments of the same operation, and rethrows where
 * there is none. The answer is the very object that the call gave. Applications that share the handler share no
 * answers.
 */
export function lastKnownGood(options: LastKnownGoodOptions = {}): ObservingFallback {
  const { maxAge = Infinity, maxEntries = MAX_ENTRIES, key } = options;
  const storesOf = new WeakMap<Scope, Map<string, Answer>>();

  const storeOf = ({ scope }: CallContext): Map<string, Answer> => {
    let store = storesOf.get(scope);
    if (store === undefined) storesOf.set(scope, (store = new Map()));
    return store;
  };

  const keyOf = (context: CallContext): string | undefined => {
    const { args, operation } = context;
    const own: unknown = key === undefined ? keyOfArguments(args) : key(...(args as never[]));
    return typeof own === 'string' ? `${operation ?? ''}\n${own}` : undefined;
  };

  const lastOf = (context: CallContext): Answer | undefined => {
    const name = keyOf(context) as string; // nothing is kept without
    const store = storeOf(context);
    const answer = store.get(name);
    if (answer === undefined) return undefined;
    store.delete(name);
    if (context.scope.clock.now() - answer.at > maxAge) return undefined;
    store.set(name, answer); // the most recently used one is last
    return answer;
  };

  const answer = (error: unknown, context: CallContext): unknown => {
    let last: Answer | undefined;
    try {
      last = lastOf(context);
    } catch (fault) {
      context.scope.report(fault, 'the key of a last known good answer');
    }
    if (last === undefined) throw error;
    return last.value;
  };

  const observe = (value: unknown, context: CallContext): void => {
    const name = keyOf(context);
    if (name === undefined) return;
    const store = storeOf(context);
    store.delete(name);
    store.set(name, { value, at: context.scope.clock.now() });
    for (const oldest of store.keys()) {
      if (store.size <= maxEntries) break;
      store.delete(oldest);
    }
  };

  return Object.assign(answer, { observe });
}
