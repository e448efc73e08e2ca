import { dateOf } from './clock.js';
import type { PolicyKind } from './events.js';
import type { Scope } from './scope.js';

/** What every attempt of one call shares. */
export interface CallOrigin {
  readonly scope: Scope;
  readonly policy: PolicyKind;
  readonly name: string;
}

const NO_ARGUMENTS: readonly unknown[] = Object.freeze([]);

/**
 * What predicates, generators, listeners and fallbacks learn of the call they serve. One object an attempt; the
 * signal, the properties and the dates are made when they are first read.
 */
export class CallContext {
  private controller: AbortController | undefined = undefined;
  private bag: Map<unknown, unknown> | undefined = undefined;
  private abortReason: unknown = undefined;
  private aborted = false;

  constructor(
    private readonly origin: CallOrigin,
    /** `Class.method`, or what `execute` was told. */
    readonly operation: string | undefined,
    readonly args: readonly unknown[] = NO_ARGUMENTS,
    /** The signal that the caller passed in. */
    readonly callerSignal: AbortSignal | undefined,
    /** 1 for the first try. */
    readonly attempt: number,
    private readonly start: number,
    private readonly first: CallContext | undefined,
    properties: Map<unknown, unknown> | undefined,
  ) {
    this.bag = properties;
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
    if (this.first !== undefined) return this.first.properties;
    return (this.bag ??= new Map());
  }

  /** This attempt's signal: aborts on time-out, lost hedge, shutdown and with the caller's own. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.aborted) this.controller.abort(this.abortReason);
      else this.origin.scope.abortable.add(this);
    }
    return this.controller.signal;
  }

  get isAbortedByCaller(): boolean {
    return this.callerSignal?.aborted === true;
  }

  /** @internal Aborts this attempt; the first reason stays. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.abortReason = reason;
    this.controller?.abort(reason);
    this.end();
  }

  /** @internal The attempt's work is over: nothing will abort it any more. */
  end(): void {
    if (this.controller !== undefined) this.origin.scope.abortable.delete(this);
  }

  /** @internal The same call, tried again. */
  retry(attempt: number): CallContext {
    const { origin, operation, args, callerSignal, start } = this;
    return new CallContext(origin, operation, args, callerSignal, attempt, start, this.first ?? this, undefined);
  }

  /** @internal The same attempt as another policy sees it. */
  seenBy(origin: CallOrigin): CallContext {
    if (origin.policy === this.origin.policy && origin.name === this.origin.name) return this;
    return Object.create(this, {
      origin: { value: origin },
      signal: { get: () => this.signal },
      properties: { get: () => this.properties },
    }) as CallContext;
  }
}
