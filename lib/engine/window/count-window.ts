import type { Window, WindowCounts, WindowLatency } from './window.js';

const FAILED = 1;
const SLOW = 2;

/**
 * The last `size` calls: a ring of flags with running sums, so that recording and reading the counts are O(1);
 * only {@link latency} walks the ring. The ring grows by doubling up to `size`: nine bytes a call that it holds.
 */
export class CountWindow implements Window {
  private readonly sums: WindowCounts = { successes: 0, failures: 0, slow: 0 };
  private flags: Uint8Array | null = null;
  private durations = new Float64Array(0);
  private held = 0;
  private next = 0;

  constructor(private readonly size: number) {}

  record(_now: number, ok: boolean, slow: boolean, duration: number): Readonly<WindowCounts> {
    const flags = this.held < this.size ? this.roomForOneMore() : (this.flags as Uint8Array);
    const at = this.next;
    if (this.held === this.size) this.count(flags[at] as number, -1);
    else this.held++;
    const flag = (ok ? 0 : FAILED) | (slow ? SLOW : 0);
    flags[at] = flag;
    this.durations[at] = duration;
    this.count(flag, 1);
    this.next = at + 1 === this.size ? 0 : at + 1;
    return this.sums;
  }

  counts(): Readonly<WindowCounts> {
    return this.sums;
  }

  latency(): WindowLatency {
    const latency: WindowLatency = { successTotal: 0, successMax: 0, failureTotal: 0, failureMax: 0 };
    for (let i = 0; i < this.held; i++) {
      const duration = this.durations[i] as number;
      if (((this.flags as Uint8Array)[i] as number) & FAILED) {
        latency.failureTotal += duration;
        latency.failureMax = Math.max(latency.failureMax, duration);
      } else {
        latency.successTotal += duration;
        latency.successMax = Math.max(latency.successMax, duration);
      }
    }
    return latency;
  }

  add(now: number, counts: Readonly<WindowCounts>, latency: Readonly<WindowLatency>): void {
    const { successes, failures, slow } = counts;
    const calls = successes + failures;
    const isTurn = (share: number, at: number): boolean =>
      Math.floor(((at + 1) * share) / calls) > Math.floor((at * share) / calls);
    // evenly mixed, the last `size` of them say what all of them say
    for (let at = Math.max(0, calls - this.size); at < calls; at++) {
      const ok = !isTurn(failures, at);
      const duration = ok ? latency.successTotal / successes : latency.failureTotal / failures;
      this.record(now, ok, isTurn(slow, at), duration);
    }
  }

  pourInto(other: Window, now: number): void {
    const oldest = this.held === this.size ? this.next : 0;
    for (let i = 0; i < this.held; i++) {
      const at = (oldest + i) % this.size;
      const flag = (this.flags as Uint8Array)[at] as number;
      other.record(now, (flag & FAILED) === 0, (flag & SLOW) !== 0, this.durations[at] as number);
    }
  }

  private count(flag: number, by: 1 | -1): void {
    if (flag & FAILED) this.sums.failures += by;
    else this.sums.successes += by;
    if (flag & SLOW) this.sums.slow += by;
  }

  private roomForOneMore(): Uint8Array {
    const flags = this.flags;
    if (flags !== null && this.held < flags.length) return flags;
    const length = Math.min(this.size, Math.max(16, this.held * 2));
    const grownFlags = new Uint8Array(length);
    const grownDurations = new Float64Array(length);
    if (flags !== null) {
      grownFlags.set(flags);
      grownDurations.set(this.durations);
    }
    this.flags = grownFlags;
    this.durations = grownDurations;
    return grownFlags;
  }
}
