import type { Window } from '../window/window.js';
import type { Rehearsal } from './rehearsal.js';
import type { Tally } from './tally.js';

/**
 * A stay in a state: from one transition to the next. Permits belong to the stay that issued them, so comparing two
 * references tells a stale result. Points in time are monotonic ms; `Infinity` for never.
 */
export type Stay = ClosedStay | OpenStay | HalfOpenStay | IsolatedStay | DisabledStay | MetricsOnlyStay;

interface Entered {
  /** When, on the wall clock. */
  readonly since: number;
  readonly reason: string | null;
}

/** Where the calls of a closed breaker are counted; still to be read after it has opened, fresh once it closes. */
export interface Counting {
  window: Window | null;
  consecutiveFailures: number;
  lastFailureAt: number;
}

export interface ClosedStay extends Entered {
  readonly kind: 'closed';
}

export interface OpenStay extends Entered {
  readonly kind: 'open';
  /** When calls may pass; moved on while the service is being asked. */
  until: number;
  /** The how-manieth break since the circuit was closed. */
  readonly attempt: number;
  readonly breakDuration: number;
}

export interface HalfOpenStay extends Entered {
  readonly kind: 'half_open';
  readonly attempt: number;
  readonly halfOpenTimeout: number;
  /** Under way, oldest first. */
  readonly probes: Ticket[];
  successes: number;
}

export interface IsolatedStay extends Entered {
  readonly kind: 'isolated';
  readonly until: number;
}

export interface DisabledStay extends Entered {
  readonly kind: 'disabled';
  readonly until: number;
}

export interface MetricsOnlyStay extends Entered {
  readonly kind: 'metrics_only';
  readonly until: number;
  readonly rehearsal: Rehearsal;
}

export const uncounted = (): Counting => ({ window: null, consecutiveFailures: 0, lastFailureAt: -Infinity });

/** Shared by all breakers that have not been called yet. */
export const NOTHING_COUNTED: Counting = Object.freeze(uncounted());

/** One admitted call, as the state machine remembers it. */
export interface Ticket {
  /** The stay that issued it. */
  stay: Stay | null;
  /** Where it was counted; `null` while it isn't. A reset replaces the breaker's tally, not the ticket's. */
  tally: Tally | null;
  startedAt: number;
  /** For probes: when it counts as failed. */
  deadline: number;
  /** A probe that was counted as failed at its deadline. */
  isPresumedFailed: boolean;
}
