import { describe, expect, it } from '@jest/globals';
import { isCircuitOpenError } from 'nest-circuit-breaker/engine';

import {
  ServiceError,
  WAYS,
  counted,
  fail,
  hang,
  ignore,
  makeBreaker,
  succeed,
  times,
  trip,
  tripAndWait,
} from '../fixtures/breaker.js';

describe.each(WAYS)('counting calls made %s', (_way, guardOf) => {
  it('[C22] one call under the minimum stays closed, the minimum trips', async () => {
    const { breaker } = makeBreaker({ failureRatio: 0.5, minimumThroughput: 20 });
    const guard = guardOf(breaker);
    await times(19, () => fail(guard));
    expect(breaker.state).toBe('closed');
    await fail(guard);
    expect(breaker.state).toBe('open');
  });

  it('[C22] the success that reaches the minimum is judged too', async () => {
    const { breaker, events } = makeBreaker({ failureRatio: 0.5, minimumThroughput: 20 });
    const guard = guardOf(breaker);
    await times(19, () => fail(guard));
    await succeed(guard);
    expect(breaker.state).toBe('open');
    expect(events.find(({ type }) => type === 'opened')).toMatchObject({ reason: 'failure_ratio' });
  });

  it('[C22] ignored calls do not count for the minimum', async () => {
    const { breaker } = makeBreaker({ failureRatio: 0.5, minimumThroughput: 20 });
    const guard = guardOf(breaker);
    await times(19, () => fail(guard));
    await times(30, () => ignore(guard));
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', window: { calls: 19 }, totals: { ignored: 30 } });
  });

  it('[C23] a ratio exactly at the threshold trips, computed exactly', async () => {
    const shares = [
      [29, 100, 0.29],
      [57, 100, 0.57],
      [1, 3, 1 / 3],
      [7, 10, 0.7],
      [1, 10, 0.1],
      [3, 10, 0.3],
      [58, 100, 0.58],
      [23, 25, 0.92],
    ] as const;
    for (const [failures, calls, ratio] of shares) {
      const { breaker } = makeBreaker({ failureRatio: ratio, minimumThroughput: calls, samplingSize: 1_000 });
      const guard = guardOf(breaker);
      await times(calls - failures, () => succeed(guard));
      await times(failures - 1, () => fail(guard));
      expect(breaker.state).toBe('closed');
      await fail(guard);
      expect([breaker.state, failures, calls]).toEqual(['open', failures, calls]);
    }
  });

  it('[C23] a ratio a little under the threshold does not trip', async () => {
    const { breaker } = makeBreaker({ failureRatio: 0.29, minimumThroughput: 100, samplingSize: 1_000 });
    const guard = guardOf(breaker);
    await times(72, () => succeed(guard));
    await times(28, () => fail(guard));
    expect(breaker.state).toBe('closed'); // 28 of 100
    await succeed(guard);
    await fail(guard);
    expect(breaker.state).toBe('closed'); // 29 of 102
  });

  it('[C24] calls under way do not dilute the ratio', async () => {
    const { breaker } = makeBreaker({ failureRatio: 0.5, minimumThroughput: 40, samplingSize: 100 });
    const guard = guardOf(breaker);
    const slow = Array.from({ length: 200 }, () => hang(guard));
    await times(40, () => fail(guard));
    expect(breaker.snapshot()).toMatchObject({ state: 'open', inFlight: 200 });
    for (const call of slow) await call.succeed();
    expect(counted(breaker)).toMatchObject({ state: 'open', calls: 240, failures: 40, stale: 200, inFlight: 0 });
  });

  it('[C25] every admitted call is counted in one place, at every moment', async () => {
    const bench = makeBreaker({ failureThreshold: 3, halfOpenMaxCalls: 2, halfOpenTimeout: 100, breakDuration: 1_000 });
    const guard = guardOf(bench.breaker);
    const check = (): void => {
      const { calls, successes, failures, ignored, stale, inFlight } = counted(bench.breaker);
      expect(successes + failures + ignored + stale + inFlight).toBe(calls);
      expect(Math.min(calls, successes, failures, ignored, stale, inFlight)).toBeGreaterThanOrEqual(0);
    };
    const calls = Array.from({ length: 6 }, () => hang(guard));
    check();
    await calls[0]?.succeed();
    await ignore(guard);
    check();
    await times(3, () => fail(guard));
    check();
    await calls[1]?.succeed();
    await calls[2]?.fail();
    check();
    await bench.clock.advance(1_000);
    const probes = [hang(guard), hang(guard), hang(guard)];
    await bench.clock.advance(100);
    check();
    await fail(guard);
    check();
    for (const probe of probes) await probe.succeed();
    check();
    bench.breaker.reset();
    check();
    for (const call of calls) await call.fail();
    check();
    expect(counted(bench.breaker)).toMatchObject({ calls: 0, inFlight: 0 });
  });

  it('[C27] the failure ratio and the slow ratio are independent', async () => {
    const rules = { failureRatio: 0.5, slowCallDuration: 100, slowCallRatio: 0.5, minimumThroughput: 4 };
    const call = async (bench: ReturnType<typeof makeBreaker>, ok: boolean, duration: number): Promise<void> => {
      const one = hang(guardOf(bench.breaker));
      await bench.clock.advance(duration);
      await (ok ? one.succeed() : one.fail());
    };
    const slow = makeBreaker(rules);
    await call(slow, true, 10);
    await call(slow, true, 99);
    await call(slow, true, 100); // at the duration is slow
    expect(slow.breaker.snapshot().window).toMatchObject({ slow: 1, failures: 0 });
    await call(slow, true, 500);
    expect(slow.events.find(({ type }) => type === 'opened')).toMatchObject({ reason: 'slow_call_ratio' });

    const failing = makeBreaker(rules);
    await call(failing, true, 10);
    await call(failing, false, 10);
    await call(failing, true, 200);
    expect(failing.breaker.snapshot().window).toMatchObject({ slow: 1, failures: 1, slowRatio: 1 / 3 });
    await call(failing, false, 10);
    expect(failing.events.find(({ type }) => type === 'opened')).toMatchObject({ reason: 'failure_ratio' });

    const both = makeBreaker({ ...rules, failureRatio: 0.9, slowCallRatio: 0.75 });
    await call(both, false, 200);
    await call(both, false, 10);
    await call(both, true, 200);
    expect(both.breaker.snapshot().window).toMatchObject({ calls: 3, slow: 2, failures: 2 });
    await call(both, true, 10);
    expect(both.breaker.state).toBe('closed'); // a slow failure is one slow call and one failure, not two of a kind
  });

  it('an ignored call ends no streak, a success does', async () => {
    const { breaker } = makeBreaker({ failureThreshold: 3 });
    const guard = guardOf(breaker);
    await times(2, () => fail(guard));
    await ignore(guard);
    expect(breaker.snapshot().window.consecutiveFailures).toBe(2);
    await succeed(guard);
    expect(breaker.snapshot().window.consecutiveFailures).toBe(0);
    await times(2, () => fail(guard));
    expect(breaker.state).toBe('closed');
    await fail(guard);
    expect(breaker.state).toBe('open');
  });
});

