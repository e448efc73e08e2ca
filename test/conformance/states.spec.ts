import { describe, expect, it } from '@jest/globals';
import { createRegistry } from 'nest-circuit-breaker/options';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { counted, fail, hang, makeBreaker, succeed, times, trip, tripAndWait } from '../fixtures/breaker.js';
import type { Bench, BreakerOptions } from '../fixtures/breaker.js';

const eventsOf = (bench: Bench) =>
  bench.events.map(({ at: _, policy: __, name: ___, ...rest }) => rest as Record<string, unknown>);

describe('isolated', () => {
  it('refuses all until it is told otherwise, and says for how long where that is known', async () => {
    const bench = makeBreaker();
    bench.breaker.isolate({ reason: 'a deployment', actor: 'ops' });
    expect(bench.breaker.snapshot()).toMatchObject({
      state: 'isolated', color: 'red', reason: 'a deployment', retryAfter: null, nextAttemptAt: null, expiresAt: null,
    }); // prettier-ignore
    await bench.clock.advance(1e9);
    expect(await succeed(bench.breaker)).toMatchObject({ ok: false, error: { state: 'isolated' } });
    expect(((await succeed(bench.breaker)) as { error?: object }).error).not.toHaveProperty('retryAfter');
    expect(eventsOf(bench)[0]).toEqual({
      type: 'isolated', from: 'closed', to: 'isolated', reason: 'a deployment', actor: 'ops', expiresAt: null,
    }); // prettier-ignore
  });

  it('for a time is a break that is over then: the next call is a probe', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1 });
    bench.breaker.isolate({ for: '10m' });
    const expiresAt = new Date(bench.clock.wall() + 600_000);
    expect(bench.breaker.snapshot()).toMatchObject({ retryAfter: 600_000, nextAttemptAt: expiresAt, expiresAt });
    await bench.clock.advance(599_999);
    expect(await succeed(bench.breaker)).toMatchObject({ ok: false, error: { state: 'isolated', retryAfter: 1 } });
    await bench.clock.advance(1);
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'isolated', retryAfter: 0 });
    const probe = hang(bench.breaker);
    expect([probe.hasRun, bench.breaker.state]).toEqual([true, 'half_open']);
    expect(await succeed(bench.breaker)).toMatchObject({
      ok: false,
      error: { state: 'half_open', retryAfter: 30_000 },
    });
    await probe.fail();
    expect(eventsOf(bench).at(-1)).toMatchObject({ type: 'opened', from: 'half_open', attempt: 1, retryAfter: 30_000 });
  });

  it('makes what is under way stale, and keeps what the window holds for who looks at it', async () => {
    const bench = makeBreaker();
    await times(2, () => fail(bench.breaker));
    const call = hang(bench.breaker);
    bench.breaker.isolate();
    await call.succeed();
    expect(counted(bench.breaker)).toMatchObject({ stale: 1, failures: 2, inFlight: 0 });
    expect(bench.breaker.snapshot().window).toMatchObject({ calls: 2 });
    bench.breaker.close();
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'closed', window: { calls: 0 } });
  });
});

describe('disabled', () => {
  it('passes all and counts nothing; when its time is over it is closed', async () => {
    const bench = makeBreaker({ failureThreshold: 1 });
    await trip(bench);
    bench.breaker.disable({ for: '1m', reason: 'a drill' });
    bench.heard();
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'disabled', color: 'yellow', retryAfter: null, reason: 'a drill' });
    const [good, bad] = [hang(bench.breaker), hang(bench.breaker)];
    await times(5, () => fail(bench.breaker));
    await good?.succeed();
    await bench.clock.advance(59_999);
    await fail(bench.breaker);
    expect(bench.heard()).toEqual([]);
    expect(counted(bench.breaker)).toMatchObject({ state: 'disabled', calls: 1, failures: 1, inFlight: 0 });
    await bench.clock.advance(1);
    expect(bench.breaker.state).toBe('disabled');
    await succeed(bench.breaker);
    expect(bench.heard()).toEqual(['closed', 'succeeded']);
    await bad?.fail(); // one of those that count nothing
    expect(counted(bench.breaker)).toMatchObject({ state: 'closed', calls: 2, successes: 1, failures: 1, stale: 0 });
  }); // prettier-ignore

  it('tells when it ends', () => {
    const bench = makeBreaker();
    bench.breaker.disable({ for: 1_000 });
    const expiresAt = new Date(bench.clock.wall() + 1_000);
    expect(eventsOf(bench)).toEqual([
      { type: 'disabled', from: 'closed', to: 'disabled', reason: 'by hand', expiresAt },
    ]);
    expect(bench.breaker.snapshot()).toMatchObject({ expiresAt, nextAttemptAt: null });
  });
});

