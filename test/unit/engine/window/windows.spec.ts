import { describe, expect, it } from '@jest/globals';

import { CountWindow } from '../../../../lib/engine/window/count-window.js';
import { makeWindow } from '../../../../lib/engine/window/make-window.js';
import { TimeWindow } from '../../../../lib/engine/window/time-window.js';
import { NO_LATENCY } from '../../../../lib/engine/window/window.js';

describe('a window', () => {
  it('is of the kind that its shape says', () => {
    expect(makeWindow({ samplingSize: 5, samplingDuration: null })).toBeInstanceOf(CountWindow);
    expect(makeWindow({ samplingSize: null, samplingDuration: 5 })).toBeInstanceOf(TimeWindow);
  });

  it('is empty before the first call', () => {
    for (const window of [new CountWindow(5), new TimeWindow(100)]) {
      expect({ ...window.counts(1_000) }).toEqual({ successes: 0, failures: 0, slow: 0 });
      expect(window.latency(1_000)).toEqual(NO_LATENCY);
    }
  });

  it('that is poured into one of time brings its sums, its durations and their ages', () => {
    const before = new TimeWindow(1_000);
    for (const [at, ok, slow, duration] of [
      [950, false, true, 70],
      [1_050, true, false, 10],
      [1_060, true, true, 30],
      [1_850, false, false, 50],
    ] as const) {
      before.record(at, ok, slow, duration);
    }
    const after = new TimeWindow(2_000);
    before.pourInto(after, 1_899);
    expect({ ...after.counts(1_899) }).toEqual({ successes: 2, failures: 2, slow: 2 });
    expect(after.latency(1_899)).toEqual({ successTotal: 40, successMax: 30, failureTotal: 120, failureMax: 70 });
    expect({ ...after.counts(2_799) }).toEqual({ successes: 2, failures: 2, slow: 2 });
    expect({ ...after.counts(2_800) }).toEqual({ successes: 2, failures: 1, slow: 1 }); // what fell into 800–1,000
    expect({ ...after.counts(3_000) }).toEqual({ successes: 0, failures: 1, slow: 0 });
    expect(after.latency(3_000)).toEqual({ successTotal: 0, successMax: 0, failureTotal: 50, failureMax: 50 });
  });

  it('of time that is poured into one of calls brings the youngest last, with their mean durations', () => {
    const before = new TimeWindow(1_000);
    for (let bucket = 7; bucket < 13; bucket++) {
      for (let i = 0; i < 3; i++) before.record(bucket * 100 + 50, bucket < 12, bucket === 12, bucket === 12 ? 40 : 10);
    }
    const after = new CountWindow(5);
    before.pourInto(after, 1_299);
    expect({ ...after.counts() }).toEqual({ successes: 2, failures: 3, slow: 3 });
    expect(after.latency()).toEqual({ successTotal: 20, successMax: 10, failureTotal: 120, failureMax: 40 });
  });

  it('of calls that is poured into another brings the last ones, in their order', () => {
    const before = new CountWindow(4);
    for (const [ok, duration] of [
      [true, 1],
      [false, 2],
      [true, 3],
      [false, 4],
      [true, 5],
      [true, 6],
    ] as const) {
      before.record(0, ok, !ok, duration);
    }
    const after = new CountWindow(3);
    before.pourInto(after, 0);
    expect({ ...after.counts() }).toEqual({ successes: 2, failures: 1, slow: 1 });
    expect(after.latency()).toEqual({ successTotal: 11, successMax: 6, failureTotal: 4, failureMax: 4 });
    after.record(0, true, false, 7);
    expect({ ...after.counts() }).toEqual({ successes: 3, failures: 0, slow: 0 });
  });

  it('keeps the larger of two durations where sums are added to what it holds', () => {
    const window = new TimeWindow(1_000);
    window.record(0, true, false, 20);
    window.record(0, false, false, 5);
    window.add(50, { successes: 1, failures: 1, slow: 1 }, { successTotal: 10, successMax: 10, failureTotal: 9, failureMax: 9 });
    expect({ ...window.counts(50) }).toEqual({ successes: 2, failures: 2, slow: 1 });
    expect({ ...window.counts(999) }).toEqual({ successes: 2, failures: 2, slow: 1 });
    expect(window.latency(50)).toEqual({ successTotal: 30, successMax: 20, failureTotal: 14, failureMax: 9 });
    window.record(150, true, false, 1); // the sums are made anew from the buckets
    expect({ ...window.counts(150) }).toEqual({ successes: 3, failures: 2, slow: 1 });
  }); // prettier-ignore

  it('of time keeps the larger of two durations in each of its parts', () => {
    for (const at of [1_000, 1_100, 1_900]) {
      const window = new TimeWindow(1_000);
      const counts = { successes: 1, failures: 1, slow: 0 };
      window.add(at, counts, { successTotal: 20, successMax: 20, failureTotal: 8, failureMax: 8 });
      window.add(at, counts, { successTotal: 5, successMax: 5, failureTotal: 2, failureMax: 2 });
      expect(window.latency(at)).toEqual({ successTotal: 25, successMax: 20, failureTotal: 10, failureMax: 8 });
    }
  });

  it('of calls holds the last ones, however many there were and it has room for', () => {
    for (const size of [1, 15, 16, 17, 40]) {
      const window = new CountWindow(size);
      for (let call = 1; call <= 100; call++) {
        const { successes, failures } = window.record(0, call % 3 !== 0, false, call);
        const held = Array.from({ length: Math.min(call, size) }, (_, ago) => call - ago);
        const failed = held.filter((each) => each % 3 === 0);
        expect([successes, failures]).toEqual([held.length - failed.length, failed.length]);
        const { successTotal, failureTotal } = window.latency();
        const sum = (calls: number[]): number => calls.reduce((total, each) => total + each, 0);
        expect([failureTotal, successTotal + failureTotal]).toEqual([sum(failed), sum(held)]);
      }
    }
  });

  it('of less than a millisecond forgets its calls on time, too', () => {
    const window = new TimeWindow(0.5);
    window.record(0, true, false, 1);
    window.record(0.16, true, false, 1);
    expect(window.counts(0.49).successes).toBe(2);
    expect(window.counts(0.51).successes).toBe(1);
    expect(window.counts(0.7).successes).toBe(0);
  });

  it('of time loses nothing where a bucket ends between two numbers', () => {
    // by division the bucket goes on at the very instant at which it ends by multiplication
    const duration = 7.3;
    const period = 12;
    const end = ((period + 1) * duration) / 10;
    expect(Math.floor((end * 10) / duration)).toBe(period);
    const window = new TimeWindow(duration);
    window.record(end - duration / 100, true, false, 1);
    expect(window.record(end, true, false, 1).successes).toBe(2);
  });
});
