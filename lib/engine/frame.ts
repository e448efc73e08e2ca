import type { CallContext } from './call-context.js';

/** Answers for a promise that the caller was given. */
export interface Adopter {
  answer(): unknown;
}

/** A policy's no to a call. Its error is made when it is first read: a fallback may not look. */
export interface Refused {
  readonly error: unknown;
}

/**
 * One policy's part in one call. A pipeline of policies becomes a chain of frames, from the root that answers the
 * caller down to the leaf that calls the method; a chain that ended cleanly serves the next call.
 *
 * The contract, for each `enter`:
 * - downwards: `enter` at most once at a time, `cancel` at most once and only before the frame has settled;
 * - upwards: exactly one of `succeed` and `fail`, unless cancelled: then neither;
 * - `live` says that work below is still running though the call has settled. After a live settlement, and after
 *   `cancel`, `ended` follows exactly once, when the last work below is over; otherwise the settlement was the end;
 * - whoever has told its end has nothing on its way any more, no reaction either: it may be entered again at once.
 *
 * Where the call is a stream (`context.isStream`):
 * - downwards: `enter` asks for the first item, and `pull` for each further one once the one before has passed;
 * - upwards: any number of `item`, before the settlement and never after a `cancel`. The settlement's value is the last
 *   item. A policy that starts over may do so only until the first;
 * - `ended` may come from within `cancel`.
 *
 * `now` is the monotonic time at which the step was taken: it is handed on, so that a call reads the clock twice.
 */
export abstract class Frame {
  /** The frame above; set when the chain is linked. */
  outer!: Frame;

  abstract enter(context: CallContext, now: number): void;
  abstract succeed(value: unknown, now: number, live: boolean): void;
  abstract fail(error: unknown, now: number, live: boolean): void;
  /** Fails with a refusal's error. Who passes it on unread saves making it. */
  refused(refusal: Refused, now: number): void {
    this.fail(refusal.error, now, false);
  }
  abstract ended(): void;
  abstract cancel(reason: unknown, now: number): void;
  /**
   * Offers the root a promise whose last handler returns `answer()`. The root takes the first one offered while the
   * call is being entered and gives it to the caller, which saves a promise; then it answers with itself.
   */
  abstract adopt(derived: Promise<unknown>): Adopter | undefined;
  /**
   * Says, before anything below is entered, that the call may end before its work does: its caller gets a promise of
   * the call's own, made here, in the call's async context, so that {@link interrupt} finds back to it.
   */
  detach(): void {
    this.outer.detach();
  }
  /** Has `task` called soon in the call's own async context, whoever asks: a timer that many calls share. */
  interrupt(task: () => void): void {
    this.outer.interrupt(task);
  }
  /** One item of a stream, on its way to whoever consumes it. */
  item(value: unknown, now: number): void {
    this.outer.item(value, now);
  }
  /** Asks for the next item of a stream. */
  pull(_now: number): void {}
  /**
   * A leaf that streams what a fallback answered, to be linked below the frame that asks; `undefined` where the call is
   * no stream and the answer is its result.
   */
  splice(answer: unknown): Frame | undefined {
    return this.outer.splice(answer);
  }
  /** A fresh chain from here down, for another attempt beside or after this one. */
  abstract fork(): Frame;
}

/** What a pipeline is made of: makes this policy's frame above `inner`. */
export interface FrameSource {
  frame(inner: Frame): Frame;
}

/** A frame that passes everything on; policies override what concerns them. */
export abstract class PolicyFrame extends Frame {
  constructor(
    private readonly source: FrameSource,
    protected readonly inner: Frame,
  ) {
    super();
    inner.outer = this;
  }

  enter(context: CallContext, now: number): void {
    this.inner.enter(context, now);
  }

  succeed(value: unknown, now: number, live: boolean): void {
    this.outer.succeed(value, now, live);
  }

  fail(error: unknown, now: number, live: boolean): void {
    this.outer.fail(error, now, live);
  }

  ended(): void {
    this.outer.ended();
  }

  cancel(reason: unknown, now: number): void {
    this.inner.cancel(reason, now);
  }

  override pull(now: number): void {
    this.inner.pull(now);
  }

  adopt(derived: Promise<unknown>): Adopter | undefined {
    return this.outer.adopt(derived);
  }

  fork(): Frame {
    return this.source.frame(this.inner.fork());
  }
}
