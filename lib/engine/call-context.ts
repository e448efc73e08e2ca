import { dateOf } from './clock.js';
import type { PolicyKind } from './events.js';
import type { Scope } from './scope.js';

/** What every attempt of one call shares. */
export interface CallOrigin {
  readonly scope: Scope;
  readonly policy: PolicyKind;
  readonly name: string;
}

/** What `execute` may be told of a call. */
export interface ExecuteOptions {
  /** The caller's signal: its abort rejects the call at once. */
  readonly signal?: AbortSignal | undefined;
  /** What the call is named in events, such as `Class.method`. */
  readonly operation?: string | undefined;
  /** Handed to predicates and fallbacks in the context. */
  readonly args?: readonly unknown[] | undefined;
  /** Initial `context.properties`. */
  readonly properties?: Map<unknown, unknown> | undefined;
  /** @internal The object whose method is called. */
  readonly receiver?: unknown;
}

/** @internal What the engine adds to them. */
export interface CallOptions extends ExecuteOptions {
  /** The call's answer is a stream of items. */
  readonly isStream?: true;
}

/** What events say of whose call it was: nothing where nobody has named it. */
export const operationOf = (context: CallContext | undefined): { readonly operation?: string } =>
  context?.operation === undefined ? {} : { operation: context.operation };

const NO_ARGUMENTS: readonly unknown[] = Object.freeze([]);

/** What few calls ask for, made when it is first read, and what only later attempts have. */
class Extras {
  controller: AbortController | undefined = undefined;
  properties: Map<unknown, unknown> | undefined = undefined;
  isAborted = false;
  reason: unknown = undefined;

  constructor(
    /** Nothing will abort the attempt any more. */
    public isOver: boolean,
    readonly attempt: number = 1,
    readonly first: CallContext | undefined = undefined,
  ) {}

  abort(reason: unknown): void {
    if (this.isAborted) return;
    this.isAborted = true;
    this.reason = reason;
    this.controller?.abort(reason);
  }
}

/** Stands for the extras of an attempt that ended before anybody asked for one. */
const OVER = new Extras(true);

/**
 * What predicates, generators, listeners and fallbacks learn of the call they serve. One object an attempt; the
 * signal, the properties and the dates are made when they are first read.
 */
export class CallContext {
  private extras: Extras | undefined;
  /** Monotonic time at which the call began, in whole ms: a fraction would be an object of its own. */
  private readonly start: number;

  /** @internal */
  constructor(
    private readonly origin: CallOrigin,
    private readonly options: CallOptions | undefined,
    start: number,
  ) {
    this.start = Math.floor(start);
    this.extras = undefined;
  }

  /** 1 for the first try. */
  get attempt(): number {
    return this.extras?.attempt ?? 1;
  }

  /** `Class.method`, or what `execute` was told. */
  get operation(): string | undefined {
    return this.options?.operation;
  }

  get args(): readonly unknown[] {
    return this.options?.args ?? NO_ARGUMENTS;
  }

  /** @internal The object whose method is called. */
  get receiver(): unknown {
    return this.options?.receiver;
  }

  /** The signal that the caller passed in. */
  get callerSignal(): AbortSignal | undefined {
    return this.options?.signal;
  }

  /** @internal */
  get isStream(): boolean {
    return this.options?.isStream === true;
  }

  /** @internal */
  get scope(): Scope {
    return this.origin.scope;
  }

  /** The kind of the policy that asks. */
  get policy(): PolicyKind {
    return this.origin.policy;
  }

  /** The name of the policy that asks. */
  get name(): string {
    return this.origin.name;
  }

  /** When the call began; attempts of one call share it. */
  get startedAt(): Date {
    return dateOf(this.origin.scope.clock, this.start);
  }

  /** Yours: lives as long as the call and is shared by its attempts. */
  get properties(): Map<unknown, unknown> {
    const extras = this.extra();
    if (extras.first !== undefined) return extras.first.properties;
    return (extras.properties ??= this.options?.properties ?? new Map());
  }

  /** This attempt's signal: aborts on time-out, lost hedge, shutdown and with the caller's own. */
  get signal(): AbortSignal {
    const extras = this.extra();
    if (extras.controller === undefined) {
      extras.controller = new AbortController();
      if (extras.isAborted) extras.controller.abort(extras.reason);
      else if (!extras.isOver) this.origin.scope.abortable.add(extras);
    }
    return extras.controller.signal;
  }

  get isAbortedByCaller(): boolean {
    return this.options?.signal?.aborted === true;
  }

  /** @internal Aborts this attempt; the first reason stays. */
  abort(reason: unknown): void {
    this.extra().abort(reason);
    this.end();
  }

  /** @internal The attempt's work is over: nothing will abort it any more. */
  end(): void {
    if (this.extras === undefined) this.extras = OVER;
    else this.endExtras(this.extras);
  }

  private endExtras(extras: Extras): void {
    if (extras.isOver) return;
    extras.isOver = true;
    this.origin.scope.abortable.delete(extras);
  }

  /** @internal The same call, tried again, as a policy sees it. */
  retry(attempt: number, origin: CallOrigin = this.origin): CallContext {
    const again = new CallContext(origin, this.options, this.start);
    again.extras = new Extras(false, attempt, this.extras?.first ?? this);
    return again;
  }

  /** @internal The same attempt as another policy sees it. */
  seenBy(origin: CallOrigin): CallContext {
    if (origin.policy === this.origin.policy && origin.name === this.origin.name) return this;
    const view = new CallContext(origin, this.options, this.start);
    view.extras = this.extra(); // shared by both
    return view;
  }

  private extra(): Extras {
    const { extras } = this;
    return extras === undefined || extras === OVER ? (this.extras = new Extras(extras === OVER)) : extras;
  }
}
