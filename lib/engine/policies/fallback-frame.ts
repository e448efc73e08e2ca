import type { CallContext } from '../call-context.js';
import { addCause } from '../cause.js';
import type { Frame, FrameSource, Refused } from '../frame.js';
import { promiseOf } from '../promises.js';
import { tellFellBack } from './fallback-handler.js';
import type { FallbackHandler, FallingBack, ObservingFallback } from './fallback-handler.js';
import { LingeringFrame } from './lingering-frame.js';

const NONE: readonly FallbackHandler[] = [];

const OUTSIDE = 0;
/** The call is below. */
const BELOW = 1;
/** A handler works on an answer. */
const HANDLING = 2;
/** What a handler answered is a stream, and runs below. */
const SUBSTITUTED = 3;

/**
 * One call's way past its fallbacks: they are tried in turn, each with the error of the one before, until one answers.
 * The guarded method's own error is never touched.
 */
export class FallbackFrame extends LingeringFrame {
  private place = OUTSIDE;
  private context: CallContext | undefined;
  /** The handlers' own: its signal hasn't been aborted by what made the call fail. */
  private own: CallContext | undefined;
  private handlers = NONE;
  private tried = 0;
  /** Has the error that the call failed with; that of a refusal is made when it is read. */
  private first: Refused | undefined;
  private hasPassed = false;
  private substitute: Frame | undefined;

  constructor(
    source: FrameSource,
    private readonly owner: FallingBack,
    inner: Frame,
  ) {
    super(source, inner);
  }

  override enter(context: CallContext, now: number): void {
    this.context = context;
    this.isOpen = true;
    this.hasPassed = false;
    this.tried = 0;
    this.place = BELOW;
    this.inner.enter(context, now);
  }

  override item(value: unknown, now: number): void {
    this.hasPassed = true;
    this.outer.item(value, now);
  }

  override pull(now: number): void {
    (this.substitute ?? this.inner).pull(now);
  }

  override succeed(value: unknown, now: number, live: boolean): void {
    if (live) this.linger();
    const { observers } = this.owner;
    if (observers.length > 0 && !this.observe(observers, value)) return;
    this.release();
    this.outer.succeed(value, now, this.close());
  }

  override fail(error: unknown, now: number, live: boolean): void {
    if (live) this.linger();
    if (this.place === SUBSTITUTED) {
      this.substitute = undefined;
      if (this.hasPassed) this.giveUp(error, now);
      else this.next(error, now);
      return;
    }
    this.place = OUTSIDE;
    const isAnswered = !this.hasPassed && this.isAnswered(error);
    if (!this.isOpen) return; // the predicate has aborted the call
    this.first = { error };
    this.handlers = this.owner.handlers;
    if (isAnswered) this.next(error, now);
    else this.giveUp(error, now);
  }

  /** Where no handler, predicate or listener would see the error, it is not even made. */
  override refused(refusal: Refused, now: number): void {
    const { owner } = this;
    if (owner.isSeen(this.context as CallContext)) {
      super.refused(refusal, now);
      return;
    }
    this.first = refusal;
    this.handlers = owner.handlers;
    this.next(undefined, now);
  }

  override cancel(reason: unknown, now: number): void {
    const { place, own, substitute } = this;
    this.isOpen = false;
    this.release();
    if (place === OUTSIDE) {
      this.leave();
      return;
    }
    this.linger(); // the call below, or the handler
    if (own !== undefined) own.abort(reason);
    else (substitute ?? this.inner).cancel(reason, now);
  }

  /** Asks handler after handler, as long as they throw at once. */
  private next(error: unknown, now: number): void {
    let last = error;
    for (let handler = this.handlers[this.tried++]; handler !== undefined; handler = this.handlers[this.tried++]) {
      const own = this.contextForHandler();
      let answer: unknown;
      let promise: Promise<unknown> | undefined;
      try {
        answer = handler(last, own);
        promise = promiseOf(answer);
      } catch (thrown) {
        if (!this.hasHandled()) return;
        last = thrown;
        continue;
      }
      if (promise === undefined) this.answered(answer, now);
      else void promise.then(this.onFulfilled, this.onRejected);
      return;
    }
    this.giveUp(last, now);
  }

  private readonly onFulfilled = (value: unknown): void => this.answered(value, this.owner.origin.scope.clock.now());

  private readonly onRejected = (thrown: unknown): void => {
    if (this.hasHandled()) this.next(thrown, this.owner.origin.scope.clock.now());
  };

  /** The handlers' context has a signal of its own: what made the call fail may have aborted the attempt's. */
  private contextForHandler(): CallContext {
    const context = this.context as CallContext;
    const own = context.retry(context.attempt, this.owner.origin);
    this.own = own;
    this.place = HANDLING;
    return own;
  }

  /** A handler has ended; answers whether anybody still waits for it. */
  private hasHandled(): boolean {
    this.own?.end();
    this.own = undefined;
    this.place = OUTSIDE;
    if (!this.isOpen) this.ended();
    return this.isOpen;
  }

  private answered(answer: unknown, now: number): void {
    const { own } = this;
    if (!this.hasHandled()) return;
    tellFellBack(this.owner.origin, this.first as Refused, this.context as CallContext);
    if (!this.isOpen) return; // a listener has aborted the call
    const leaf = this.outer.splice(answer);
    if (leaf === undefined) {
      this.release();
      this.outer.succeed(answer, now, this.close());
      return;
    }
    leaf.outer = this;
    this.substitute = leaf;
    this.place = SUBSTITUTED;
    leaf.enter(own as CallContext, now);
  }

  private giveUp(error: unknown, now: number): void {
    addCause(error, (this.first as Refused).error);
    this.release();
    this.outer.fail(error, now, this.close());
  }

  private isAnswered(error: unknown): boolean {
    const { answers, origin } = this.owner;
    if (answers === undefined) return true;
    try {
      return answers(error, (this.context as CallContext).seenBy(origin));
    } catch (fault) {
      this.report(fault, 'the predicate');
      return false;
    }
  }

  /** Answers whether the call is still open: what the observers do is their own. */
  private observe(observers: readonly ObservingFallback[], value: unknown): boolean {
    const context = this.context as CallContext;
    this.place = OUTSIDE;
    if (context.isStream) return true;
    for (const handler of observers) {
      try {
        handler.observe(value, context.seenBy(this.owner.origin));
      } catch (fault) {
        this.report(fault, 'an observer');
      }
    }
    return this.isOpen;
  }

  private report(fault: unknown, what: string): void {
    const { scope, name } = this.owner.origin;
    scope.report(fault, `${what} of fallback${name === '' ? '' : ` "${name}"`}`);
  }

  /** A pooled frame holds on to nothing. */
  private release(): void {
    this.place = OUTSIDE;
    this.context = undefined;
    this.own = undefined;
    this.first = undefined;
    this.substitute = undefined;
    this.handlers = NONE;
  }
}
