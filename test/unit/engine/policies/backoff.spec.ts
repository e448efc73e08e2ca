import { describe, expect, it } from '@jest/globals';

import type { Backoff, CallContext, Jitter } from '../../../../lib/engine/index.js';
import { backoffDelay } from '../../../../lib/engine/policies/backoff.js';
import type { BackoffOptions } from '../../../../lib/engine/policies/backoff.js';

const options = (backoff: Backoff, jitter: Jitter, delay = 100, maxDelay = 10_000) => ({
  backoff,
  jitter,
  delay,
  maxDelay,
});

/** Mulberry32: the same chance at every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The waits after tries 1, 2, …, each told of the one before. */
function waits(count: number, given: BackoffOptions, random = (): number => 0.5): number[] {
  const context = {} as CallContext;
  const found: number[] = [];
  for (let attempt = 1; attempt <= count; attempt++) {
    const previousDelay = found.at(-1) ?? 0;
    found.push(backoffDelay(given, { attempt, error: undefined, previousDelay, context }, random));
  }
  return found;
}

describe('a backoff', () => {
  it.each<[Backoff, number[]]>([
    ['constant', [100, 100, 100, 100, 100]],
    ['linear', [100, 200, 300, 400, 500]],
    ['exponential', [100, 200, 400, 800, 1_600]],
    [(attempt) => attempt ** 2, [1, 4, 9, 16, 25]],
  ])('that is %s grows so', (backoff, expected) => {
    expect(waits(5, options(backoff, 'none'))).toEqual(expected);
  });

  it.each<[Backoff, number[]]>([
    ['linear', [100, 200, 250, 250]],
    ['exponential', [100, 200, 250, 250]],
    [(attempt) => attempt * 200, [200, 250, 250, 250]],
  ])('is never longer than maxDelay', (backoff, expected) => {
    expect(waits(4, options(backoff, 'none', 100, 250))).toEqual(expected);
  });

  it('is capped from the first wait on', () => {
    expect(waits(2, options('constant', 'none', 500, 250))).toEqual([250, 250]);
  });

  it('does not overflow however many tries there were', () => {
    const context = {} as CallContext;
    const failed = { attempt: 5_000, error: undefined, previousDelay: 10_000, context };
    expect(backoffDelay(options('exponential', 'none'), failed, () => 0.5)).toBe(10_000);
    expect(backoffDelay(options('exponential', 'full'), failed, () => 0.5)).toBe(5_000);
  });

  it.each<[Jitter, number, number[]]>([
    ['full', 0, [0, 0, 0]],
    ['full', 0.5, [50, 100, 125]],
    ['equal', 0, [50, 100, 125]],
    ['equal', 0.5, [75, 150, 187.5]],
    ['decorrelated', 0, [100, 100, 100]],
    ['decorrelated', 0.5, [200, 250, 250]],
    ['none', 0.5, [100, 200, 250]],
  ])('with %s jitter and chance %d waits between its bounds, after the cap', (jitter, chance, expected) => {
    expect(waits(3, options('exponential', jitter, 100, 250), () => chance)).toEqual(expected);
  });

  it('with decorrelated jitter grows up to three times its last wait, whatever the shape', () => {
    expect(waits(4, options('constant', 'decorrelated'), () => 0.5)).toEqual([200, 350, 575, 912.5]);
  });

  it.each(['full', 'equal', 'decorrelated'] as const)('with %s jitter keeps its bounds and fills them', (jitter) => {
    const random = seeded(42);
    const found = Array.from({ length: 2_000 }, () => waits(1, options('constant', jitter), random)[0] as number);
    const bounds = { full: [0, 100], equal: [50, 100], decorrelated: [100, 300] } as const;
    const [low, high] = bounds[jitter];
    expect(Math.min(...found)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...found)).toBeLessThanOrEqual(high);
    const mean = found.reduce((sum, wait) => sum + wait, 0) / found.length;
    expect(Math.abs(mean - (low + high) / 2)).toBeLessThan((high - low) / 20);
  });

  it('takes a function at its word, without jitter', () => {
    expect(
      waits(
        1,
        options(() => 0, 'none'),
      ),
    ).toEqual([0]);
    expect(
      waits(
        1,
        options(() => 70, 'full'),
      ),
    ).toEqual([70]);
  });

  it.each<[unknown, string]>([
    [Number.NaN, 'NaN'],
    [-1, '-1'],
    [Infinity, 'Infinity'],
    ['x'.repeat(41), 'x'.repeat(40)],
  ])('refuses %p from a function', (answer, said) => {
    expect(() =>
      waits(
        1,
        options(() => answer as number, 'none'),
      ),
    ).toThrow(new RangeError(`backoff: expected a duration of at least 0 ms, got ${said}`));
  });
});
