import type { CircuitBreakerPolicy, CircuitBreakerSnapshot, Clock } from '../engine/index.js';
import { BAR, CallHistory } from './call-history.js';
import type { RecentCalls } from './call-history.js';
import type { EventRecord } from './event-record.js';
import type { Recorder } from './recorder.js';
import type { Redaction, ShownSnapshot } from './redaction.js';

/** What the event stream tells of a breaker besides its snapshot. */
export interface Recent extends RecentCalls {
  /** The last few transitions, newest first. */
  readonly moves: readonly EventRecord[];
}

/** A breaker as the event stream tells of it; an update leaves out options that are as they were. */
export type BreakerView = Omit<ShownSnapshot, 'options'> & { readonly options?: unknown; readonly recent: Recent };

const SHOWN_MOVES = 5;
const NO_CALLS = new CallHistory();

/** A breaker at one moment: how it stands, and by which mark a later moment is told from it. */
export class BreakerSight {
  readonly mark: string;
  private readonly snapshot: CircuitBreakerSnapshot;

  constructor(
    private readonly breaker: CircuitBreakerPolicy,
    private readonly clock: Clock,
  ) {
    this.snapshot = breaker.snapshot();
    this.mark = markOf(this.snapshot, clock.now());
  }

  get optionsObject(): object {
    return this.snapshot.options;
  }

  /** The view as JSON without its options: it is written once for all clients. */
  viewText(recorder: Recorder, redaction: Redaction): string {
    const { options: _, ...shown } = redaction.snapshot(this.snapshot);
    const memory = recorder.of(this.breaker.name);
    const calls = (memory?.calls ?? NO_CALLS).read(this.clock.now(), this.breaker.options);
    const recent: Recent = { ...calls, moves: memory?.log.lastMoves(SHOWN_MOVES) ?? [] };
    return JSON.stringify({ ...shown, recent } satisfies BreakerView);
  }

  optionsText(redaction: Redaction): string {
    return JSON.stringify(redaction.options(this.breaker.name, this.snapshot.options)) ?? 'null';
  }
}

/**
 * What differs when anything a person can see differs. Dates are left out: they are read off two clocks, and tremble by
 * a millisecond. The bars of the sparkline move on with time while there are any.
 */
function markOf({ state, window, totals, inFlight, cluster }: CircuitBreakerSnapshot, now: number): string {
  const { calls, failures, slow, consecutiveFailures } = window;
  const { ignored, refused, stale, transitions } = totals;
  const bar = totals.calls + refused === 0 ? 0 : Math.floor(now / BAR);
  const counts = [totals.calls, totals.successes, totals.failures, ignored, refused, stale, transitions, inFlight];
  return [state, calls, failures, slow, consecutiveFailures, ...counts, bar, JSON.stringify(cluster)].join();
}
