import { describe, expect, it } from '@jest/globals';
import { CircuitBreakerPolicy, Scope } from 'nest-circuit-breaker/engine';
import type {
  AdaptiveFunction,
  AdaptiveReading,
  CircuitBreakerOptions,
  PolicyEventOf,
} from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { fail, hang, succeed, times } from '../../../fixtures/breaker.js';
import { optionsOf } from '../../../fixtures/complete-options.js';

const TENTH = 3_000;

function fixture(options: Partial<CircuitBreakerOptions> = {}) {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const scope = new Scope({ clock, onFault: (fault, where) => faults.push([String(fault), where]) });
  const breaker = new CircuitBreakerPolicy(
    'db',
    optionsOf({ adaptive: true, failureThreshold: 10, failureRatio: 0.5, ...options }),
    scope,
  );
  const adapted: PolicyEventOf<'adapted'>[] = [];
  scope.events.on('adapted', (event) => void adapted.push(event));
  /** So many calls, failures evenly among them, and on to the next tenth of the window. */
  const period = async (calls: number, failures: number, duration = 0): Promise<void> => {
    for (let i = 0; i < calls; i++) {
      const call = hang(breaker);
      if (duration > 0) await clock.advance(duration);
      const isFailure = Math.floor(((i + 1) * failures) / calls) > Math.floor((i * failures) / calls);
      await (isFailure ? call.fail() : call.succeed());
    }
    await clock.advance(TENTH - ((clock.now() + TENTH) % TENTH));
  };
  const held = () => breaker.snapshot().options;
  return { clock, scope, faults, breaker, adapted, period, held };
}

