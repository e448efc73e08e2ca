import { describe, expect, it } from '@jest/globals';
import { isCallTimeoutError } from 'nest-circuit-breaker/engine';
import type { Clock, Timer } from 'nest-circuit-breaker/engine';
import { createRegistry } from 'nest-circuit-breaker/options';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { counted, fail, hang, makeBreaker, succeed, times, trip, tripAndWait } from '../fixtures/breaker.js';

const HOUR = 3_600_000;

describe('when the wall clock steps', () => {
  it('[C15] back an hour: recovers on time, and dates are those of the new clock', async () => {
    const bench = makeBreaker();
    await trip(bench);
    await bench.clock.advance(10_000);
    bench.clock.stepWall(-HOUR);
    const { retryAfter, nextAttemptAt } = bench.breaker.snapshot();
    expect(retryAfter).toBe(20_000);
    expect(nextAttemptAt?.getTime()).toBe(bench.clock.wall() + 20_000);
    await bench.clock.advance(19_999);
    expect(await succeed(bench.breaker)).toMatchObject({ ok: false });
    await bench.clock.advance(1);
    expect(await succeed(bench.breaker)).toMatchObject({ ok: true });
  });

  it('[C16] forward an hour: no early probe', async () => {
    const bench = makeBreaker();
    await trip(bench);
    bench.clock.stepWall(HOUR);
    expect(await succeed(bench.breaker)).toMatchObject({ ok: false, error: { retryAfter: 30_000 } });
    await bench.clock.advance(29_999);
    expect(await succeed(bench.breaker)).toMatchObject({ ok: false });
  });

  it('[C15] back and forth: neither the window nor a streak nor a probe notices', async () => {
    const bench = makeBreaker({ failureThreshold: 3, halfOpenMaxCalls: 1, halfOpenTimeout: 5_000 });
    await times(2, () => fail(bench.breaker));
    bench.clock.stepWall(HOUR);
    expect(bench.breaker.snapshot().window).toMatchObject({ calls: 2, consecutiveFailures: 2 });
    bench.clock.stepWall(-2 * HOUR);
    await fail(bench.breaker);
    expect(bench.breaker.state).toBe('open');
    await bench.clock.advance(30_000);
    hang(bench.breaker);
    bench.clock.stepWall(HOUR);
    expect(await succeed(bench.breaker)).toMatchObject({ error: { state: 'half_open', retryAfter: 5_000 } });
  });

  it('[C16] an isolation that is to last ten minutes lasts ten minutes', async () => {
    const bench = makeBreaker();
    bench.breaker.isolate({ for: 600_000 });
    bench.clock.stepWall(HOUR);
    expect(await succeed(bench.breaker)).toMatchObject({ ok: false, error: { state: 'isolated' } });
    expect(bench.breaker.snapshot().expiresAt?.getTime()).toBe(bench.clock.wall() + 600_000);
    bench.clock.stepWall(-3 * HOUR);
    await bench.clock.advance(600_000);
    expect(await succeed(bench.breaker)).toMatchObject({ ok: true });
  });
});

describe('when the process was suspended', () => {
  it('[C17] while calls, a break and a window were pending: it wakes in a consistent state', async () => {
    const bench = makeBreaker({ failureThreshold: 3, timeout: 1_000 });
    await fail(bench.breaker);
    const call = hang(bench.breaker);
    await bench.clock.advance(8 * HOUR);
    expect(isCallTimeoutError((await call.answer) as never) || !(await call.answer).ok).toBe(true);
    expect(bench.breaker.snapshot().window).toMatchObject({ calls: 0, consecutiveFailures: 0 });
    await trip(bench);
    const { totals } = bench.breaker.snapshot();
    expect(totals).toMatchObject({ calls: 5, failures: 5, timeouts: 1 }); // the one before and the late one don't count for the streak
    await bench.clock.advance(8 * HOUR);
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 0 });
    await succeed(bench.breaker);
    expect(bench.breaker.state).toBe('half_open');
  });

  it('[C17] on a platform whose monotonic clock stands still meanwhile: the rest of the break is waited out', async () => {
    const bench = makeBreaker();
    await trip(bench);
    await bench.clock.advance(10_000);
    bench.clock.stepWall(8 * HOUR);
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 20_000 });
    await bench.clock.advance(20_000);
    expect(await succeed(bench.breaker)).toMatchObject({ ok: true });
  });

  it('[C17] in half-open: the lost probe and the break after it are both over', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1 });
    await tripAndWait(bench);
    const lost = hang(bench.breaker);
    await bench.clock.advance(8 * HOUR);
    await lost.succeed();
    expect(counted(bench.breaker)).toMatchObject({ state: 'open', stale: 1, inFlight: 0 });
    expect(bench.breaker.snapshot().retryAfter).toBe(0);
    await times(2, () => succeed(bench.breaker));
    expect(bench.breaker.state).toBe('closed');
  });
});

