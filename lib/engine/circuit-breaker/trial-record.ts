import type { WindowCounts } from '../window/window.js';
import { LogHistogram } from './log-histogram.js';
import type { CircuitBreakerOptions } from './options.js';

/** What a breaker that only counts has seen, and what it would have done about it. */
export class TrialRecord {
  readonly successes = new LogHistogram();
  readonly failures = new LogHistogram();
  /** How often it would have opened, from closed. */
  opened = 0;
  /** Ended calls that it would have refused. */
  refused = 0;
  /** Those of them that went well. */
  refusedSuccesses = 0;
  /** How long they took, in ms. */
  refusedTime = 0;
  /** Failure ratios of windows in which it would have been closed, in percent. */
  readonly ratios = new Uint32Array(101);
  /** Calls in a window. */
  readonly throughput = new LogHistogram();
  /** Lengths in ms of times of trouble: from when it would have opened to the last failure. */
  readonly troubles = new LogHistogram();
  private troubledSince = 0;
  private lastFailureAt = 0;
  private nextSample = Infinity;

  settled(ok: boolean, duration: number, wouldBeRefused: boolean, now: number): void {
    if (ok) this.successes.record(duration);
    else {
      this.failures.record(duration);
      this.lastFailureAt = now;
    }
    if (!wouldBeRefused) return;
    this.refused++;
    this.refusedTime += duration;
    if (ok) this.refusedSuccesses++;
  }

  wouldOpen(now: number): void {
    this.opened++;
    this.troubledSince = now;
  }

  wouldClose(): void {
    this.troubles.record(Math.max(0, this.lastFailureAt - this.troubledSince));
  }

  /** Takes a sample of the window whenever it holds other calls than at the last one. */
  sample(options: CircuitBreakerOptions, counts: Readonly<WindowCounts>, isOrdinary: boolean, now: number): void {
    const { samplingSize, samplingDuration } = options;
    const position = samplingSize === null ? now : this.successes.count + this.failures.count;
    const length = samplingSize ?? (samplingDuration as number);
    if (this.nextSample === Infinity) this.nextSample = position + length;
    if (position < this.nextSample) return;
    this.nextSample = position + length;
    const calls = counts.successes + counts.failures;
    this.throughput.record(calls);
    if (isOrdinary) (this.ratios[Math.ceil((counts.failures / calls) * 100)] as number) += 1;
  }
}
