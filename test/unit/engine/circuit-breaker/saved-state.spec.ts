import { describe, expect, it } from '@jest/globals';
import type { SavedBreaker } from 'nest-circuit-breaker/engine';

import {
  counted,
  fail,
  hang,
  ignore,
  makeBreaker,
  succeed,
  times,
  trip,
  tripAndWait,
} from '../../../fixtures/breaker.js';
import type { BreakerOptions } from '../../../fixtures/breaker.js';

const RULES = { failureThreshold: 3, breakDuration: '10s', successThreshold: 2 } as const;

/** As it is after a restart: text, read by another process. */
const written = (breaker: { toJSON(): SavedBreaker }): SavedBreaker =>
  JSON.parse(JSON.stringify(breaker)) as SavedBreaker;

const restored = (saved: SavedBreaker, elapsed = 0, options: BreakerOptions = RULES) => {
  const bench = makeBreaker(options);
  bench.breaker.restore(saved, elapsed);
  return bench;
};

describe('a breaker that is saved', () => {
  it('says all that a restart has to know', async () => {
    const bench = makeBreaker(RULES);
    expect(written(bench.breaker)).toEqual({
      name: 'payments',
      state: 'closed',
      reason: null,
      remaining: null,
      attempt: 0,
      consecutiveFailures: 0,
      window: { successes: 0, failures: 0, slow: 0 },
      totals: {
        successes: 0, failures: 0, timeouts: 0, ignored: 0, refused: 0, slow: 0, stale: 0, transitions: 0,
      },
    }); // prettier-ignore
    await succeed(bench.breaker);
    await times(3, () => fail(bench.breaker));
    await succeed(bench.breaker);
    await bench.clock.advance(4_000);
    expect(written(bench.breaker)).toMatchObject({
      state: 'open',
      reason: 'failure_threshold',
      remaining: 6_000,
      attempt: 1,
      consecutiveFailures: 3,
      window: { successes: 1, failures: 3, slow: 0 },
      totals: { successes: 1, failures: 3, refused: 1, transitions: 1 },
    });
    await bench.clock.advance(20_000);
    expect(written(bench.breaker).remaining).toBe(0);
  });

  it.each(['isolate', 'disable', 'metricsOnly'] as const)(
    'says after %s how long that is to last, and of no end that there is none',
    async (move) => {
      const bench = makeBreaker(RULES);
      bench.breaker[move]({ for: '5m', reason: 'a drill' });
      await bench.clock.advance(60_000);
      expect(written(bench.breaker)).toMatchObject({ reason: 'a drill', remaining: 240_000, attempt: 0 });
      bench.breaker[move]();
      expect(written(bench.breaker)).toMatchObject({ reason: null, remaining: null });
    },
  );

  it('says in half-open which break it was', async () => {
    const bench = makeBreaker({ ...RULES, failureThreshold: 1 });
    await tripAndWait(bench);
    await fail(bench.breaker);
    await bench.clock.advance(10_000);
    await succeed(bench.breaker);
    expect(written(bench.breaker)).toMatchObject({ state: 'half_open', attempt: 2, remaining: null });
  });
});