describe('the edges of time', () => {
  it('[C18] a bucket is dropped whole when its beginning is samplingDuration old', async () => {
    const rules = { failureThreshold: 99, samplingDuration: 1_000 };
    // the tenths are those of the clock: 0–99, 100–199, …
    for (const [failedAt, lastSeenAt] of [
      [0, 999],
      [1, 999],
      [99, 999],
      [100, 1_099],
      [101, 1_099],
      [199, 1_099],
    ] as const) {
      const { breaker, clock } = makeBreaker(rules);
      await clock.advance(failedAt);
      await fail(breaker);
      await clock.advance(lastSeenAt - failedAt);
      expect(breaker.snapshot().window).toMatchObject({ calls: 1, failures: 1, failureRatio: 1 });
      await clock.advance(1);
      expect(breaker.snapshot().window).toMatchObject({ calls: 0, failures: 0, failureRatio: 0 });
      await clock.advance(1);
      expect(breaker.snapshot().window).toMatchObject({ calls: 0, failures: 0 });
    }
  });

  it('[C18] what is recorded sees the same edges as what is read', async () => {
    const { breaker, clock } = makeBreaker({ failureRatio: 0.5, minimumThroughput: 4, samplingDuration: 1_000 });
    await times(3, () => fail(breaker));
    await clock.advance(1_000); // the bucket of the three is gone at this very moment
    await fail(breaker);
    expect(breaker.state).toBe('closed');
    await clock.advance(999);
    await times(2, () => fail(breaker));
    expect(breaker.snapshot().window.calls).toBe(3);
    await fail(breaker);
    expect(breaker.state).toBe('open');
  });

  it('[C18] buckets leave one by one, each with its own calls', async () => {
    const { breaker, clock } = makeBreaker({ failureThreshold: 999, samplingDuration: 1_000 });
    for (let bucket = 0; bucket < 10; bucket++) {
      await times(bucket + 1, () => (bucket % 2 === 0 ? succeed(breaker) : fail(breaker)));
      await clock.advance(100);
    }
    let held = 55;
    for (let bucket = 0; bucket < 10; bucket++) {
      held -= bucket + 1; // the clock stands at the end of its life
      expect(breaker.snapshot().window.calls).toBe(held);
      await clock.advance(99);
      expect(breaker.snapshot().window.calls).toBe(held);
      await clock.advance(1);
    }
  });

  it('[C18] a call at exactly the end of the break is let in, one a millisecond before is not', async () => {
    const bench = makeBreaker({ breakDuration: 1_000 });
    await trip(bench);
    await bench.clock.advance(999);
    expect(await succeed(bench.breaker)).toMatchObject({ ok: false, error: { retryAfter: 1 } });
    await bench.clock.advance(1);
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 0 });
    expect(await succeed(bench.breaker)).toMatchObject({ ok: true });
  });

  it('[C18] a streak survives a gap of samplingDuration and ends with a longer one', async () => {
    for (const [gap, state] of [
      [1_000, 'open'],
      [1_001, 'closed'],
    ] as const) {
      const { breaker, clock } = makeBreaker({ failureThreshold: 3, samplingDuration: 1_000 });
      await times(2, () => fail(breaker));
      await clock.advance(gap);
      expect(breaker.snapshot().window.consecutiveFailures).toBe(gap === 1_000 ? 2 : 0);
      await fail(breaker);
      expect(breaker.state).toBe(state);
    }
  });

  it('a streak has no gap where the window counts calls', async () => {
    const { breaker, clock } = makeBreaker({ failureThreshold: 3, samplingSize: 10 });
    await times(2, () => fail(breaker));
    await clock.advance(HOUR);
    await fail(breaker);
    expect(breaker.state).toBe('open');
  });

  it.each([0, -1, Number.NaN, Infinity, 2 ** 31, 1e300, '10 parsecs'])(
    '[C20] a duration of %p is an error, and nothing has changed',
    (duration) => {
      const { breaker, heard } = makeBreaker();
      for (const action of ['isolate', 'disable', 'metricsOnly'] as const) {
        expect(() => breaker[action]({ for: duration })).toThrow(RangeError);
      }
      expect(breaker.state).toBe('closed');
      expect(heard()).toEqual([]);
    },
  );

  it('[C20] the longest duration is one', async () => {
    const { breaker, clock } = makeBreaker();
    breaker.isolate({ for: 2 ** 31 - 1 });
    await clock.advance(2 ** 31 - 2);
    expect(await succeed(breaker)).toMatchObject({ ok: false });
    await clock.advance(1);
    expect(await succeed(breaker)).toMatchObject({ ok: true });
  });

  it.each([0, -5, Number.NaN, Infinity, 2 ** 31, 'soon'])(
    '[C20] a break that a generator says lasts %p is a fault, and lasts the default',
    async (duration) => {
      const bench = makeBreaker({ breakDuration: () => duration as number });
      await trip(bench);
      expect(bench.breaker.snapshot().retryAfter).toBe(30_000);
      expect(bench.faults).toHaveLength(1);
      expect(String(bench.faults[0]?.fault)).toContain(String(duration));
    },
  );

  it('a generator of breaks that throws is a fault, and the break lasts the default', async () => {
    const bench = makeBreaker({
      breakDuration: () => {
        throw new Error('a bug');
      },
    });
    await trip(bench);
    expect(bench.breaker.snapshot().retryAfter).toBe(30_000);
    expect(bench.faults).toMatchObject([{ fault: { message: 'a bug' }, where: 'breakDuration of "payments"' }]);
  });

  it('a generator of breaks is told how many there were since the circuit was closed', async () => {
    const attempts: number[] = [];
    const bench = makeBreaker({
      failureThreshold: 1,
      successThreshold: 1,
      breakDuration: (attempt) => (attempts.push(attempt), attempt * 1_000),
    });
    await trip(bench);
    for (let i = 1; i <= 3; i++) {
      await bench.clock.advance(i * 1_000);
      await fail(bench.breaker);
    }
    await bench.clock.advance(4_000);
    await succeed(bench.breaker);
    await trip(bench);
    expect(attempts).toEqual([1, 2, 3, 4, 1]);
  });
});