describe('metrics_only', () => {
  it('passes all, counts, and never opens', async () => {
    const bench = makeBreaker({ failureThreshold: 3 });
    bench.breaker.metricsOnly({ reason: 'trying it out' });
    await times(20, () => fail(bench.breaker));
    expect(counted(bench.breaker)).toMatchObject({ state: 'metrics_only', calls: 20, failures: 20, inFlight: 0 });
    expect(bench.breaker.snapshot()).toMatchObject({ color: 'yellow', window: { calls: 20, consecutiveFailures: 20 } });
    expect(eventsOf(bench)[0]).toEqual({
      type: 'updated', from: 'closed', to: 'metrics_only', reason: 'trying it out', changes: {}, expiresAt: null,
    }); // prettier-ignore
  });

  it('says what it would have refused: the calls of a break, and those after a probe that failed', async () => {
    const bench = makeBreaker({ failureThreshold: 3, breakDuration: 1_000, successThreshold: 2 });
    bench.breaker.metricsOnly();
    await times(3, () => fail(bench.breaker));
    expect(counted(bench.breaker).refused).toBe(0);
    bench.heard();
    await bench.clock.advance(400);
    expect(await succeed(bench.breaker)).toEqual({ ok: true, value: 'fine' });
    expect(bench.events.filter(({ type }) => type === 'refused')).toMatchObject([{ state: 'metrics_only', retryAfter: 600 }]);
    await bench.clock.advance(600);
    await fail(bench.breaker); // the would-be probe
    expect(counted(bench.breaker).refused).toBe(1);
    await succeed(bench.breaker);
    expect(counted(bench.breaker).refused).toBe(2);
    await bench.clock.advance(1_000);
    await times(2, () => succeed(bench.breaker)); // it would have closed
    await times(2, () => fail(bench.breaker));
    await succeed(bench.breaker);
    expect(counted(bench.breaker)).toMatchObject({ refused: 2, calls: 11, failures: 6, successes: 5 });
  }); // prettier-ignore

  it('for a time is closed afterwards, with a fresh window', async () => {
    const bench = makeBreaker({ failureThreshold: 5 });
    bench.breaker.metricsOnly({ for: 1_000 });
    await times(9, () => fail(bench.breaker));
    await bench.clock.advance(1_000);
    await fail(bench.breaker);
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'closed', window: { calls: 1, consecutiveFailures: 1 } });
  });
});

