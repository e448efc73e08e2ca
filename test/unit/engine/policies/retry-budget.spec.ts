import { describe, expect, it } from '@jest/globals';

import { RetryBudget } from '../../../../lib/engine/policies/retry-budget.js';

const LIMITS = { ratio: 0.2, minPerMinute: 10 };

/** How many retries are granted at once. */
function granted(budget: RetryBudget, now: number, limits = LIMITS): number {
  let count = 0;
  while (count < 100_000 && budget.spend(now, limits)) count++;
  return count;
}

function called(times: number, now: number, budget = new RetryBudget()): RetryBudget {
  for (let call = 0; call < times; call++) budget.call(now);
  return budget;
}

describe('a retry budget', () => {
  it.each([
    [0, 10],
    [1, 10],
    [50, 10],
    [55, 11],
    [59, 11],
    [1_000, 200],
  ])('grants for %d calls %d retries in all', (calls, retries) => {
    expect(granted(called(calls, 0), 0)).toBe(retries);
  });

  it('grants none beyond its share where there is no floor', () => {
    expect(granted(called(4, 0), 0, { ratio: 0.2, minPerMinute: 0 })).toBe(0);
    expect(granted(called(5, 0), 0, { ratio: 0.2, minPerMinute: 0 })).toBe(1);
  });

  it('forgets calls and retries a minute after the second in which they were', () => {
    const budget = called(100, 500);
    expect(granted(budget, 999)).toBe(20);
    expect(granted(budget, 59_999)).toBe(0);
    expect(granted(budget, 60_000)).toBe(10);
  });

  it('counts what is spread over the minute', () => {
    const budget = new RetryBudget();
    for (let second = 0; second < 60; second++) called(10, second * 1_000, budget);
    expect(granted(budget, 59_000)).toBe(120);
    called(10, 60_000, budget);
    expect(granted(budget, 60_000)).toBe(0);
    expect(granted(budget, 119_000)).toBe(10); // the 120 are forgotten, and so are all calls but the last ten
  });

  it('forgets all after any idle time', () => {
    const budget = called(1_000, 5_000);
    expect(granted(budget, 5_000)).toBe(200);
    expect(granted(budget, 1e12)).toBe(10);
    expect(granted(budget, 1e12)).toBe(0);
  });

  it('forgets each second once', () => {
    const budget = called(100, 1_000);
    for (const now of [61_000, 121_000]) {
      called(10, now, budget);
      expect(budget.spend(now, { ratio: 0.2, minPerMinute: 0 })).toBe(true);
      expect(budget.spend(now, { ratio: 0.2, minPerMinute: 0 })).toBe(true);
      expect(budget.spend(now, { ratio: 0.2, minPerMinute: 0 })).toBe(false);
    }
  });

  it('takes a time that is a little late for the newest', () => {
    const budget = called(100, 30_000);
    called(100, 10_000, budget);
    expect(granted(budget, 29_000)).toBe(40);
    expect(granted(budget, 88_999)).toBe(0);
    expect(granted(budget, 89_000)).toBe(40); // the retries were in the second before the calls
    expect(granted(budget, 88_000)).toBe(0);
  });

  it('costs the same however many calls there were', () => {
    const budget = new RetryBudget();
    const bytes = Object.values(budget).map((tally: object) =>
      Object.values(tally).reduce<number>((sum, value) => sum + (ArrayBuffer.isView(value) ? value.byteLength : 8), 0),
    );
    expect(bytes.reduce((sum, each) => sum + each)).toBeLessThan(1_024);
    called(100_000, 1_000, budget);
    for (const tally of Object.values(budget)) expect(Object.keys(tally as object)).toHaveLength(3);
  });
});