/** Its timers fire when half of their time is over, as those of a platform may by a little. */
class HastyClock implements Clock {
  readonly inner = new ManualClock();
  scheduled = 0;

  now(): number {
    return this.inner.now();
  }

  wall(): number {
    return this.inner.wall();
  }

  schedule(delay: number, task: () => void): Timer {
    this.scheduled++;
    return this.inner.schedule(delay / 2, task);
  }
}

describe('when timers fire early', () => {
  it('[C21] no probe is let out early', async () => {
    const clock = new HastyClock();
    const breaker = createRegistry({ breakers: { payments: { timeout: 100 } } }, { clock }).circuitBreaker('payments');
    await trip({ breaker });
    for (let ms = 0; ms < 30_000; ms += 1_000) {
      expect(await succeed(breaker)).toMatchObject({ ok: false, error: { retryAfter: 30_000 - ms } });
      await clock.inner.advance(1_000);
    }
    expect(await succeed(breaker)).toMatchObject({ ok: true });
  });

  it('[C21] no call times out early, and each does in time', async () => {
    const clock = new HastyClock();
    const breaker = createRegistry({ breakers: { payments: { timeout: 1_000 } } }, { clock }).circuitBreaker(
      'payments',
    );
    const first = hang(breaker);
    await clock.inner.advance(400);
    const second = hang(breaker);
    await clock.inner.advance(599);
    expect(first.settled).toBeUndefined();
    await clock.inner.advance(1);
    expect(first.settled).toMatchObject({ ok: false, error: { code: 'ERR_CALL_TIMEOUT' } });
    await clock.inner.advance(399);
    expect(second.settled).toBeUndefined();
    await clock.inner.advance(2); // a timer cannot wait less than a millisecond
    expect(second.settled).toMatchObject({ ok: false, error: { code: 'ERR_CALL_TIMEOUT' } });
    expect(clock.scheduled).toBeLessThan(40); // each early timer halves what is left, none spins
  });
});
