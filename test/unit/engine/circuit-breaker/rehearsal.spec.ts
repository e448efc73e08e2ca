import { describe, expect, it } from '@jest/globals';
import type { BreakerReport } from 'nest-circuit-breaker/engine';

import { hang, makeBreaker } from '../../../fixtures/breaker.js';
import type { BreakerOptions } from '../../../fixtures/breaker.js';

/** A breaker that only counts; breaks would last 1 s. */
function fixture(options: BreakerOptions = {}) {
  const bench = makeBreaker({ failureThreshold: 2, breakDuration: 1_000, initialState: 'metrics_only', ...options });
  const { breaker, clock } = bench;
  const call = async (ok: boolean, duration = 0): Promise<void> => {
    const hanging = hang(breaker);
    await clock.advance(duration);
    await (ok ? hanging.succeed() : hanging.fail());
  };
  const would = (): BreakerReport['wouldHave'] => (breaker.report() as BreakerReport).wouldHave;
  const window = () => breaker.snapshot().window;
  const trip = async (): Promise<void> => {
    await call(false);
    await call(false);
  };
  return { ...bench, call, would, window, trip };
}

describe('a breaker that only counts', () => {
  it('would let a call pass at exactly the end of a break, and takes it for a probe', async () => {
    const { call, would, trip, clock, heard } = fixture({ successThreshold: 1 });
    await trip();
    await clock.advance(999);
    await call(true);
    expect([would(), heard('refused')]).toMatchObject([{ refused: 1, refusedSuccesses: 1 }, ['refused']]);
    await clock.advance(1);
    await call(true);
    expect([would(), heard('refused')]).toMatchObject([{ refused: 1, refusedSuccesses: 1 }, []]);
    await trip();
    expect(would().opened).toBe(2);
  });

  it('says in which moment of a break a call would have been refused, and for how long', async () => {
    const { call, trip, clock, events } = fixture();
    await trip();
    await clock.advance(250);
    await call(true);
    expect(events.filter(({ type }) => type === 'refused')).toMatchObject([{ state: 'metrics_only', retryAfter: 750 }]);
  });

  it('takes no call for a probe that began before the break was over, whenever it ends', async () => {
    const { breaker, call, would, window, trip, clock } = fixture({ successThreshold: 1 });
    const early = hang(breaker);
    await clock.advance(1);
    await trip();
    await clock.advance(500);
    const refused = hang(breaker);
    await clock.advance(600);
    await early.succeed();
    await refused.succeed();
    expect(window().calls).toBe(4); // it would still be open
    expect(would()).toMatchObject({ opened: 1, refused: 1, refusedSuccesses: 1, savedTime: 600 });
    await call(true);
    expect(window().calls).toBe(0);
  });

  it('would begin the next break at a probe that fails, and keep what it has counted', async () => {
    const { call, would, window, trip, clock } = fixture({ breakDuration: (attempt) => attempt * 1_000 });
    await trip();
    await clock.advance(1_000);
    await call(false);
    expect([window().calls, would().opened]).toEqual([3, 1]);
    await clock.advance(1_999);
    await call(true);
    expect(would().refused).toBe(1);
    await clock.advance(1);
    await call(true);
    expect(would().refused).toBe(1);
  });

  it('would close after as many good probes as are asked for, with a fresh window', async () => {
    const { call, would, window, trip, clock } = fixture({ successThreshold: 3 });
    await trip();
    await clock.advance(1_000);
    await call(true);
    await call(true);
    expect(window().calls).toBe(4);
    await call(true);
    expect(window()).toMatchObject({ calls: 0, consecutiveFailures: 0 });
    await call(false);
    expect(would().opened).toBe(1);
    await call(false);
    expect(would().opened).toBe(2);
  });

  it('asks for as many good probes again after one that failed', async () => {
    const { call, window, trip, clock } = fixture({ successThreshold: 2 });
    await trip();
    await clock.advance(1_000);
    await call(true);
    await call(false);
    await clock.advance(1_000);
    await call(true);
    expect(window().calls).toBe(5);
    await call(true);
    expect(window().calls).toBe(0);
  });

  it('begins breaks anew once it would have closed', async () => {
    const { call, would, trip, clock } = fixture({ successThreshold: 1, breakDuration: (attempt) => attempt * 1_000 });
    await trip();
    await clock.advance(1_000);
    await call(false); // the second break
    await clock.advance(2_000);
    await call(true); // would close
    await trip();
    await clock.advance(999);
    await call(true);
    await clock.advance(1);
    await call(true);
    expect(would()).toMatchObject({ opened: 2, refused: 1 });
  });

  it('learns what is usual only from windows in which it would have been closed', async () => {
    const rules = { failureRatio: 0.6, minimumThroughput: 10, samplingSize: 10, breakDuration: 1_000_000 };
    const bench = makeBreaker({ ...rules, initialState: 'metrics_only' });
    const call = (ok: boolean) => (ok ? hang(bench.breaker).succeed() : hang(bench.breaker).fail());
    for (let i = 0; i < 150; i++) await call(i % 10 !== 0);
    const usual = bench.breaker.report()?.suggestions.failureRatio;
    expect(usual).toBeCloseTo(0.2, 1);
    for (let i = 0; i < 500; i++) await call(false); // it would be open
    expect(bench.breaker.report()?.suggestions.failureRatio).toBeLessThanOrEqual(0.6);
  });
});
