import { describe, expect, it } from '@jest/globals';

import { BAR, BARS, CallHistory } from '../../../lib/admin/call-history.js';
import { noLatencies, quantile, slotOf } from '../../../lib/admin/latency-histogram.js';

const WINDOW = { samplingDuration: 30_000, samplingSize: null };

describe('the latency histogram', () => {
  it.each([0, 0.05, 0.5, 3, 42, 250, 999, 5_000, 60_000])('finds %d ms again, to an eighth', (duration) => {
    const counts = noLatencies();
    counts[slotOf(duration)] = 1;
    expect(Math.abs((quantile(counts, 0.5) ?? NaN) - duration)).toBeLessThanOrEqual(Math.max(0.1, duration * 0.126));
  });

  it.each([-1, NaN, Infinity, 1e12])('takes %d for one of its ends', (duration) => {
    expect(noLatencies()[slotOf(duration)]).toBe(0);
  });

  it('tells half of the calls from 95 of 100', () => {
    const counts = noLatencies();
    counts[slotOf(10)] = 94;
    counts[slotOf(1_000)] = 6;
    expect(quantile(counts, 0.5)).toBeLessThan(13);
    expect(quantile(counts, 0.95)).toBeGreaterThan(800);
    expect(quantile(noLatencies(), 0.95)).toBeNull();
  });
});

describe('the history of calls', () => {
  it('has a bar for every five seconds, newest last, and forgets what is older than five minutes', () => {
    const history = new CallHistory();
    history.settled(0, 'successes', 1);
    history.settled(BAR - 1, 'failures', 1);
    history.refused(2 * BAR);
    const { successes, failures, refused } = history.read(2 * BAR, WINDOW);
    expect([successes.length, successes.slice(-3), failures.slice(-3), refused.slice(-3)]).toEqual([
      BARS, [1, 0, 0], [1, 0, 0], [0, 0, 1],
    ]); // prettier-ignore
    expect(history.read(BARS * BAR, WINDOW).refused.indexOf(1)).toBe(1);
    expect(history.read((BARS + 2) * BAR, WINDOW).refused).not.toContain(1);
    history.settled((BARS + 2) * BAR, 'successes', 1);
    expect(history.read((BARS + 2) * BAR, WINDOW).refused).not.toContain(1);
  });

  it('judges durations by the window: of time, or of calls', () => {
    const history = new CallHistory();
    for (let i = 0; i < 10; i++) history.settled(0, 'successes', 1_000);
    for (let i = 0; i < 10; i++) history.settled(60_000, 'successes', 10);
    expect(history.read(60_000, WINDOW).p95).toBeLessThan(13);
    expect(history.read(60_000, { samplingDuration: null, samplingSize: 10 }).p95).toBeLessThan(13);
    expect(history.read(60_000, { samplingDuration: null, samplingSize: 20 }).p95).toBeGreaterThan(800);
  });

  it('is empty after a reset', () => {
    const history = new CallHistory();
    history.settled(0, 'successes', 1);
    history.clear();
    expect(history.read(0, WINDOW)).toMatchObject({ p50: null, p95: null });
    expect(history.read(0, WINDOW).successes).not.toContain(1);
  });
});
