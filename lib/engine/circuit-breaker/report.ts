import { dateOf } from '../clock.js';
import type { Clock } from '../clock.js';
import type { LogHistogram } from './log-histogram.js';
import type { StateMachine } from './state-machine.js';
import type { TrialRecord } from './trial-record.js';

/** Durations in ms, to within a tenth. */
export interface DurationReport {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Options that suit what was seen; each only where enough was. */
export interface SuggestedOptions {
  /** Twice what all but a twentieth of ordinary windows show, 0.1 to 0.9. */
  readonly failureRatio?: number;
  /** Half of what a usual window holds, 5 to 100. */
  readonly minimumThroughput?: number;
  /** Twice what all but a twentieth of good calls take, in ms. */
  readonly slowCallDuration?: number;
  /** Twice what all but a hundredth of good calls take, in ms. */
  readonly timeout?: number;
  /** How long trouble usually lasts, in ms, 1 s to 5 min. */
  readonly breakDuration?: number;
}

/** What a breaker in `metrics_only` would have done, and how it might be set. Frozen. */
export interface BreakerReport {
  readonly name: string;
  /** When it began to count. */
  readonly since: Date;
  readonly calls: number;
  readonly failures: number;
  /** 0 with no calls. */
  readonly failureRatio: number;
  readonly wouldHave: {
    /** How often it would have opened. */
    readonly opened: number;
    /** Calls that it would have refused, among those that have ended. */
    readonly refused: number;
    /** Those of them that went well all the same: the price. */
    readonly refusedSuccesses: number;
    /** How long callers waited for the refused ones, in ms: the gain. */
    readonly savedTime: number;
  };
  readonly durations: { readonly success: DurationReport | null; readonly failure: DurationReport | null };
  readonly suggestions: SuggestedOptions;
}

/** Fewer calls, or windows, suggest nothing. */
const ENOUGH_CALLS = 100;
const ENOUGH_WINDOWS = 10;

/** The report of a breaker in `metrics_only`; `null` in any other state. Reads, never writes. */
export function reportOf(machine: StateMachine, clock: Clock): BreakerReport | null {
  const { stay } = machine;
  if (stay.kind !== 'metrics_only') return null;
  const { record } = stay.rehearsal;
  const failures = record.failures.count;
  const calls = record.successes.count + failures;
  return Object.freeze({
    name: machine.name,
    since: dateOf(clock, clock.now() - (clock.wall() - stay.since)),
    calls,
    failures,
    failureRatio: calls === 0 ? 0 : failures / calls,
    wouldHave: Object.freeze({
      opened: record.opened,
      refused: record.refused,
      refusedSuccesses: record.refusedSuccesses,
      savedTime: record.refusedTime,
    }),
    durations: Object.freeze({ success: durationsOf(record.successes), failure: durationsOf(record.failures) }),
    suggestions: Object.freeze(suggestionsOf(record)),
  });
}

function durationsOf(histogram: LogHistogram): DurationReport | null {
  if (histogram.count === 0) return null;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((each) => histogram.quantile(each)) as [number, number, number];
  return Object.freeze({ p50, p95, p99, max: histogram.max });
}

function suggestionsOf({ successes, throughput, ratios, troubles }: TrialRecord): SuggestedOptions {
  return {
    ...(successes.count < ENOUGH_CALLS
      ? {}
      : {
          slowCallDuration: tidy(2 * successes.quantile(0.95)),
          timeout: tidy(2 * successes.quantile(0.99)),
        }),
    ...(throughput.count < ENOUGH_WINDOWS
      ? {}
      : { minimumThroughput: clamp(Math.round(throughput.quantile(0.5) / 2), 5, 100) }),
    ...suggestedRatio(ratios),
    ...(troubles.count === 0 ? {} : { breakDuration: tidy(clamp(troubles.quantile(0.5), 1_000, 300_000)) }),
  };
}

function suggestedRatio(ratios: Uint32Array): SuggestedOptions {
  const windows = ratios.reduce((sum, count) => sum + count, 0);
  if (windows < ENOUGH_WINDOWS) return {};
  let seen = 0;
  const usual = ratios.findIndex((count) => (seen += count) >= windows * 0.95);
  return { failureRatio: clamp(usual * 2, 10, 90) / 100 };
}

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/** Up to two significant digits, and at least 1. */
function tidy(duration: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, duration))) - 1);
  return Math.max(1, Math.ceil(duration / unit) * unit);
}
