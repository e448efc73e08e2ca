import { describe, expect, it } from '@jest/globals';
import { CircuitBreakerPolicy, Scope } from 'nest-circuit-breaker/engine';
import type { BreakerReport, CircuitBreakerOptions } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { hang, ignore } from '../../../fixtures/breaker.js';
import { optionsOf } from '../../../fixtures/complete-options.js';

function fixture(options: Partial<CircuitBreakerOptions> = {}) {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const breaker = new CircuitBreakerPolicy('db', optionsOf({ initialState: 'metrics_only', ...options }), scope);
  const call = async (duration: number, ok = true): Promise<void> => {
    const hanging = hang(breaker);
    await clock.advance(duration);
    await (ok ? hanging.succeed() : hanging.fail());
  };
  const report = (): BreakerReport => {
    const made = breaker.report();
    if (made === null) throw new Error('there is no report');
    return made;
  };
  return { clock, breaker, call, report };
}

const near = (value: number) => ({
  asymmetricMatch: (other: unknown) => typeof other === 'number' && other >= value && other <= value * 1.1,
  toString: () => `at most a tenth over ${value}`,
});

describe('the report of a breaker in metrics_only', () => {
  it('is there in that state alone', () => {
    const { breaker } = fixture({ initialState: 'closed' });
    expect(breaker.report()).toBeNull();
    breaker.metricsOnly();
    expect(breaker.report()).toMatchObject({ name: 'db', calls: 0, failures: 0, failureRatio: 0, suggestions: {} });
    breaker.close();
    expect(breaker.report()).toBeNull();
  });

  it('tells what would have been refused, what that would have saved, and what it would have cost', async () => {
    const { call, report, clock, breaker } = fixture({ failureThreshold: 2, breakDuration: 1_000 });
    const start = clock.wall();
    await call(10, false);
    await call(10, false); // would open
    await call(100, false);
    await call(100);
    await call(100, false);
    expect(report()).toMatchObject({
      since: new Date(start),
      calls: 5,
      failures: 4,
      failureRatio: 0.8,
      wouldHave: { opened: 1, refused: 3, refusedSuccesses: 1, savedTime: 300 },
    });
    await clock.advance(1_000);
    await call(10, false); // a probe that fails: the next break
    await call(50);
    expect(report().wouldHave).toMatchObject({ opened: 1, refused: 4, refusedSuccesses: 2, savedTime: 350 });
    await clock.advance(1_000);
    await call(10);
    await call(10); // would close
    await call(10, false);
    await call(10, false);
    expect(report().wouldHave).toMatchObject({ opened: 2, refused: 4 });
    expect(breaker.state).toBe('metrics_only');
  });

  it('doesn’t count calls that had begun before it would have opened', async () => {
    const { breaker, call, report } = fixture({ failureThreshold: 1, breakDuration: 1_000 });
    const early = hang(breaker);
    await call(10, false);
    await early.fail();
    expect(report().wouldHave).toMatchObject({ opened: 1, refused: 0, savedTime: 0 });
  });

  it('leaves ignored calls out', async () => {
    const { breaker, report } = fixture();
    await ignore(breaker);
    expect(report()).toMatchObject({ calls: 0, durations: { success: null, failure: null } });
  });

  it('knows durations to within a tenth', async () => {
    const { call, report } = fixture({ failureRatio: 1 });
    for (let ms = 1; ms <= 1_000; ms++) await call(ms % 100 === 0 ? 5_000 : (ms % 100) * 10, true);
    await call(0, false);
    expect(report().durations).toEqual({
      success: { p50: near(500), p95: near(950), p99: near(990), max: 5_000 },
      failure: { p50: 0, p95: 0, p99: 0, max: 0 },
    });
  });

  it('suggests what suits the calls that it has seen', async () => {
    const { call, report } = fixture({ samplingDuration: 10_000, failureRatio: 0.9 });
    for (let i = 0; i < 1_200; i++) await call(i % 50 === 1 ? 300 : 100, i % 10 !== 0);
    expect(report().suggestions).toEqual({
      failureRatio: expect.closeTo(0.2, 1),
      minimumThroughput: expect.closeTo(49, -1),
      slowCallDuration: 220,
      timeout: 600,
    });
    expect(report().wouldHave.opened).toBe(0);
  });

  it('suggests a break as long as trouble lasts', async () => {
    const { call, report, clock } = fixture({ failureThreshold: 3, breakDuration: 1_000 });
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 23; i++) await call(500, false); // would open at the third
      await clock.advance(2_000);
      for (let i = 0; i < 5; i++) await call(10);
    }
    expect(report()).toMatchObject({ wouldHave: { opened: 3 }, suggestions: { breakDuration: 10_000 } });
  });

  it('suggests nothing from little', async () => {
    const { call, report } = fixture({ samplingDuration: 1_000 });
    for (let i = 0; i < 99; i++) await call(90);
    expect(report().suggestions).toEqual({});
    await call(10);
    expect(Object.keys(report().suggestions)).toContain('timeout');
  });

  it('is frozen, and reading it changes nothing', async () => {
    const { call, report, clock } = fixture();
    await call(10);
    const first = report();
    expect([first, first.wouldHave, first.durations, first.suggestions].every(Object.isFrozen)).toBe(true);
    await clock.advance(60_000);
    expect(report()).toEqual(first);
  });

  /** Calls one after another in a window of ten: `+` is one that goes well. */
  const inWindowsOfTen = async (pattern: string) => {
    const rules = { samplingSize: 10, samplingDuration: null, minimumThroughput: 10, failureRatio: 1 };
    const { call, report } = fixture(rules);
    for (const each of pattern) await call(0, each === '+');
    return report().suggestions;
  };

  it('suggests something from ten windows, and nothing from nine', async () => {
    const calls = '++++++++-+'.repeat(10);
    expect(await inWindowsOfTen(calls)).toEqual({});
    expect(await inWindowsOfTen(`${calls}+`)).toEqual({ failureRatio: 0.2, minimumThroughput: 5 });
  });

  it('counts all calls of a window of calls, however many of them fail', async () => {
    expect(await inWindowsOfTen('+-'.repeat(60))).toMatchObject({ minimumThroughput: 5, failureRatio: 0.9 });
  });

  it('leaves one window in twenty out of what it takes for usual, and no more', async () => {
    const usual = `+${'++++-+++++'.repeat(19)}`;
    expect(await inWindowsOfTen(`${usual}+-+-+-+-+-`)).toMatchObject({ failureRatio: 0.2 });
    expect(await inWindowsOfTen(`${usual}+-+-+-+-+-+-+-+-+-+-`)).toMatchObject({ failureRatio: 0.9 });
  });
});
