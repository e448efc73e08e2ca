import { noLatencies, quantile, slotOf } from './latency-histogram.js';
import type { LatencyCounts } from './latency-histogram.js';

/** The length of a bar of the sparkline, in ms. */
export const BAR = 5_000;
/** Five minutes of them. */
export const BARS = 60;

interface Bar {
  /** Which one since the origin of the clock. */
  index: number;
  successes: number;
  failures: number;
  refused: number;
  durations: LatencyCounts | null;
}

/** What the last minutes were like: one number a bar, oldest first. */
export interface RecentCalls {
  /** The length of a bar, in ms. */
  readonly bar: number;
  readonly successes: readonly number[];
  readonly failures: readonly number[];
  readonly refused: readonly number[];
  /** Durations of the window's calls in ms; `null` where there is none. */
  readonly p50: number | null;
  readonly p95: number | null;
}

/** The window of the breaker, by time or by calls. */
export interface WindowSize {
  readonly samplingDuration: number | null;
  readonly samplingSize: number | null;
}

/** How the calls of one breaker went in the last five minutes. Bars without a call take no memory. */
export class CallHistory {
  private readonly bars: (Bar | undefined)[] = [];

  /** Counts a call that took `duration` ms. */
  settled(now: number, kind: 'successes' | 'failures', duration: number): void {
    const bar = this.at(now);
    bar[kind]++;
    bar.durations ??= noLatencies();
    const slot = slotOf(duration);
    bar.durations[slot] = (bar.durations[slot] ?? 0) + 1;
  }

  refused(now: number): void {
    this.at(now).refused++;
  }

  /** Forgets all, as a reset does. */
  clear(): void {
    this.bars.length = 0;
  }

  read(now: number, window: WindowSize): RecentCalls {
    const bars = this.newestLast(now);
    const latencies = latenciesOf(bars, window);
    return {
      bar: BAR,
      successes: bars.map((bar) => bar?.successes ?? 0),
      failures: bars.map((bar) => bar?.failures ?? 0),
      refused: bars.map((bar) => bar?.refused ?? 0),
      p50: quantile(latencies, 0.5),
      p95: quantile(latencies, 0.95),
    };
  }

  private at(now: number): Bar {
    const index = Math.floor(now / BAR);
    let bar = this.bars[index % BARS];
    if (bar?.index !== index) {
      bar = { index, successes: 0, failures: 0, refused: 0, durations: null };
      this.bars[index % BARS] = bar;
    }
    return bar;
  }

  private newestLast(now: number): readonly (Bar | undefined)[] {
    const last = Math.floor(now / BAR);
    return Array.from({ length: BARS }, (_, place) => {
      const index = last - BARS + 1 + place;
      const bar = index < 0 ? undefined : this.bars[index % BARS];
      return bar?.index === index ? bar : undefined;
    });
  }
}

/** Of the newest bars that make up the window. */
function latenciesOf(bars: readonly (Bar | undefined)[], window: WindowSize): LatencyCounts {
  const sum = noLatencies();
  const most = window.samplingDuration === null ? BARS : 1 + Math.ceil(window.samplingDuration / BAR);
  let calls = window.samplingSize ?? Infinity;
  for (let place = bars.length - 1; place >= Math.max(0, bars.length - most) && calls > 0; place--) {
    const bar = bars[place];
    if (bar === undefined || bar.durations === null) continue;
    calls -= bar.successes + bar.failures;
    for (const [slot, count] of bar.durations.entries()) sum[slot] = (sum[slot] ?? 0) + count;
  }
  return sum;
}
