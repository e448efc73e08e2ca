import { operationOf } from '../call-context.js';
import type { CallContext, CallOrigin } from '../call-context.js';
import type { Refused } from '../frame.js';
import type { ErrorPredicate } from '../outcome.js';

/** Answers for a call that failed. What it throws goes to the next handler, or to the caller. */
export interface FallbackHandler {
  (error: unknown, context: CallContext): unknown;
  /** Whether it can see the error of this call; without it, whether it has a parameter for it. */
  readonly sees?: (context: CallContext) => boolean;
  /** Sees the value of each call that went well. */
  readonly observe?: (value: unknown, context: CallContext) => void;
}

/** A fallback that sees what goes well: give it to a fallback policy as it is, unwrapped. */
export interface ObservingFallback extends FallbackHandler {
  readonly observe: (value: unknown, context: CallContext) => void;
}

/** Whose handlers answer. */
export interface FallingBack {
  readonly origin: CallOrigin;
  readonly handlers: readonly FallbackHandler[];
  /** Whether anybody would see the error of a call: a predicate, a listener or the first handler. */
  isSeen(context: CallContext): boolean;
  /** Those of the handlers that see values. */
  readonly observers: readonly ObservingFallback[];
  /** Which errors are answered; `undefined` for all. */
  readonly answers: ErrorPredicate | undefined;
}

/** Tells whoever listens that a call was answered although it had failed at `first`. */
export function tellFellBack(origin: CallOrigin, first: Refused, context: CallContext): void {
  if (origin.scope.events.heard.fell_back) emitFellBack(origin, first.error, context);
}

function emitFellBack({ scope, name }: CallOrigin, error: unknown, context: CallContext): void {
  scope.emit('fell_back', 'fallback', name, { error, ...operationOf(context) });
}
