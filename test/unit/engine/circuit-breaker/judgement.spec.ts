import { describe, expect, it } from '@jest/globals';
import type { Outcome } from 'nest-circuit-breaker/engine';

import { ServiceError, counted, fail, ignore, makeBreaker, succeed } from '../../../fixtures/breaker.js';
import type { BreakerOptions } from '../../../fixtures/breaker.js';

/** What one call counts as. */
async function judged(options: BreakerOptions, call: (bench: ReturnType<typeof makeBreaker>) => Promise<unknown>) {
  const bench = makeBreaker(options);
  await call(bench);
  const { successes, failures, ignored } = counted(bench.breaker);
  return { counts: [successes, failures, ignored], faults: bench.faults };
}

describe('classify', () => {
  it.each([
    ['success', [1, 0, 0]],
    ['failure', [0, 1, 0]],
    ['ignored', [0, 0, 1]],
  ] as [Outcome, number[]][])('may answer %s, of what was thrown and of what was returned', async (outcome, counts) => {
    const options = { classify: () => outcome };
    expect(await judged(options, ({ breaker }) => fail(breaker))).toEqual({ counts, faults: [] });
    expect(await judged(options, ({ breaker }) => succeed(breaker))).toEqual({ counts, faults: [] });
  });

  it.each([
    ['fine', 'fine'],
    [true, 'true'],
    [undefined, 'undefined'],
    ['x'.repeat(50), 'x'.repeat(40)],
  ])('may not answer %p: that is reported, and the call ignored', async (answer, told) => {
    const options = { classify: () => answer as Outcome };
    const { counts, faults } = await judged(options, ({ breaker }) => fail(breaker));
    expect(counts).toEqual([0, 0, 1]);
    expect(faults.map(({ fault, where }) => [String(fault), where])).toEqual([
      [
        `TypeError: classify: expected 'success', 'failure' or 'ignored', got ${told}`,
        'the classification of circuit breaker "payments"',
      ],
    ]);
  });

  it('has the last word over ignoreErrors and recordErrors', async () => {
    const options = { classify: () => 'failure' as const, ignoreErrors: [ServiceError], recordErrors: [TypeError] };
    expect(await judged(options, ({ breaker }) => fail(breaker))).toMatchObject({ counts: [0, 1, 0] });
  });
});

describe('ignoreErrors and recordErrors', () => {
  it('ignored wins, and what matches none of the recorded is ignored', async () => {
    const options = { ignoreErrors: [RangeError], recordErrors: [TypeError, RangeError] };
    const of = (error: Error) => judged(options, ({ breaker }) => fail(breaker, error)).then(({ counts }) => counts);
    expect(await of(new RangeError('both'))).toEqual([0, 0, 1]);
    expect(await of(new TypeError('recorded'))).toEqual([0, 1, 0]);
    expect(await of(new ServiceError('neither'))).toEqual([0, 0, 1]);
  });

  it('record what would be ignored by itself', async () => {
    const options = { recordErrors: [() => true] };
    expect(await judged(options, ({ breaker }) => ignore(breaker))).toMatchObject({ counts: [0, 1, 0] });
  });

  it('say nothing of what was returned', async () => {
    const options = { ignoreErrors: [() => true], recordErrors: [() => true] };
    expect(await judged(options, ({ breaker }) => succeed(breaker))).toMatchObject({ counts: [1, 0, 0] });
  });
});