describe('counting', () => {
  it('[C22] refusals do not count, neither as calls nor for the ratio', async () => {
    const bench = makeBreaker({ failureRatio: 0.5, minimumThroughput: 2, successThreshold: 1 });
    await trip(bench);
    await times(50, () => succeed(bench.breaker));
    expect(counted(bench.breaker)).toMatchObject({ calls: 2, failures: 2, refused: 50 });
    await bench.clock.advance(30_000);
    await succeed(bench.breaker);
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'closed', window: { calls: 0 } });
  });

  it('[C22] the smaller of minimum and window size decides', async () => {
    const { breaker } = makeBreaker({ failureRatio: 0.5, samplingSize: 10 });
    await times(9, () => fail(breaker));
    expect(breaker.state).toBe('closed');
    await fail(breaker);
    expect(breaker.state).toBe('open');
  });

  it('[C25] a window of calls forgets the oldest first', async () => {
    const { breaker } = makeBreaker({ failureThreshold: 99, samplingSize: 5 });
    await times(5, () => fail(breaker));
    for (let successes = 1; successes <= 8; successes++) {
      await succeed(breaker);
      const failures = Math.max(0, 5 - successes);
      expect(breaker.snapshot().window).toMatchObject({ calls: 5, failures, failureRatio: failures / 5 });
    }
  });

  it('[C25] a window of calls grows to its size and holds each call once', async () => {
    const { breaker } = makeBreaker({ failureThreshold: 999, samplingSize: 100 });
    for (let i = 0; i < 250; i++) {
      await (i % 3 === 0 ? fail(breaker) : succeed(breaker));
      const held = Math.min(100, i + 1);
      const first = i + 1 - held;
      let failures = 0;
      for (let at = first; at <= i; at++) if (at % 3 === 0) failures++;
      expect(breaker.snapshot().window).toMatchObject({ calls: held, failures, successes: held - failures });
    }
  });

  it('[C25] no reading is NaN, whether there are calls or none', async () => {
    const { breaker, clock } = makeBreaker({ slowCallDuration: 1 });
    const check = (): void => {
      const { window, latency, successRate } = breaker.snapshot();
      const numbers = [...Object.values(window), successRate, ...Object.values(latency.success)];
      expect(numbers.filter((value) => value !== null && !Number.isFinite(value))).toEqual([]);
    };
    check();
    expect(breaker.snapshot()).toMatchObject({
      successRate: 1,
      window: { calls: 0, failureRatio: 0, slowRatio: 0 },
      latency: { success: { mean: null, max: null }, failure: { mean: null, max: null } },
    });
    await fail(breaker);
    check();
    await clock.advance(60_000);
    check();
  });

  it('[C25] durations are those of the calls in the window', async () => {
    const { breaker, clock } = makeBreaker({ failureThreshold: 99, samplingSize: 3 });
    for (const [duration, ok] of [
      [1_000, true],
      [10, true],
      [20, false],
      [30, true],
    ] as const) {
      const call = hang(breaker);
      await clock.advance(duration);
      await (ok ? call.succeed() : call.fail());
    }
    expect(breaker.snapshot().latency).toEqual({ success: { mean: 20, max: 30 }, failure: { mean: 20, max: 20 } });
  });

  it('a call is slow at the duration, and slow ignored calls are not', async () => {
    const { breaker, clock } = makeBreaker({ slowCallDuration: 100, slowCallRatio: 1, minimumThroughput: 1 });
    const call = hang(breaker);
    await clock.advance(1_000);
    await call.fail(Object.assign(new Error('not found'), { status: 404 }));
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', totals: { slow: 0, ignored: 1 } });
    const other = hang(breaker);
    await clock.advance(100);
    await other.succeed();
    expect(breaker.snapshot()).toMatchObject({ state: 'open', totals: { slow: 1, successes: 1 } });
  });

  it('without slowCallDuration no call is slow', async () => {
    const { breaker, clock } = makeBreaker();
    const call = hang(breaker);
    await clock.advance(20_000);
    await call.succeed();
    expect(breaker.snapshot().totals.slow).toBe(0);
  });

  it('by default five failures in a row open it, or half of twenty', async () => {
    const streak = makeBreaker();
    await times(4, () => fail(streak.breaker));
    expect(streak.breaker.state).toBe('closed');
    await fail(streak.breaker);
    expect(streak.events.find(({ type }) => type === 'opened')).toMatchObject({ reason: 'failure_threshold' });
    const ratio = makeBreaker();
    for (let i = 0; i < 10; i++) {
      expect(ratio.breaker.state).toBe('closed');
      await succeed(ratio.breaker);
      await fail(ratio.breaker);
    }
    expect(ratio.events.find(({ type }) => type === 'opened')).toMatchObject({ reason: 'failure_ratio' });
  });

  it('refused is apart, and a refusal calls nothing', async () => {
    const bench = makeBreaker();
    await trip(bench);
    const call = hang(bench.breaker);
    const settled = await call.answer;
    expect(isCircuitOpenError(settled.ok ? undefined : settled.error)).toBe(true);
    expect(call.hasRun).toBe(false);
    expect(counted(bench.breaker)).toMatchObject({ calls: 5, refused: 1 });
  });

  it('totals outlive closing, and a reset clears them', async () => {
    const bench = makeBreaker({ successThreshold: 1 });
    await tripAndWait(bench);
    await succeed(bench.breaker);
    expect(bench.breaker.snapshot().totals).toMatchObject({ calls: 6, failures: 5, successes: 1, transitions: 3 });
    bench.breaker.reset();
    const { totals, lastError, lastFailureAt, lastSuccessAt } = bench.breaker.snapshot();
    expect(Object.values(totals).every((total) => total === 0)).toBe(true);
    expect([lastError, lastFailureAt, lastSuccessAt]).toEqual([null, null, null]);
  });

  it('the last error is told by name and code alone', async () => {
    const { breaker } = makeBreaker();
    await fail(breaker, Object.assign(new ServiceError('card 4242'), { code: 'ECONNRESET' }));
    expect(breaker.snapshot().lastError).toEqual({ name: 'ServiceError', code: 'ECONNRESET' });
    await fail(breaker, 'a string');
    expect(breaker.snapshot().lastError).toEqual({ name: 'string', code: null });
    expect(JSON.stringify(breaker.snapshot())).not.toContain('4242');
  });
});
