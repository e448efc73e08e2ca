import { currentDate, systemClock, systemRandom } from './clock.js';
import type { Clock, Random } from './clock.js';
import { EventHub } from './event-hub.js';
import type { PolicyEventDetails, PolicyEventOf, PolicyEventType, PolicyKind } from './events.js';

/** Hears of faults in the user's callbacks (listeners, predicates, generators); `where` names the callback. */
export type FaultReporter = (fault: unknown, where: string) => void;

export interface ScopeOptions {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Called with a fault of a callback; what it throws is dropped. */
  readonly onFault?: FaultReporter | undefined;
  /** Whether refusals carry a stack trace. @default false */
  readonly refusalStacks?: boolean | undefined;
}

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
  /** `false`: every policy passes calls through, fallbacks stay. */
  enabled = true;
  /** Set by {@link drain}: nothing waits for its turn any more. */
  isClosing = false;
  /** Calls under way. */
  active = 0;
  readonly waiters = new Set<Waiter>();
  /** Attempts whose signal somebody has read. */
  readonly abortable = new Set<{ abort(reason: unknown): void }>();
  private readonly onFault: FaultReporter | undefined;

  constructor(options: ScopeOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? systemRandom;
    this.refusalStacks = options.refusalStacks ?? false;
    this.onFault = options.onFault;
    this.events = new EventHub((fault, where) => this.report(fault, where));
  }

  report(fault: unknown, where: string): void {
    try {
      this.onFault?.(fault, where);
    } catch {
      // whoever hears of faults has one: there is nobody left to tell
    }
  }

  /** Emits an event made of `details`; ask `events.hears(type)` first. */
  emit<T extends PolicyEventType>(type: T, policy: PolicyKind, name: string, details: PolicyEventDetails[T]): void {
    this.events.emit<T>({ type, policy, name, at: currentDate(this.clock), ...details } as PolicyEventOf<T>);
  }
}
