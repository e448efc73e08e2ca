import { describe, expect, it } from '@jest/globals';

import { LogHistogram } from '../../../../lib/engine/circuit-breaker/log-histogram.js';

describe('a logarithmic histogram', () => {
  it('answers 0 while it is empty', () => {
    expect([new LogHistogram().quantile(0.5), new LogHistogram().max]).toEqual([0, 0]);
  });

  it('never answers less than the quantile, nor a tenth more', () => {
    const histogram = new LogHistogram();
    for (let value = 1; value <= 10_000; value++) histogram.record(value);
    for (const quantile of [0.01, 0.25, 0.5, 0.9, 0.99]) {
      const answer = histogram.quantile(quantile);
      expect(answer).toBeGreaterThanOrEqual(10_000 * quantile);
      expect(answer).toBeLessThan(10_000 * quantile * 1.1);
    }
    expect([histogram.quantile(1), histogram.max, histogram.count]).toEqual([10_000, 10_000, 10_000]);
  });

  it('holds values from nothing to weeks', () => {
    const histogram = new LogHistogram();
    for (const value of [0, 0.4, 2 ** 31, 2 ** 40]) histogram.record(value);
    expect([histogram.quantile(0.5), histogram.quantile(1)]).toEqual([1, 2 ** 31]);
  });
});
