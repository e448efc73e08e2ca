import { describe, expect, it } from '@jest/globals';

import { ServiceError, fail, hang, makeBreaker, succeed, times, trip, tripAndWait } from '../../../fixtures/breaker.js';

describe('the snapshot of a breaker', () => {
  it('that nobody has called says so', () => {
    const { breaker, clock } = makeBreaker({ tags: ['money'], critical: false });
    expect(breaker.snapshot()).toEqual({
      name: 'payments',
      state: 'closed',
      color: 'green',
      since: new Date(clock.wall()),
      retryAfter: null,
      nextAttemptAt: null,
      reason: null,
      expiresAt: null,
      window: {
        calls: 0, successes: 0, failures: 0, slow: 0, failureRatio: 0, slowRatio: 0, consecutiveFailures: 0,
      },
      totals: {
        calls: 0, successes: 0, failures: 0, timeouts: 0, ignored: 0, refused: 0, slow: 0, stale: 0, transitions: 0,
      },
      inFlight: 0,
      successRate: 1,
      latency: { success: { mean: null, max: null }, failure: { mean: null, max: null } },
      lastSuccessAt: null,
      lastFailureAt: null,
      lastError: null,
      options: expect.objectContaining({ failureThreshold: 5, settleOn: 'complete', tags: ['money'] }),
      critical: false,
      tags: ['money'],
    }); // prettier-ignore
  });

  it('is yellow while probes are under way', async () => {
    const bench = makeBreaker({ breakDuration: 1_000 });
    await tripAndWait(bench);
    void hang(bench.breaker);
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'half_open', color: 'yellow' });
  });

  it('has shares, means and longest calls of its window', async () => {
    const { breaker, clock } = makeBreaker({ slowCallDuration: 40, slowCallRatio: 1, failureThreshold: 50 });
    for (const [duration, ok] of [
      [10, true],
      [30, true],
      [50, false],
      [70, false],
      [20, false],
    ] as const) {
      // prettier-ignore
      const call = hang(breaker);
      await clock.advance(duration);
      await (ok ? call.succeed() : call.fail());
    }
    expect(breaker.snapshot()).toMatchObject({
      window: { calls: 5, successes: 2, failures: 3, slow: 2, failureRatio: 0.6, slowRatio: 0.4 },
      successRate: 0.4,
      latency: { success: { mean: 20, max: 30 }, failure: { mean: 140 / 3, max: 70 } },
    });
  });

  it('dates the last success and the last failure, be it the first moment of all', async () => {
    const { breaker, clock } = makeBreaker();
    const start = new Date(clock.wall());
    await succeed(breaker);
    expect(breaker.snapshot()).toMatchObject({ lastSuccessAt: start, lastFailureAt: null });
    await fail(breaker);
    expect(breaker.snapshot()).toMatchObject({ lastSuccessAt: start, lastFailureAt: start });
    await clock.advance(1_000);
    expect(breaker.snapshot()).toMatchObject({ lastSuccessAt: start, lastFailureAt: start });
    breaker.reset();
    expect(breaker.snapshot()).toMatchObject({ lastSuccessAt: null, lastFailureAt: null, lastError: null });
  });

  it('says when a break may end by nextAttemptAt, and has no end of it to expire', async () => {
    const bench = makeBreaker({ failureThreshold: 1, breakDuration: 10_000 });
    await trip(bench);
    const end = new Date(bench.clock.wall() + 10_000);
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'open', nextAttemptAt: end, expiresAt: null });
  });

  it('keeps the date of a state, whatever time has passed or the wall clock was set to', async () => {
    const { breaker, clock } = makeBreaker();
    await clock.advance(5_000);
    breaker.isolate();
    const since = new Date(clock.wall());
    await clock.advance(60_000);
    expect(breaker.snapshot().since).toEqual(since);
  });

  const hostile = Object.defineProperty({ code: 'E_ODD' }, 'name', {
    get: () => {
      throw new Error('no');
    },
  });
  it.each([
    ['an error', new ServiceError('secret'), { name: 'ServiceError', code: null }],
    ['one with a code', Object.assign(new TypeError('x'), { code: 'ECONNRESET' }), { name: 'TypeError', code: 'ECONNRESET' }],
    ['one with a code that is a number', Object.assign(new Error('x'), { code: 42 }), { name: 'Error', code: '42' }],
    ['one with a code that is neither', Object.assign(new Error('x'), { code: { a: 1 } }), { name: 'Error', code: null }],
    ['an object whose name is none', { name: 42 }, { name: 'unknown', code: null }],
    ['an object that says no name', hostile, { name: 'unknown', code: 'E_ODD' }],
    ['a string', 'secret', { name: 'string', code: null }],
    ['null', null, { name: 'object', code: null }],
  ])('names the last error by name and code alone, of %s', async (_what, error, described) => {
    const { breaker } = makeBreaker();
    await fail(breaker, error);
    expect(breaker.snapshot().lastError).toEqual(described);
    expect(Object.isFrozen(breaker.snapshot().lastError)).toBe(true);
  }); // prettier-ignore

  it('describes options as plain data, functions by their names', () => {
    const twice = (attempt: number): number => attempt * 2_000;
    const { breaker } = makeBreaker({
      ignoreErrors: [TypeError, () => false],
      breakDuration: twice,
      classify: (
        () => () =>
          'success' as const
      )(),
    });
    const { options } = breaker.snapshot();
    expect(options).toMatchObject({
      ignoreErrors: ['[function TypeError]', '[function]'],
      recordErrors: [],
      breakDuration: '[function twice]',
      classify: '[function]',
      halfOpenMaxCalls: 3,
    });
    expect(() => JSON.stringify(options)).not.toThrow();
    expect([options, options['ignoreErrors']].every(Object.isFrozen)).toBe(true);
  });

  it('has the same description as long as the options are the same, so that who compares need not look inside', async () => {
    const { breaker, registry } = makeBreaker();
    const { options } = breaker.snapshot();
    await times(2, () => fail(breaker));
    expect(breaker.snapshot().options).toBe(options);
    registry.update('payments', { failureThreshold: 7 });
    expect(breaker.snapshot().options).not.toBe(options);
    expect(breaker.snapshot().options).toMatchObject({ failureThreshold: 7 });
  });
});
