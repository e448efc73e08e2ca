import { describe, expect, it } from '@jest/globals';
import { BulkheadFullError, isCircuitOpenError } from 'nest-circuit-breaker/engine';
import type { CircuitOpenError, Permit, Settled } from 'nest-circuit-breaker/engine';

import {
  ServiceError,
  WAYS,
  counted,
  fail,
  hang,
  ignore,
  makeBreaker,
  settledOf,
  succeed,
  times,
  trip,
  tripAndWait,
  turn,
} from '../fixtures/breaker.js';

const errorOf = (settled: Settled | undefined): unknown => (settled?.ok === false ? settled.error : undefined);
const refusalOf = (settled: Settled | undefined): CircuitOpenError | undefined => {
  const error = errorOf(settled);
  return isCircuitOpenError(error) ? error : undefined;
};

describe.each(WAYS)('when half-open, called %s', (_way, guardOf) => {
  it('[C01] 1,000 calls at the end of the break: halfOpenMaxCalls run, the rest are refused at once', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 3 });
    await tripAndWait(bench);
    const guard = guardOf(bench.breaker);
    const calls = Array.from({ length: 1_000 }, () => hang(guard));
    await turn();
    expect(calls.filter((call) => call.hasRun)).toHaveLength(3);
    const refused = calls.filter((call) => refusalOf(call.settled) !== undefined);
    expect(refused).toHaveLength(997);
    expect(refusalOf(refused[0]?.settled)).toMatchObject({ state: 'half_open', breaker: 'payments' });
    for (const call of calls) await call.succeed();
    expect(calls.filter((call) => call.hasRun)).toHaveLength(3); // none was parked
    expect(counted(bench.breaker)).toMatchObject({ state: 'closed', refused: 997, inFlight: 0 });
  });

  it('[C02] a success of the closed period arriving in half-open is ignored', async () => {
    const bench = makeBreaker({ failureThreshold: 3, successThreshold: 1 });
    const guard = guardOf(bench.breaker);
    const early = hang(guard);
    await tripAndWait(bench);
    const probe = hang(guard);
    await early.succeed();
    expect(counted(bench.breaker)).toMatchObject({ state: 'half_open', stale: 1, successes: 0 });
    await probe.succeed();
    expect(bench.breaker.state).toBe('closed');
  });

  it('[C03] a failure of the closed period arriving in half-open is ignored', async () => {
    const bench = makeBreaker({ failureThreshold: 3 });
    const guard = guardOf(bench.breaker);
    const early = hang(guard);
    await tripAndWait(bench);
    hang(guard);
    const error = new ServiceError('late');
    expect(errorOf(await early.fail(error))).toBe(error);
    expect(counted(bench.breaker)).toMatchObject({ state: 'half_open', stale: 1, failures: 3 });
  });

  it('[C04] a late result in open, or in a new closed period, has no effect', async () => {
    const bench = makeBreaker({ failureThreshold: 3, successThreshold: 1 });
    const guard = guardOf(bench.breaker);
    const [inOpen, inClosed] = [hang(guard), hang(guard)];
    await trip(bench);
    const { retryAfter } = bench.breaker.snapshot();
    await inOpen.fail();
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'open', retryAfter });
    await bench.clock.advance(30_000);
    await succeed(guard);
    await times(2, () => fail(guard));
    await inClosed.fail(); // were it the third in a row, it would open
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'closed', window: { calls: 2, consecutiveFailures: 2 } });
    expect(counted(bench.breaker)).toMatchObject({ stale: 2 });
  });

  it('[C04] a late success in a new closed period does not end a streak', async () => {
    const bench = makeBreaker({ failureThreshold: 3, successThreshold: 1 });
    const guard = guardOf(bench.breaker);
    const early = hang(guard);
    await tripAndWait(bench);
    await succeed(guard);
    await times(2, () => fail(guard));
    await early.succeed();
    await fail(guard);
    expect(bench.breaker.state).toBe('open');
  });

  it('[C05] a probe that never settles counts as a failure, and after the next break a new probe runs', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1, halfOpenTimeout: 5_000, breakDuration: 20_000 });
    await tripAndWait(bench);
    const guard = guardOf(bench.breaker);
    const lost = hang(guard);
    expect(lost.hasRun).toBe(true);
    await bench.clock.advance(4_999);
    expect(refusalOf(await succeed(guard))).toMatchObject({ state: 'half_open', retryAfter: 1 });
    await bench.clock.advance(1);
    expect(refusalOf(await succeed(guard))).toMatchObject({ state: 'open', retryAfter: 20_000 });
    expect(counted(bench.breaker)).toMatchObject({ failures: 6, inFlight: 0 });
    await bench.clock.advance(20_000);
    await times(2, () => succeed(guard));
    expect(bench.breaker.state).toBe('closed');
  });

  it('[C05] the failure is dated at the deadline, however late somebody calls', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1, halfOpenTimeout: 5_000, breakDuration: 20_000 });
    await tripAndWait(bench);
    const guard = guardOf(bench.breaker);
    hang(guard);
    await bench.clock.advance(5_000 + 12_000);
    expect(refusalOf(await succeed(guard))).toMatchObject({ state: 'open', retryAfter: 8_000 });
    const { lastFailureAt } = bench.breaker.snapshot();
    expect(lastFailureAt?.getTime()).toBe(bench.clock.wall() - 12_000);
    await bench.clock.advance(7_999);
    expect(refusalOf(await succeed(guard))).toBeDefined();
    await bench.clock.advance(1);
    expect(await succeed(guard)).toEqual({ ok: true, value: 'fine' });
    expect(bench.events.filter(({ type }) => type === 'opened')).toHaveLength(2);
  });

  it('[C05] a deadline and the break after it may both be over: the next call is a probe', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1, halfOpenTimeout: 5_000, breakDuration: 20_000 });
    await tripAndWait(bench);
    const guard = guardOf(bench.breaker);
    hang(guard);
    await bench.clock.advance(25_000);
    bench.heard();
    expect(await succeed(guard)).toEqual({ ok: true, value: 'fine' });
    expect(bench.heard('opened', 'half_opened', 'succeeded')).toEqual(['opened', 'half_opened', 'succeeded']);
    expect(bench.breaker.state).toBe('half_open');
  });

  it('[C05] without halfOpenTimeout a probe has as long as the break lasted', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1, breakDuration: (attempt) => attempt * 1_000 });
    await tripAndWait(bench);
    const guard = guardOf(bench.breaker);
    await fail(guard);
    await bench.clock.advance(2_000); // the second break
    hang(guard);
    await bench.clock.advance(1_999);
    expect(refusalOf(await succeed(guard))).toMatchObject({ state: 'half_open' });
    await bench.clock.advance(1);
    expect(refusalOf(await succeed(guard))).toMatchObject({ state: 'open', retryAfter: 3_000 });
  });

  it('[C06] the abandoned probe settling later is stale', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1, halfOpenTimeout: 5_000, successThreshold: 1 });
    await tripAndWait(bench);
    const guard = guardOf(bench.breaker);
    const lost = hang(guard);
    await bench.clock.advance(5_000);
    await succeed(guard); // refused, but the deadline is seen
    expect(counted(bench.breaker)).toMatchObject({ state: 'open', failures: 6, stale: 0 });
    expect(await lost.succeed('late')).toEqual({ ok: true, value: 'late' });
    expect(counted(bench.breaker)).toMatchObject({ state: 'open', calls: 6, failures: 5, stale: 1, inFlight: 0 });
    expect(bench.heard('closed', 'stale_result')).toEqual(['stale_result']);
  });

  it('[C06] so it is when its own late word is the first that anybody hears', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1, halfOpenTimeout: 5_000, successThreshold: 1 });
    await tripAndWait(bench);
    const lost = hang(guardOf(bench.breaker));
    await bench.clock.advance(6_000);
    await lost.succeed();
    expect(counted(bench.breaker)).toMatchObject({ state: 'open', calls: 6, failures: 5, stale: 1, inFlight: 0 });
    expect(bench.breaker.snapshot().retryAfter).toBe(29_000);
  });

  it('[C08] a probe that ends in an ignored error gives its permit back, neither closes nor reopens', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1, successThreshold: 1 });
    await tripAndWait(bench);
    const guard = guardOf(bench.breaker);
    await times(10, () => ignore(guard));
    expect(counted(bench.breaker)).toMatchObject({ state: 'half_open', ignored: 10, inFlight: 0, refused: 0 });
    await succeed(guard);
    expect(bench.breaker.state).toBe('closed');
  });

  it('[C09] a classify that throws gives the permit back, and the outcome of the call still reaches its caller', async () => {
    let isBroken = false;
    const bench = makeBreaker({
      halfOpenMaxCalls: 1,
      classify: ({ ok }) => {
        if (isBroken) throw new Error('a bug');
        return ok ? 'success' : 'failure';
      },
    });
    await tripAndWait(bench);
    const guard = guardOf(bench.breaker);
    isBroken = true;
    expect(await succeed(guard, 42)).toEqual({ ok: true, value: 42 });
    const error = new ServiceError('down');
    expect(errorOf(await fail(guard, error))).toBe(error);
    expect(counted(bench.breaker)).toMatchObject({ state: 'half_open', ignored: 2, inFlight: 0, refused: 0 });
    expect(bench.faults).toHaveLength(2);
    expect(bench.faults[0]?.where).toContain('payments');
  });

  it.each([
    ['ignoreErrors', { ignoreErrors: [brokenPredicate] }],
    ['recordErrors', { recordErrors: [brokenPredicate] }],
  ] as const)('[C09] a predicate of %s that throws gives the permit back', async (_option, options) => {
    const bench = makeBreaker({ initialState: 'open', halfOpenMaxCalls: 1, ...options });
    await bench.clock.advance(30_000);
    const guard = guardOf(bench.breaker);
    const error = new ServiceError('down');
    expect(errorOf(await fail(guard, error))).toBe(error);
    expect(counted(bench.breaker)).toMatchObject({ state: 'half_open', ignored: 1, inFlight: 0 });
    expect(bench.faults).toHaveLength(1);
  });

  it('[C10] a probe stopped by an inner policy gives its permit back', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1, successThreshold: 1 });
    await tripAndWait(bench);
    const guard = guardOf(bench.breaker);
    await times(5, () => fail(guard, new BulkheadFullError('inner', 10, 0)));
    expect(counted(bench.breaker)).toMatchObject({ state: 'half_open', ignored: 5, inFlight: 0 });
    expect(await succeed(guard)).toEqual({ ok: true, value: 'fine' });
  });

  it('[C11] permits never exceed the limit, however releases and deadlines interleave', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 2, halfOpenTimeout: 100, breakDuration: 50, successThreshold: 99 });
    await tripAndWait(bench);
    const guard = guardOf(bench.breaker);
    for (let round = 0; round < 40; round++) {
      const [first, second, third] = [hang(guard), hang(guard), hang(guard)];
      expect([first?.hasRun, second?.hasRun, third?.hasRun]).toEqual([true, true, false]);
      await bench.clock.advance(round % 2 === 0 ? 30 : 0);
      await first?.succeed();
      const [fourth, fifth] = [hang(guard), hang(guard)];
      expect([fourth?.hasRun, fifth?.hasRun]).toEqual([true, false]);
      await bench.clock.advance(round % 3 === 0 ? 100 : 40); // past the deadline of the second, or not
      if (bench.breaker.state === 'half_open' && round % 3 === 0) {
        expect(hang(guard).hasRun).toBe(false); // opened: the break has 50 ms to go
      }
      await second?.succeed();
      await fourth?.succeed();
      await bench.clock.advance(1_000);
    }
    const { inFlight } = bench.breaker.snapshot();
    expect(inFlight).toBe(0);
  });

  it('[C12] the first failed probe reopens; the outcomes of the others are stale', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 3, successThreshold: 1 });
    await tripAndWait(bench);
    const guard = guardOf(bench.breaker);
    const [a, b, c] = [hang(guard), hang(guard), hang(guard)];
    await b?.fail();
    const { retryAfter } = bench.breaker.snapshot();
    await bench.clock.advance(10);
    await a?.succeed();
    await c?.fail();
    expect(counted(bench.breaker)).toMatchObject({ state: 'open', failures: 6, stale: 2, successes: 0 });
    expect(bench.breaker.snapshot().retryAfter).toBe((retryAfter ?? 0) - 10);
  });

  it('[C12] a failed probe reopens even after successes, if they were too few to close', async () => {
    const bench = makeBreaker({ successThreshold: 3 });
    await tripAndWait(bench);
    const guard = guardOf(bench.breaker);
    await times(2, () => succeed(guard));
    await fail(guard);
    expect(bench.breaker.state).toBe('open');
    await bench.clock.advance(30_000);
    await times(2, () => succeed(guard)); // the two of before don't count
    expect(bench.breaker.state).toBe('half_open');
    await succeed(guard);
    expect(bench.breaker.state).toBe('closed');
  });

  it('[C13] two failures in one tick trip it once: one event, one retryAfter', async () => {
    const bench = makeBreaker({ failureThreshold: 1, breakDuration: (attempt) => attempt * 1_000 });
    const guard = guardOf(bench.breaker);
    await Promise.all([fail(guard), fail(guard), fail(guard)]);
    expect(bench.events.filter(({ type }) => type === 'opened')).toMatchObject([{ retryAfter: 1_000, attempt: 1 }]);
    expect(bench.breaker.snapshot().retryAfter).toBe(1_000);
    expect(counted(bench.breaker)).toMatchObject({ failures: 1, stale: 2 });
    await bench.clock.advance(1_000);
    await Promise.all([fail(guard), fail(guard)]);
    expect(bench.events.filter(({ type }) => type === 'opened')).toMatchObject([
      { attempt: 1 },
      { retryAfter: 2_000, attempt: 2 },
    ]);
  });

  it.each(['reset', 'close'] as const)('[C14] a manual %s makes probes under way stale', async (action) => {
    const bench = makeBreaker({ failureThreshold: 1, successThreshold: 1 });
    await tripAndWait(bench);
    const guard = guardOf(bench.breaker);
    const [good, bad] = [hang(guard), hang(guard)];
    bench.breaker[action]();
    bench.heard();
    await bad?.fail();
    await good?.succeed();
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'closed', window: { calls: 0 }, inFlight: 0 });
    expect(bench.heard()).toEqual(['stale_result', 'stale_result']);
  });
});

