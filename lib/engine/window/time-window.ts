import type { Window, WindowCounts, WindowLatency } from './window.js';

export const BUCKETS = 10;

// a bucket's row in the table
const STAMP = 0;
const SLOW = 1;
const CALLS = 2;
const TOTAL = 3;
const MAX = 4;
/** How much further on the same stands of failed calls. */
const FAILED = 3;
const SUCCESSES = CALLS;
const SUCCESS_TOTAL = TOTAL;
const SUCCESS_MAX = MAX;
const FAILURES = CALLS + FAILED;
const FAILURE_TOTAL = TOTAL + FAILED;
const FAILURE_MAX = MAX + FAILED;
const WIDTH = 8;

const NO_TABLE = new Float64Array(0);

/**
 * The calls of the last `duration` ms in ten stamped buckets of a tenth each (the ring of LMAX and Hystrix: a bucket
 * carries the number of its period, so that an idle gap of any length costs nothing until the next call finds the
 * stamps out of date). A bucket is dropped whole once its beginning is `duration` old. Recording is O(1) within a
 * bucket and O(10) at the turn to the next.
 */
export class TimeWindow implements Window {
  private readonly sums: WindowCounts = { successes: 0, failures: 0, slow: 0 };
  /** Empty before the first call. */
  private table = NO_TABLE;
  // the sums hold for one period of a tenth:
  /** When that ends. */
  private end = -Infinity;
  /** Where its bucket begins in the table. */
  private row = 0;

  constructor(private readonly duration: number) {}

  record(now: number, ok: boolean, slow: boolean, duration: number): Readonly<WindowCounts> {
    if (now >= this.end) this.turnTo(now);
    const { table, sums } = this;
    const at = ok ? this.row : this.row + FAILED;
    (table[at + CALLS] as number) += 1;
    (table[at + TOTAL] as number) += duration;
    if (duration > (table[at + MAX] as number)) table[at + MAX] = duration;
    if (ok) sums.successes++;
    else sums.failures++;
    if (slow) this.recordSlow();
    return sums;
  }

  counts(now: number): Readonly<WindowCounts> {
    return now < this.end ? this.sums : this.sumsAt(this.periodOf(now));
  }

  latency(now: number): WindowLatency {
    const latency: WindowLatency = { successTotal: 0, successMax: 0, failureTotal: 0, failureMax: 0 };
    for (const row of this.rows(this.periodOf(now))) {
      latency.successTotal += row[SUCCESS_TOTAL] as number;
      latency.successMax = Math.max(latency.successMax, row[SUCCESS_MAX] as number);
      latency.failureTotal += row[FAILURE_TOTAL] as number;
      latency.failureMax = Math.max(latency.failureMax, row[FAILURE_MAX] as number);
    }
    return latency;
  }

  add(now: number, counts: Readonly<WindowCounts>, latency: Readonly<WindowLatency>): void {
    if (now >= this.end) this.turnTo(now);
    const { table, row, sums } = this;
    (table[row + SUCCESSES] as number) += counts.successes;
    (table[row + FAILURES] as number) += counts.failures;
    (table[row + SLOW] as number) += counts.slow;
    (table[row + SUCCESS_TOTAL] as number) += latency.successTotal;
    (table[row + FAILURE_TOTAL] as number) += latency.failureTotal;
    table[row + SUCCESS_MAX] = Math.max(table[row + SUCCESS_MAX] as number, latency.successMax);
    table[row + FAILURE_MAX] = Math.max(table[row + FAILURE_MAX] as number, latency.failureMax);
    sums.successes += counts.successes;
    sums.failures += counts.failures;
    sums.slow += counts.slow;
  }

  pourInto(other: Window, now: number): void {
    const rows = [...this.rows(this.periodOf(now))].sort((a, b) => (a[STAMP] as number) - (b[STAMP] as number));
    for (const row of rows) {
      const began = ((row[STAMP] as number) * this.duration) / BUCKETS;
      const counts = {
        successes: row[SUCCESSES] as number,
        failures: row[FAILURES] as number,
        slow: row[SLOW] as number,
      };
      other.add(began, counts, {
        successTotal: row[SUCCESS_TOTAL] as number,
        successMax: row[SUCCESS_MAX] as number,
        failureTotal: row[FAILURE_TOTAL] as number,
        failureMax: row[FAILURE_MAX] as number,
      });
    }
  }

  private recordSlow(): void {
    (this.table[this.row + SLOW] as number) += 1;
    this.sums.slow++;
  }

  private periodOf(now: number): number {
    return Math.floor((now * BUCKETS) / this.duration);
  }

  private *rows(period: number): Generator<Float64Array> {
    for (let at = 0; at < this.table.length; at += WIDTH) {
      const row = this.table.subarray(at, at + WIDTH);
      const stamp = row[STAMP] as number;
      if (stamp > period - BUCKETS) yield row;
    }
  }

  private sumsAt(period: number): WindowCounts {
    const sums: WindowCounts = { successes: 0, failures: 0, slow: 0 };
    for (const row of this.rows(period)) {
      sums.successes += row[SUCCESSES] as number;
      sums.failures += row[FAILURES] as number;
      sums.slow += row[SLOW] as number;
    }
    return sums;
  }

  private turnTo(now: number): void {
    const period = this.periodOf(now);
    if (this.table === NO_TABLE) this.table = new Float64Array(BUCKETS * WIDTH).fill(-Infinity);
    const { table } = this;
    const row = (period % BUCKETS) * WIDTH;
    if (table[row + STAMP] !== period) {
      table.fill(0, row, row + WIDTH);
      table[row + STAMP] = period;
    }
    Object.assign(this.sums, this.sumsAt(period));
    this.row = row;
    this.end = ((period + 1) * this.duration) / BUCKETS;
  }
}
