import type { WindowCounts } from '../window/window.js';
import type { CircuitBreakerOptions } from './options.js';
import { tripRule } from './rules.js';
import { TrialRecord } from './trial-record.js';

/**
 * What a breaker that only counts would have done: would-be closed until its rules trip, then a would-be break, then
 * would-be probes. Since every call passes, all calls begun after the break stand in for probes.
 */
export class Rehearsal {
  readonly record = new TrialRecord();
  /** The last would-be break, monotonic ms. */
  private since = Infinity;
  private until = -Infinity;
  /** 0 while it would be closed. */
  private attempt = 0;
  private successes = 0;

  constructor(private readonly breakOf: (attempt: number) => number) {}

  /** How long a call at `now` would have been refused for, in ms; `null` for one that would have passed. */
  wouldRefuseFor(now: number): number | null {
    return now < this.until ? this.until - now : null;
  }

  /** Hears of a counted call; answers whether the breaker would have closed again, with a fresh window. */
  settle(
    options: CircuitBreakerOptions,
    counts: Readonly<WindowCounts>,
    streak: number,
    ok: boolean,
    startedAt: number,
    now: number,
  ): boolean {
    const { record } = this;
    record.settled(ok, now - startedAt, startedAt >= this.since && startedAt < this.until, now);
    record.sample(options, counts, this.attempt === 0, now);
    if (startedAt < this.until) return false; // refused, or stale
    if (this.attempt === 0) {
      if (tripRule(options, counts, streak) === null) return false;
      record.wouldOpen(now);
      this.break(now);
      return false;
    }
    if (!ok) {
      this.break(now);
      return false;
    }
    if (++this.successes < options.successThreshold) return false;
    this.attempt = 0;
    record.wouldClose();
    return true;
  }

  private break(now: number): void {
    this.successes = 0;
    this.since = now;
    this.until = now + this.breakOf(++this.attempt);
  }
}