function brokenPredicate(): boolean {
  throw new Error('a bug');
}

describe('when half-open', () => {
  it('[C07] a probe cancelled by its caller gives its permit back and is neutral', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1, successThreshold: 1 });
    await tripAndWait(bench);
    for (let i = 0; i < 5; i++) {
      const caller = new AbortController();
      const probe = hang(bench.breaker, { signal: caller.signal });
      expect(probe.hasRun).toBe(true);
      caller.abort(new Error('gone'));
      expect(errorOf(await probe.answer)).toMatchObject({ message: 'gone' });
      if (i % 2 === 0) await probe.fail();
    }
    expect(counted(bench.breaker)).toMatchObject({ state: 'half_open', ignored: 5, inFlight: 0, stale: 0 });
    await succeed(bench.breaker);
    expect(bench.breaker.state).toBe('closed');
  });

  it('[C07] what a cancelled probe still says moves nothing', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1, successThreshold: 1 });
    await tripAndWait(bench);
    const caller = new AbortController();
    const probe = hang(bench.breaker, { signal: caller.signal });
    caller.abort();
    await probe.succeed();
    expect(counted(bench.breaker)).toMatchObject({ state: 'half_open', successes: 0, ignored: 1 });
  });

  it('[C10] a permit that is disposed of without a word gives its place back', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1 });
    await tripAndWait(bench);
    for (let i = 0; i < 5; i++) {
      using permit = bench.breaker.acquire();
      expect(() => bench.breaker.acquire()).toThrow('half-open');
      expect(permit).toBeDefined();
    }
    expect(counted(bench.breaker)).toMatchObject({ state: 'half_open', ignored: 5, refused: 5, inFlight: 0 });
  });

  it('[C11] a permit settles once, whatever comes after its first word', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 2, successThreshold: 3 });
    await tripAndWait(bench);
    const say: readonly ((permit: Permit) => void)[] = [
      (permit) => permit.success(),
      (permit) => permit.failure(new Error('after all')),
      (permit) => permit.ignore(),
      (permit) => permit.settle({ ok: false, error: new Error('after all') }),
    ];
    const permit = bench.breaker.acquire();
    permit.success();
    for (const word of say) word(permit);
    expect(counted(bench.breaker)).toMatchObject({ state: 'half_open', successes: 1, ignored: 0, inFlight: 0 });
    const [a, b] = [bench.breaker.acquire(), bench.breaker.acquire()];
    expect(() => bench.breaker.acquire()).toThrow('half-open');
    a.ignore();
    a.ignore(); // gives back its own place, not that of b
    const c = bench.breaker.acquire();
    expect(() => bench.breaker.acquire()).toThrow('half-open');
    b.success();
    c.success();
    expect(bench.breaker.state).toBe('closed');
  });

  it('[C13] a listener that hears of the trip finds it done, and retryAfter running', async () => {
    const bench = makeBreaker({ failureThreshold: 1 });
    const seen: unknown[] = [];
    bench.scope.events.on('opened', () => seen.push(bench.breaker.state, bench.breaker.snapshot().retryAfter));
    await Promise.all([fail(bench.breaker), fail(bench.breaker)]);
    expect(seen).toEqual(['open', 30_000]);
  });

  it('a refusal says how long until the deadline of the oldest probe', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 2, halfOpenTimeout: 10_000 });
    await tripAndWait(bench);
    const first = hang(bench.breaker);
    await bench.clock.advance(1_000);
    hang(bench.breaker);
    await bench.clock.advance(1_000);
    expect(refusalOf(await succeed(bench.breaker))).toMatchObject({ state: 'half_open', retryAfter: 8_000 });
    await first.succeed();
    const third = hang(bench.breaker);
    expect(third.hasRun).toBe(true);
    expect(refusalOf(await succeed(bench.breaker))).toMatchObject({ retryAfter: 9_000 });
  });

  it('probes are not in the window of the closed period that follows', async () => {
    const bench = makeBreaker({ successThreshold: 2 });
    await tripAndWait(bench);
    await times(2, () => succeed(bench.breaker));
    expect(bench.breaker.snapshot()).toMatchObject({
      state: 'closed',
      window: { calls: 0, failures: 0, consecutiveFailures: 0 },
      totals: { successes: 2 },
    });
  });

  it('[C01] a probe that throws synchronously settles its permit', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1 });
    await tripAndWait(bench);
    const error = new ServiceError('at once');
    const settled = await settledOf(
      bench.breaker.execute(() => {
        throw error;
      }),
    );
    expect(errorOf(settled)).toBe(error);
    expect(bench.breaker.state).toBe('open');
  });
});
