import type { CallContext, CallOrigin } from '../call-context.js';
import type { Frame } from '../frame.js';
import { anyOf } from '../outcome.js';
import type { ErrorMatcher, ErrorPredicate } from '../outcome.js';
import { Policy } from '../policy.js';
import type { Scope } from '../scope.js';
import { FallbackFrame } from './fallback-frame.js';
import type { FallbackHandler, FallingBack, ObservingFallback } from './fallback-handler.js';
import { visibleArguments } from './visible-arguments.js';

export type { FallbackHandler } from './fallback-handler.js';

/** Complete, checked options of a fallback. */
export interface FallbackOptions {
  /** Tried in turn, each with the error of the one before. */
  readonly handlers: readonly FallbackHandler[];
  /** The only errors that are answered; empty for all. */
  readonly on: readonly ErrorMatcher[];
}

/**
 * Answers for a call that failed; not for one that its caller aborted. What the last handler throws is what the caller
 * sees, with the first error as `cause`. It stays when policies are switched off.
 */
export class FallbackPolicy extends Policy implements FallingBack {
  readonly policy = 'fallback';
  /** @internal */
  answers: ErrorPredicate | undefined;
  /** @internal */
  observers: readonly ObservingFallback[];

  private firstSees: (context: CallContext) => boolean;

  constructor(
    name: string,
    private current: FallbackOptions,
    scope: Scope,
  ) {
    super(name, scope);
    this.answers = anyOf(current.on);
    this.observers = observersOf(current);
    this.firstSees = sightOf(current);
  }

  get options(): FallbackOptions {
    return this.current;
  }

  /** @internal */
  get handlers(): readonly FallbackHandler[] {
    return this.current.handlers;
  }

  /** @internal */
  get origin(): CallOrigin {
    return this;
  }

  /** @internal Calls that fail from now on are answered by the new handlers. */
  update(options: FallbackOptions): void {
    this.current = options;
    this.answers = anyOf(options.on);
    this.observers = observersOf(options);
    this.firstSees = sightOf(options);
  }

  /** @internal */
  isSeen(context: CallContext): boolean {
    if (this.answers !== undefined || this.scope.events.heard.fell_back) return true;
    try {
      return this.firstSees(context);
    } catch {
      return true; // a getter, say: what is wrong will be told when the handler is asked
    }
  }

  /** @internal */
  frame(inner: Frame): Frame {
    return new FallbackFrame(this, this, inner);
  }
}

/** Whether the first handler can see an error. */
function sightOf({ handlers: [first] }: FallbackOptions): (context: CallContext) => boolean {
  if (first?.sees !== undefined) return first.sees;
  const sees = first === undefined || visibleArguments(first) > 0;
  return () => sees;
}

const observersOf = ({ handlers }: FallbackOptions): readonly ObservingFallback[] =>
  handlers.filter((handler): handler is ObservingFallback => handler.observe !== undefined);