describe('closing and resetting by hand', () => {
  it('close: closed, automatic, a fresh window; totals stay', async () => {
    const bench = makeBreaker({ failureThreshold: 3 });
    await trip(bench);
    bench.breaker.close({ reason: 'it is well again', actor: 'ops' });
    expect(bench.breaker.snapshot()).toMatchObject({
      state: 'closed', reason: 'it is well again', window: { calls: 0, consecutiveFailures: 0 }, totals: { failures: 3 },
    }); // prettier-ignore
    expect(eventsOf(bench).at(-1)).toEqual({
      type: 'closed', from: 'open', to: 'closed', reason: 'it is well again', actor: 'ops',
    }); // prettier-ignore
    await times(2, () => fail(bench.breaker));
    expect(bench.breaker.state).toBe('closed');
    await fail(bench.breaker);
    expect(bench.breaker.state).toBe('open');
  });

  it('close: on a closed breaker nothing', async () => {
    const bench = makeBreaker();
    await times(2, () => fail(bench.breaker));
    const call = hang(bench.breaker);
    bench.heard();
    bench.breaker.close();
    expect(bench.heard()).toEqual([]);
    await call.fail();
    expect(bench.breaker.snapshot().window).toMatchObject({ calls: 3, consecutiveFailures: 3 });
  });

  it.each(['closed', 'open', 'half_open', 'isolated', 'disabled', 'metrics_only'] as const)(
    'reset from %s: closed, a fresh window, totals cleared, told once',
    async (state) => {
      const bench = makeBreaker({ failureThreshold: 3 });
      await fail(bench.breaker);
      if (state === 'open') await trip(bench);
      if (state === 'half_open') {
        await tripAndWait(bench);
        await succeed(bench.breaker);
      }
      if (state === 'isolated') bench.breaker.isolate();
      if (state === 'disabled') bench.breaker.disable();
      if (state === 'metrics_only') bench.breaker.metricsOnly();
      expect(bench.breaker.state).toBe(state);
      bench.heard();
      bench.breaker.reset();
      expect(bench.heard()).toEqual(['reset']);
      expect(eventsOf(bench).at(-1)).toEqual({ type: 'reset', from: state, to: 'closed', reason: 'by hand' });
      const { totals, window, retryAfter } = bench.breaker.snapshot();
      expect(Object.values(totals).every((total) => total === 0)).toBe(true);
      expect([window.calls, window.consecutiveFailures, retryAfter, bench.breaker.state]).toEqual([
        0,
        0,
        null,
        'closed',
      ]);
    },
  );
});

describe('the initial state', () => {
  it.each([
    ['open', { ok: false }],
    ['isolated', { ok: false }],
    ['disabled', { ok: true }],
    ['metrics_only', { ok: true }],
    ['closed', { ok: true }],
  ] as const)('may be %s', async (initialState, answer) => {
    const bench = makeBreaker({ initialState } as BreakerOptions);
    expect(bench.breaker.snapshot()).toMatchObject({ state: initialState, reason: null, totals: { transitions: 0 } });
    expect(await succeed(bench.breaker)).toMatchObject(answer);
    expect(bench.breaker.state).toBe(initialState);
  });

  it('open lasts one break', async () => {
    const bench = makeBreaker({ initialState: 'open', breakDuration: 1_000 });
    expect(bench.breaker.snapshot().retryAfter).toBe(1_000);
    await bench.clock.advance(1_000);
    expect(await succeed(bench.breaker)).toMatchObject({ ok: true });
    expect(bench.breaker.state).toBe('half_open');
  });
});

describe('a snapshot', () => {
  it('says since when it has been in its state, and when calls last ended well and badly', async () => {
    const bench = makeBreaker({ failureThreshold: 1 });
    const start = bench.clock.wall();
    expect(bench.breaker.snapshot()).toMatchObject({
      since: new Date(start),
      lastSuccessAt: null,
      lastFailureAt: null,
    });
    await bench.clock.advance(1_000);
    await succeed(bench.breaker);
    await bench.clock.advance(1_000);
    await fail(bench.breaker);
    await bench.clock.advance(1_000);
    expect(bench.breaker.snapshot()).toMatchObject({
      since: new Date(start + 2_000),
      lastSuccessAt: new Date(start + 1_000),
      lastFailureAt: new Date(start + 2_000),
      nextAttemptAt: new Date(start + 32_000),
      retryAfter: 29_000,
      reason: 'failure_threshold',
      lastError: { name: 'ServiceError', code: null },
      color: 'red',
    });
  });

  it('has the success rate of the window, and options as they were resolved', async () => {
    const bench = makeBreaker({ failureThreshold: 9, breakDuration: '1m', classify: function judge() {
      return 'failure';
    } }); // prettier-ignore
    await succeed(bench.breaker);
    const { successRate, options, tags, critical } = bench.breaker.snapshot();
    expect([successRate, tags, critical]).toEqual([0, [], true]);
    expect(options).toMatchObject({
      failureThreshold: 9, failureRatio: null, breakDuration: 60_000, classify: '[function judge]', samplingDuration: 30_000,
    }); // prettier-ignore
  });

  it('of a breaker that is switched off reads disabled, and calls pass uncounted', async () => {
    const bench = makeBreaker({ failureThreshold: 1 });
    await trip(bench);
    bench.registry.enabled = false;
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'disabled', retryAfter: null, color: 'yellow' });
    expect(await succeed(bench.breaker)).toMatchObject({ ok: true });
    expect(counted(bench.breaker)).toMatchObject({ calls: 1, inFlight: 0 });
    bench.registry.enabled = true;
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 30_000 });
  });
});

