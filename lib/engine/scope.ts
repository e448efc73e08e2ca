import { MAX_DURATION, currentDate, systemClock, systemRandom, whenStill } from './clock.js';
import type { Clock, Random } from './clock.js';
import { ShuttingDownError } from './errors.js';
import { EventHub } from './event-hub.js';
import type { PolicyEventDetails, PolicyEventOf, PolicyEventType, PolicyKind } from './events.js';
import type { Interceptor } from './interceptor.js';

/** Hears of faults in the user's callbacks (listeners, predicates, generators); `where` names the callback. */
export type FaultReporter = (fault: unknown, where: string) => void;

export interface ScopeOptions {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Called with a fault of a callback; what it throws is dropped. */
  readonly onFault?: FaultReporter | undefined;
  /** How durations given at run time (`isolate({ for: '10m' })`) are read. @default numbers of ms only */
  readonly readDuration?: DurationReader | undefined;
  /** Whether refusals carry a stack trace. @default false */
  readonly refusalStacks?: boolean | undefined;
}

/** Reads a duration as ms; throws an error that says what is wrong with it. */
export type DurationReader = (value: number | string) => number;

/** Something that waits for its turn and ends with a `ShuttingDownError` when the application goes down. */
export interface Waiter {
  shutDown(): void;
}

/** What the policies of one application share. Nothing here belongs to the process. */
export class Scope {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventHub;
  readonly refusalStacks: boolean;
  readonly readDuration: DurationReader;
  /** `false`: every policy passes calls through, fallbacks stay. */
  enabled = true;
  /** Set by {@link drain}: nothing may wait for its turn any more. */
  isClosing = false;
  /** Somebody is looking at the policies: what is learned of them from elsewhere should be fresh. */
  isWatched = false;
  /** Steps between breakers and the work they guard; `null`, as everywhere but in tests: nobody does. */
  interceptor: Interceptor | null = null;
  /** Hears of each call that a bulkhead or a rate limiter refuses: unlike breakers, they count none themselves. */
  onTurnedAway: ((policy: PolicyKind, name: string) => void) | null = null;
  /** Calls under way. */
  active = 0;
  private whenIdle: (() => void) | undefined;
  readonly waiters = new Set<Waiter>();
  /** Attempts whose signal somebody has read. */
  readonly abortable = new Set<{ abort(reason: unknown): void }>();
  private readonly onFault: FaultReporter;

  constructor(options: ScopeOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? systemRandom;
    this.refusalStacks = options.refusalStacks ?? false;
    this.readDuration = options.readDuration ?? readMilliseconds;
    this.onFault = options.onFault ?? (() => undefined);
    this.events = new EventHub((fault, where) => this.report(fault, where));
  }

  /** A call has settled. */
  leave(): void {
    if (--this.active === 0) this.whenIdle?.();
  }

  /**
   * Ends what waits for its turn, gives calls under way `patience` ms, then aborts their signals. Calls that begin
   * meanwhile still run, and a second time there is nothing left to do. A manual clock that nobody moves ends the
   * patience, too: else a test that closes its application would wait for ever.
   */
  async drain(patience: number): Promise<void> {
    if (this.isClosing) return;
    this.isClosing = true;
    for (const waiter of [...this.waiters]) waiter.shutDown();
    if (this.active > 0) {
      await new Promise<void>((resolve) => {
        const end = (): void => {
          timer.cancel();
          still.cancel();
          resolve();
        };
        const timer = this.clock.schedule(patience, end, true);
        const still = whenStill(this.clock, end);
        this.whenIdle = end;
      });
      this.whenIdle = undefined;
    }
    const reason = new ShuttingDownError('pipeline', '');
    for (const attempt of [...this.abortable]) {
      this.abortable.delete(attempt);
      attempt.abort(reason);
    }
  }

  report(fault: unknown, where: string): void {
    try {
      this.onFault(fault, where);
    } catch {
      // whoever hears of faults has one: there is nobody left to tell
    }
  }

  /** Emits an event made of `details`; ask `events.hears(type)` first. */
  emit<T extends PolicyEventType>(type: T, policy: PolicyKind, name: string, details: PolicyEventDetails[T]): void {
    this.events.emit<T>({ type, policy, name, at: currentDate(this.clock), ...details } as PolicyEventOf<T>);
  }
}

function readMilliseconds(value: number | string): number {
  if (typeof value === 'number' && value > 0 && value <= MAX_DURATION) return value;
  throw new RangeError(`expected a duration over 0 and up to ${MAX_DURATION} ms, got ${String(value).slice(0, 40)}`);
}
