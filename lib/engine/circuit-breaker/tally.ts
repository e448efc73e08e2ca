import type { Totals } from '../snapshot.js';

/** What one breaker counted since the start or the last reset. */
export class Tally {
  calls = 0;
  successes = 0;
  failures = 0;
  timeouts = 0;
  ignored = 0;
  refused = 0;
  slow = 0;
  stale = 0;
  transitions = 0;

  /** Calls under way. */
  get inFlight(): number {
    return this.calls - this.successes - this.failures - this.ignored - this.stale;
  }

  toJSON(): Totals {
    const { calls, successes, failures, timeouts, ignored, refused, slow, stale, transitions } = this;
    return { calls, successes, failures, timeouts, ignored, refused, slow, stale, transitions };
  }
}