describe('a saved state', () => {
  const revive = async (bench: Bench, ms: number, options: BreakerOptions = {}) => {
    const text = JSON.stringify(bench.registry);
    const clock = new ManualClock(bench.clock.wall() + ms);
    await clock.advance(5_000); // another process, whose monotonic clock knows nothing of the first
    clock.stepWall(-5_000);
    const registry = createRegistry({ breakers: { payments: options } }, { clock });
    registry.restore(text);
    return { breaker: registry.circuitBreaker('payments'), clock, registry };
  };

  it('goes on where it was, and the time that has passed counts', async () => {
    const bench = makeBreaker({ failureThreshold: 3, breakDuration: (attempt) => attempt * 10_000 });
    await tripAndWait(bench);
    await fail(bench.breaker); // the second break: 20 s
    await bench.clock.advance(5_000);
    const { breaker, clock } = await revive(bench, 10_000);
    expect(breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 5_000, totals: { calls: 4, failures: 4 } });
    await clock.advance(5_000);
    expect(await succeed(breaker)).toMatchObject({ ok: true });
    expect(breaker.state).toBe('half_open');
  });

  it('keeps the count of breaks, the window, the streak and what a person has set', async () => {
    const bench = makeBreaker({ failureThreshold: 3 });
    await times(3, () => succeed(bench.breaker));
    await times(2, () => fail(bench.breaker));
    const { breaker } = await revive(bench, 1_000, { failureThreshold: 3 });
    expect(breaker.snapshot().window).toMatchObject({ calls: 5, successes: 3, failures: 2, consecutiveFailures: 2 });
    expect(breaker.snapshot().latency).toEqual({ success: { mean: 0, max: 0 }, failure: { mean: 0, max: 0 } });
    await fail(breaker);
    expect(breaker.state).toBe('open');

    bench.breaker.isolate({ for: '1m', reason: 'a deployment' });
    expect((await revive(bench, 20_000)).breaker.snapshot()).toMatchObject({
      state: 'isolated', retryAfter: 40_000, reason: 'a deployment',
    }); // prettier-ignore
    expect((await revive(bench, 90_000)).breaker.snapshot()).toMatchObject({ state: 'isolated', retryAfter: 0 });
    bench.breaker.isolate();
    expect((await revive(bench, 1e9)).breaker.snapshot()).toMatchObject({ state: 'isolated', retryAfter: null });
    bench.breaker.metricsOnly();
    expect((await revive(bench, 1)).breaker.state).toBe('metrics_only');
    bench.breaker.disable({ for: 1_000 });
    const { breaker: disabled } = await revive(bench, 1_000);
    await succeed(disabled);
    expect(disabled.state).toBe('closed');
  });

  it('that was half-open is a break that is over; calls under way are no part of it', async () => {
    const bench = makeBreaker({ failureThreshold: 1 });
    await tripAndWait(bench);
    const probe = hang(bench.breaker);
    const { breaker } = await revive(bench, 0);
    expect(breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 0, inFlight: 0, totals: { calls: 1 } });
    await fail(breaker);
    expect(breaker.snapshot()).toMatchObject({ state: 'open', reason: 'probe_failed' });
    await probe.succeed();
  });

  it('is put in place without an event, and makes what is under way stale', async () => {
    const bench = makeBreaker({ failureThreshold: 2 });
    await fail(bench.breaker);
    const text = JSON.stringify(bench.registry);
    const call = hang(bench.breaker);
    bench.heard();
    bench.registry.restore(JSON.parse(text));
    expect(bench.heard()).toEqual([]);
    await call.fail();
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'closed', totals: { calls: 1, failures: 1, stale: 0 } });
  });

  it.each([
    ['another version', (saved: Record<string, unknown>) => ({ ...saved, version: 2 }), 'version'],
    ['no list', (saved: Record<string, unknown>) => ({ ...saved, breakers: {} }), 'breakers'],
    ['no date', (saved: Record<string, unknown>) => ({ ...saved, savedAt: 'yesterday' }), 'savedAt'],
    ['a list', () => [], 'version'],
    ['null', () => null, 'object'],
  ])('that is %s is refused, and nothing has changed', async (_what, change, complaint) => {
    const bench = makeBreaker();
    await fail(bench.breaker);
    const before = JSON.stringify(bench.registry);
    const saved = change(JSON.parse(before) as Record<string, unknown>);
    expect(() => bench.registry.restore(saved)).toThrow(complaint);
    expect(JSON.stringify(bench.registry)).toBe(before);
  });

  it.each([
    ['state', 'ajar'],
    ['remaining', -1],
    ['remaining', 'long'],
    ['attempt', 1.5],
    ['attempt', -1],
    ['consecutiveFailures', 2 ** 60],
    ['window', null],
    ['window', { successes: 1e300, failures: 0, slow: 0 }],
    ['window', { successes: -1, failures: 0, slow: 0 }],
    ['totals', { successes: 1 }],
    ['name', 7],
  ])('with a bad %s (%j) is refused by its path', (field, value) => {
    const bench = makeBreaker();
    const saved = JSON.parse(JSON.stringify(bench.registry)) as { breakers: Record<string, unknown>[] };
    saved.breakers = saved.breakers.map((each) => ({ ...each, [field]: value }));
    expect(() => bench.registry.restore(saved)).toThrow(`breakers[0].${field}`);
  });

  it('with more calls than a window holds fills it in their proportions', () => {
    const bench = makeBreaker({ samplingSize: 10, failureRatio: 1, minimumThroughput: 10 });
    const saved = JSON.parse(JSON.stringify(bench.registry)) as { breakers: Record<string, unknown>[] };
    const window = { successes: 3e15, failures: 1e15, slow: 0 };
    saved.breakers = saved.breakers.map((each) => ({ ...each, window }));
    bench.registry.restore(saved);
    const { calls, failures } = bench.breaker.snapshot().window;
    expect(calls).toBe(10);
    expect([2, 3]).toContain(failures);
  });
});