describe('a breaker that is restored', () => {
  it('closed: goes on counting where it stopped', async () => {
    const { breaker } = makeBreaker(RULES);
    await succeed(breaker);
    await times(2, () => fail(breaker));
    const bench = restored(written(breaker));
    expect(bench.breaker.snapshot()).toMatchObject({
      state: 'closed',
      reason: null,
      window: { calls: 3, failures: 2, consecutiveFailures: 2 },
    });
    await fail(bench.breaker);
    expect(bench.breaker.state).toBe('open');
  });

  it('goes on with a streak whose calls were in no window any more', async () => {
    const saved = { ...written(makeBreaker(RULES).breaker), consecutiveFailures: 2 };
    const { breaker } = restored(saved);
    await fail(breaker);
    expect(breaker.state).toBe('open');
  });

  it('closed, with an empty window: nothing is there that could be read', () => {
    const bench = restored(written(makeBreaker(RULES).breaker));
    expect(bench.breaker.snapshot()).toEqual(makeBreaker(RULES).breaker.snapshot());
  });

  it('open: for the rest of its break, which went on meanwhile', async () => {
    const original = makeBreaker(RULES);
    await trip(original);
    await original.clock.advance(2_000);
    const bench = restored(written(original.breaker), 3_000);
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'open', reason: 'failure_threshold', retryAfter: 5_000 });
    await bench.clock.advance(4_999);
    expect(await succeed(bench.breaker)).toMatchObject({ ok: false, error: { retryAfter: 1 } });
    await bench.clock.advance(1);
    expect(await succeed(bench.breaker)).toMatchObject({ ok: true });
    const late = restored(written(original.breaker), 3_600_000);
    expect(late.breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 0 });
  });

  it('open, without an end: as a break that is over', () => {
    const saved = { ...written(makeBreaker(RULES).breaker), state: 'open', remaining: null } as const;
    expect(restored(saved).breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 0 });
  });

  it('half-open: as a break that is over, whatever it says of an end; the next break is the one after', async () => {
    const breakDuration = (attempt: number): number => attempt * 1_000;
    const original = makeBreaker({ ...RULES, breakDuration, failureThreshold: 1 });
    await tripAndWait(original);
    await fail(original.breaker);
    await original.clock.advance(2_000);
    const probe = hang(original.breaker);
    expect(probe.hasRun).toBe(true);
    const saved = { ...written(original.breaker), remaining: 500 };
    const bench = restored(saved, 0, { ...RULES, breakDuration });
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 0, inFlight: 0 });
    const again = hang(bench.breaker);
    expect([again.hasRun, bench.breaker.snapshot().state]).toEqual([true, 'half_open']);
    // all places are taken, and a probe has as long as the break that it follows
    for (let i = 1; i < 3; i++) hang(bench.breaker);
    expect(bench.breaker.snapshot().retryAfter).toBe(2_000);
    await again.fail();
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 3_000 });
  });

  it('isolated or disabled: as somebody wanted it, for the rest of the time', async () => {
    for (const move of ['isolate', 'disable', 'metricsOnly'] as const) {
      const { breaker } = makeBreaker(RULES);
      breaker[move]({ for: '1m', reason: 'a drill' });
      const bench = restored(written(breaker), 20_000);
      const { state, reason, expiresAt } = bench.breaker.snapshot();
      expect([state, reason, expiresAt]).toEqual([breaker.state, 'a drill', new Date(bench.clock.wall() + 40_000)]);
      breaker[move]();
      expect(restored(written(breaker)).breaker.snapshot()).toMatchObject({ state, reason: null, expiresAt: null });
    }
  });

  it('closed: without an end, whatever was saved', () => {
    const saved = { ...written(makeBreaker(RULES).breaker), remaining: 500 };
    const { breaker } = restored(saved);
    expect([breaker.snapshot().expiresAt, written(breaker).remaining]).toEqual([null, null]);
  });

  it('metrics_only: goes on to say what it would have done', async () => {
    const { breaker } = makeBreaker(RULES);
    breaker.metricsOnly();
    const bench = restored(written(breaker));
    await times(3, () => fail(bench.breaker));
    await succeed(bench.breaker);
    expect(bench.breaker.report()).toMatchObject({ calls: 4, wouldHave: { opened: 1, refused: 1 } });
  });

  it('counts as calls all that have ended, and none that were under way', async () => {
    const { breaker } = makeBreaker(RULES);
    await succeed(breaker);
    await fail(breaker);
    await times(3, () => ignore(breaker));
    const calls = [0, 1, 2, 3].map(() => hang(breaker));
    breaker.isolate();
    await times(5, () => succeed(breaker));
    await calls[0]?.succeed();
    await calls[1]?.fail();
    const bench = restored(written(breaker));
    expect(counted(bench.breaker)).toEqual({
      state: 'isolated', calls: 7, successes: 1, failures: 1, ignored: 3, stale: 2, refused: 5, inFlight: 0,
    }); // prettier-ignore
  });

  it('tells nobody, and forgets the calls that were under way in it', async () => {
    const bench = makeBreaker(RULES);
    const call = hang(bench.breaker);
    const saved = { ...written(bench.breaker), state: 'open', remaining: 1_000, attempt: 1 } as const;
    bench.breaker.restore(saved);
    expect(bench.heard()).toEqual([]);
    await call.fail();
    expect(counted(bench.breaker)).toMatchObject({ state: 'open', calls: 0, failures: 0, inFlight: 0 });
  });
});
