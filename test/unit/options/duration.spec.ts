import { describe, expect, it } from '@jest/globals';

import { parseDuration } from '../../../lib/options/index.js';
import { complaint } from './faults.js';

const MAX = 2 ** 31 - 1;

describe('a duration', () => {
  it.each([
    [250, 250],
    [0.5, 0.5],
    [MAX, MAX],
    ['250', 250],
    [' 1e3 ', 1_000],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5 s', 1_500],
    ['5m', 300_000],
    ['2 hours', 7_200_000],
    ['1d', 86_400_000],
  ])('%j is %j ms', (written, ms) => {
    expect(parseDuration(written)).toBe(ms);
  });

  it.each([
    ['30 parsecs', "expected a duration such as 250 or '30s', got '30 parsecs'"],
    ['', "expected a duration such as 250 or '30s', got '', which is empty"],
    ['  ', "expected a duration such as 250 or '30s', got '  ', which is empty"],
    ['PT30S', "expected a duration such as 250 or '30s', got 'PT30S'. Did you mean '30s'?"],
    ['-5s', "expected a duration such as 250 or '30s', got '-5s', which is negative"],
    [-1, "expected a duration such as 250 or '30s', got -1, which is negative"],
    [Number.NaN, "expected a duration such as 250 or '30s', got NaN"],
    ['NaN', "expected a duration such as 250 or '30s', got 'NaN'"],
    [null, "expected a duration such as 250 or '30s', got null"],
    [true, "expected a duration such as 250 or '30s', got true"],
    [{}, "expected a duration such as 250 or '30s', got an object"],
    [[], "expected a duration such as 250 or '30s', got a list"],
    [10n, "expected a duration such as 250 or '30s', got 10n"],
    [Symbol('30s'), "expected a duration such as 250 or '30s', got a symbol"],
    [0, 'expected a duration over 0, got 0'],
    [-0, 'expected a duration over 0, got 0'],
    ['0s', "expected a duration over 0, got '0s'"],
  ])('[C62] %p is refused with the fix', (written, message) => {
    expect(complaint('samplingDuration', written)).toBe(message);
  });

  it.each([MAX + 1, Infinity, '30d', '1e999', '25 days'])('[C20] %p is over what a timer holds', (written) => {
    expect(complaint('samplingDuration', written)).toMatch(
      /^expected a duration of at most 2147483647 ms \(24 days\), got /,
    );
  });

  it('of 10 kB is refused by its length, in a short message', () => {
    const message = complaint('samplingDuration', '9'.repeat(10_240));
    expect(message).toMatch(/got '9{40}'… \(10240 characters\)$/);
  });

  it('that is wrong at run time throws a RangeError in the same words', () => {
    expect(() => parseDuration('soon')).toThrow(new RangeError("expected a duration such as 250 or '30s', got 'soon'"));
  });
});