describe('an update', () => {
  it('keeps state, streak and listeners, and holds from the next call on', async () => {
    const bench = makeBreaker({ failureThreshold: 5 });
    await times(3, () => fail(bench.breaker));
    bench.registry.update('payments', { failureThreshold: 4 });
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'closed', window: { calls: 3, consecutiveFailures: 3 } });
    await fail(bench.breaker);
    expect(bench.heard()).toEqual(['failed', 'failed', 'failed', 'updated', 'failed', 'opened']);
  });

  it('to a smaller window of calls keeps the last ones, to a window of time what there is', async () => {
    const bench = makeBreaker({ failureThreshold: 99, samplingSize: 10 });
    await times(5, () => fail(bench.breaker));
    await times(3, () => succeed(bench.breaker));
    bench.registry.update('payments', { samplingSize: 4 });
    expect(bench.breaker.snapshot().window).toMatchObject({ calls: 4, failures: 1, successes: 3 });
    bench.registry.update('payments', { samplingDuration: '10s' });
    expect(bench.breaker.snapshot().window).toMatchObject({ calls: 4, failures: 1 });
    await bench.clock.advance(10_000);
    expect(bench.breaker.snapshot().window.calls).toBe(0);
  });

  it('to a window of another length keeps the calls that are young enough for it', async () => {
    const bench = makeBreaker({ failureThreshold: 99, samplingDuration: 10_000 });
    await times(2, () => fail(bench.breaker));
    await bench.clock.advance(5_000);
    await times(3, () => succeed(bench.breaker));
    bench.registry.update('payments', { samplingDuration: 2_000 });
    expect(bench.breaker.snapshot().window).toMatchObject({ calls: 3, failures: 0 });
    bench.registry.update('payments', { samplingDuration: 60_000 });
    expect(bench.breaker.snapshot().window).toMatchObject({ calls: 3 });
  });
});