describe('an adaptive breaker', () => {
  it('tightens step by step while errors climb, down to half of what is configured', async () => {
    const { period, held, adapted, breaker } = fixture();
    await period(20, 6);
    await period(20, 7);
    expect(held()).toMatchObject({ failureRatio: 0.4, failureThreshold: 8 });
    expect(adapted).toMatchObject([
      {
        policy: 'circuit_breaker',
        name: 'db',
        changes: { failureRatio: 0.4, failureThreshold: 8 },
        reason: 'errors_climb',
      },
    ]);
    await period(20, 7);
    await period(20, 8);
    expect(held()).toMatchObject({ failureRatio: 0.32, failureThreshold: 6 });
    expect(breaker.snapshot()).toMatchObject({ state: 'open', reason: 'failure_ratio' }); // 28 of 80, under 0.5
  });

  it('never tightens below half, and opens at one failure only where that is configured', async () => {
    const { period, held } = fixture({ minimumThroughput: 10_000, failureThreshold: 3 });
    for (const failures of [10, 11, 12, 13, 14, 15, 16]) await period(40, failures);
    expect(held()).toMatchObject({ failureRatio: 0.25, failureThreshold: 2 });
    const strict = fixture({ minimumThroughput: 10_000, failureThreshold: 1, classify: () => 'success' });
    await strict.period(20, 6);
    expect(strict.held()).toMatchObject({ failureThreshold: 1 });
  });

  it('holds still while errors neither climb nor cease', async () => {
    const { period, adapted } = fixture();
    await period(20, 5);
    for (let i = 0; i < 12; i++) await period(20, 4);
    expect(adapted).toEqual([]);
  });

  it('relaxes when calm, up to what is configured and no further', async () => {
    const { period, held, adapted } = fixture();
    await period(20, 6);
    await period(20, 7);
    for (let i = 0; i < 20; i++) await period(20, 0);
    expect(held()).toMatchObject({ failureRatio: 0.5, failureThreshold: 10 });
    expect(adapted.map(({ reason }) => reason)).toEqual(['errors_climb', 'errors_climb', 'calm', 'calm']);
    expect(adapted[2]?.changes).toEqual({ failureRatio: 0.4, failureThreshold: 8 });
    expect(adapted[3]?.changes).toEqual({ failureRatio: 0.5, failureThreshold: 10 });
  });

  it('breaks longer for a slow service, up to three times', async () => {
    for (const [mean, expected] of [
      [900, 30_000],
      [1_300, 45_000],
      [2_000, 60_000],
      [9_000, 90_000],
    ] as const) {
      // prettier-ignore
      const { period, held, adapted } = fixture({ samplingDuration: 1_000_000 });
      await period(12, 0, mean);
      for (let i = 0; i < 40; i++) await period(1, 0, mean);
      expect(held()).toMatchObject({ breakDuration: expected, failureRatio: 0.5 });
      expect(adapted.map(({ reason }) => reason)).toEqual(expected === 30_000 ? [] : ['slow_calls']);
    }
  });

  it('measures slowness by slowCallDuration, and stretches breaks that are computed, too', async () => {
    const breakDuration = (attempt: number): number => attempt * 1_000;
    const { breaker, period, adapted } = fixture({ slowCallDuration: 100, breakDuration, samplingDuration: 100_000 });
    await period(12, 0, 200);
    for (let i = 0; i < 5; i++) await period(12, 0, 200);
    expect(adapted.length).toBe(1);
    await times(10, () => fail(breaker));
    expect(breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 2_000 });
  });

  it('looks once a tenth of the window, not at each call', async () => {
    const looks: AdaptiveReading[] = [];
    const adaptive: AdaptiveFunction = (reading) => void looks.push(reading);
    const { period, breaker, clock } = fixture({ adaptive });
    await period(50, 5);
    expect(looks).toEqual([]);
    await period(50, 10);
    expect(looks).toMatchObject([{ calls: 51, failures: 5, failureRatio: 5 / 51, previousFailureRatio: 0, slow: 0 }]);
    await period(50, 0);
    expect(looks[1]).toMatchObject({ calls: 101, failures: 15, previousFailureRatio: 5 / 51 });
    expect(Object.isFrozen(looks[1])).toBe(true);
    await clock.advance(1e6);
    await succeed(breaker);
    expect(looks[2]).toMatchObject({ calls: 1, failures: 0 });
    expect([looks.length, clock.pending]).toEqual([3, 0]);
  });

  it('looks once a tenth of a window of calls', async () => {
    let looks = 0;
    const adaptive: AdaptiveFunction = () => void looks++;
    const { breaker } = fixture({ adaptive, samplingSize: 50, samplingDuration: null });
    await times(51, () => succeed(breaker));
    expect(looks).toBe(10);
  });

  it('keeps state, window and calls under way', async () => {
    const { breaker, period, held } = fixture();
    await period(20, 6);
    const call = hang(breaker);
    const { window, totals } = breaker.snapshot();
    await succeed(breaker);
    expect(held()).toMatchObject({ failureRatio: 0.4 });
    expect(breaker.snapshot()).toMatchObject({
      state: 'closed',
      window: { calls: window.calls + 1, failures: window.failures },
      totals: { calls: totals.calls + 1, failures: totals.failures },
      inFlight: 1,
    });
    await call.succeed();
    expect(breaker.snapshot().totals.stale).toBe(0);
  });

  it('follows a rule of one’s own, over the configured options', async () => {
    const { period, held, adapted, breaker } = fixture({
      adaptive: ({ failureRatio, options }: AdaptiveReading) =>
        failureRatio > 0.2 ? { failureRatio: (options.failureRatio ?? 1) / 2, successThreshold: 5 } : null,
    });
    await period(20, 2);
    await period(20, 2);
    expect(adapted).toEqual([]);
    await period(20, 9);
    await succeed(breaker);
    expect(held()).toMatchObject({ failureRatio: 0.25, successThreshold: 5, failureThreshold: 10 });
    expect(adapted).toMatchObject([{ changes: { failureRatio: 0.25, successThreshold: 5 }, reason: 'rule' }]);
    for (let i = 0; i < 12; i++) await period(20, 0);
    expect(held()).toMatchObject({ failureRatio: 0.5, successThreshold: 2 });
  });

  it('follows a rule that is an object, and tells its reason', async () => {
    const adaptive = { reason: 'tuesday', limit: 0.1, adapt() { return { failureRatio: this.limit }; } }; // prettier-ignore
    const { period, held, adapted } = fixture({ adaptive });
    await period(2, 0);
    await period(2, 0);
    expect([held()['failureRatio'], adapted[0]?.reason]).toEqual([0.1, 'tuesday']);
  });

  it.each([
    [{ failureRatio: 50 }, "RangeError: adaptive: failureRatio can't be 50"],
    [{ failureThreshold: 0 }, "RangeError: adaptive: failureThreshold can't be 0"],
    [{ breakDuration: Number.NaN }, "RangeError: adaptive: breakDuration can't be NaN"],
    [{ samplingDuration: 1 }, 'TypeError: adaptive: "samplingDuration" is no option that can adapt'],
    [JSON.parse('{ "__proto__": 1 }'), 'TypeError: adaptive: "__proto__" is no option that can adapt'],
    [{ minimumThroughput: 11 }, "RangeError: adaptive: minimumThroughput can't be over samplingSize, which is 10"],
  ] as [object, string][])('reports an answer that makes no sense, %p, and changes nothing', async (changes, fault) => {
    const window = { samplingSize: 10, samplingDuration: null, minimumThroughput: 5 };
    const { breaker, faults, held, adapted } = fixture({ adaptive: () => changes, ...window });
    await times(2, () => succeed(breaker));
    expect(faults).toEqual([[fault, 'the adaptive rule of circuit breaker "db"']]);
    expect([adapted, held()['failureRatio']]).toEqual([[], 0.5]);
  });

  it('survives a rule that throws', async () => {
    const { breaker, faults, period } = fixture({
      adaptive: () => {
        throw new Error('oops');
      },
    });
    await period(2, 0);
    expect(await succeed(breaker)).toMatchObject({ ok: true });
    expect(faults).toEqual([['Error: oops', 'the adaptive rule of circuit breaker "db"']]);
  });

  it('reports what is no rule, and works without', async () => {
    const { faults, period, held } = fixture({ adaptive: {} });
    await period(20, 6);
    await period(20, 7);
    expect(faults).toEqual([
      ['TypeError: adaptive: expected true, a function, or an object with a method "adapt"', 'circuit breaker "db"'],
    ]);
    expect(held()).toMatchObject({ failureRatio: 0.5 });
  });

  it('lets an update hold at once, and adapts that', async () => {
    const { breaker, period, held } = fixture({ minimumThroughput: 10_000, failureThreshold: null });
    await period(20, 6);
    await period(20, 7);
    expect(held()).toMatchObject({ failureRatio: 0.4 });
    breaker.update({ ...breaker.options, failureRatio: 0.8, successThreshold: 7 });
    expect(held()).toMatchObject({ failureRatio: 0.8, successThreshold: 7 });
    await period(20, 6);
    expect(held()['failureRatio']).toBeCloseTo(0.64); // still one step tight
    breaker.update({ ...breaker.options, successThreshold: 8 });
    expect(held()['failureRatio']).toBeCloseTo(0.64);
    expect(breaker.options).toMatchObject({ failureRatio: 0.8, successThreshold: 8 });
    breaker.update({ ...breaker.options, adaptive: null });
    expect(held()).toMatchObject({ failureRatio: 0.8, successThreshold: 8 });
  });

  it('says nothing on fewer than ten calls', async () => {
    const { period, adapted } = fixture({ failureThreshold: null });
    await period(4, 2);
    await period(4, 3);
    expect(adapted).toEqual([]);
  });
});
