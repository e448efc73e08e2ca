import { describe, expect, it } from '@jest/globals';
import { CircuitBreakerPolicy, MAX_DURATION, Scope } from 'nest-circuit-breaker/engine';
import type {
  AdaptiveChanges,
  AdaptiveReading,
  CircuitBreakerOptions,
  PolicyEventOf,
} from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { fail, hang, succeed, times } from '../../../fixtures/breaker.js';
import { optionsOf } from '../../../fixtures/complete-options.js';

/** A breaker with a rule that answers what it is told to, once for each call. */
function fixture(answer: (reading: AdaptiveReading) => unknown, options: Partial<CircuitBreakerOptions> = {}) {
  const clock = new ManualClock();
  const faults: string[] = [];
  const scope = new Scope({ clock, onFault: (fault) => faults.push(String(fault)) });
  const readings: AdaptiveReading[] = [];
  const adaptive = (reading: AdaptiveReading) => (readings.push(reading), answer(reading) as AdaptiveChanges);
  const window = { samplingSize: 10, samplingDuration: null, minimumThroughput: 5 };
  const breaker = new CircuitBreakerPolicy(
    'db',
    optionsOf({ failureThreshold: 50, failureRatio: 1, ...window, adaptive, ...options }),
    scope,
  );
  const adapted: PolicyEventOf<'adapted'>[] = [];
  scope.events.on('adapted', (event) => void adapted.push(event));
  return { clock, scope, faults, readings, breaker, adapted, held: () => breaker.snapshot().options };
}

describe('what an adaptive rule may answer', () => {
  const generator = (): number => 1_000;
  it.each([
    ['failureThreshold', [null, 1, 7], [0, -1, 1.5, '3', Infinity]],
    ['failureRatio', [null, 0.001, 1], [0, -0.1, 1.01, '0.5', Number.NaN]],
    ['slowCallRatio', [null, 0.5, 1], [0, 2, 'half']],
    ['slowCallDuration', [null, 0.5, MAX_DURATION], [0, -1, MAX_DURATION + 1, Infinity, '5']],
    ['breakDuration', [generator, 0.5, MAX_DURATION], [null, 0, -1, MAX_DURATION + 1, Infinity, '5']],
    ['minimumThroughput', [1, 10], [null, 0, 1.5, 11]],
    ['halfOpenMaxCalls', [1, 2], [null, 0]],
    ['successThreshold', [1, 3], [null, 0, '1']],
  ] as [keyof CircuitBreakerOptions, unknown[], unknown[]][])('of %s: %p, but not %p', async (key, good, bad) => {
    for (const value of good) {
      const { breaker, faults } = fixture(() => ({ [key]: value }));
      await times(2, () => succeed(breaker));
      expect(faults).toEqual([]);
      expect(breaker.machine.options[key]).toBe(value);
    }
    for (const value of bad) {
      const { breaker, faults } = fixture(() => ({ [key]: value }));
      const configured = breaker.machine.options[key];
      await times(2, () => succeed(breaker));
      const range = key === 'minimumThroughput' && value === 11 ? 'over samplingSize, which is 10' : value;
      expect(faults).toEqual([`RangeError: adaptive: ${key} can't be ${String(range)}`]);
      expect(breaker.machine.options[key]).toBe(configured);
    }
  });

  it('of several, where only one makes no sense: none of them', async () => {
    const { breaker, faults, held } = fixture(() => ({ failureRatio: 0.4, successThreshold: 0 }));
    await times(2, () => succeed(breaker));
    expect(faults).toEqual(["RangeError: adaptive: successThreshold can't be 0"]);
    expect(held()).toMatchObject({ failureRatio: 1, successThreshold: 2 });
  });

  it('without an object: the configured options alone', async () => {
    const answers: unknown[] = [{ failureRatio: 0.4 }, null, { failureRatio: 0.3 }, undefined];
    const { breaker, held, faults } = fixture(() => answers.shift());
    const ratios: unknown[] = [];
    await times(5, async () => (await succeed(breaker), ratios.push(held()['failureRatio'])));
    expect(ratios).toEqual([1, 0.4, 1, 0.3, 1]);
    expect(faults).toEqual([]);
  });

  it('with an option left undefined: the configured one', async () => {
    const { breaker, held, faults } = fixture(() => ({ failureRatio: undefined, successThreshold: 4 }));
    await times(2, () => succeed(breaker));
    expect([held()['failureRatio'], held()['successThreshold'], faults]).toEqual([1, 4, []]);
  });

  it('over a window of time, any number of calls at least', async () => {
    const time = { samplingSize: null, samplingDuration: 1_000 };
    const { breaker, clock, held, faults } = fixture(() => ({ minimumThroughput: 5_000 }), time);
    await succeed(breaker);
    await clock.advance(100);
    await succeed(breaker);
    expect([held()['minimumThroughput'], faults]).toEqual([5_000, []]);
  });
});

describe('what an adaptive rule reads', () => {
  it('is the window, with the mean duration of good and bad calls alike', async () => {
    const { breaker, clock, readings } = fixture(() => null, { slowCallDuration: 100, slowCallRatio: 1 });
    for (const [duration, ok] of [
      [50, true],
      [100, false],
      [150, true],
    ] as const) {
      // prettier-ignore
      const call = hang(breaker);
      await clock.advance(duration);
      await (ok ? call.succeed() : call.fail());
    }
    expect(readings.map(({ calls, failures, slow, meanDuration }) => [calls, failures, slow, meanDuration])).toEqual([
      [2, 1, 1, 75],
      [3, 1, 2, 100],
    ]);
  });

  it('has the configured options, and what it said last', async () => {
    const { breaker, readings } = fixture(({ calls }) => ({ failureRatio: calls / 10 }));
    await times(4, () => succeed(breaker));
    expect(readings.map(({ changes }) => changes)).toEqual([{}, { failureRatio: 0.2 }, { failureRatio: 0.3 }]);
    expect(readings.every(({ options }) => options === breaker.options)).toBe(true);
    expect(Object.isFrozen(readings[2]?.changes)).toBe(true);
  });
});

describe('an adaptive breaker', () => {
  it('tells nothing where a rule says what holds already', async () => {
    const { breaker, adapted } = fixture(() => ({ failureRatio: 0.4, successThreshold: 2 }));
    await times(5, () => succeed(breaker));
    expect(adapted.map(({ changes }) => changes)).toEqual([{ failureRatio: 0.4 }]);
  });

  it('tells no reason of a rule that has none but that it is a rule', async () => {
    const { breaker, adapted } = fixture(() => null, { adaptive: { adapt: () => ({ failureRatio: 0.4 }) } });
    await times(2, () => succeed(breaker));
    expect(adapted).toMatchObject([{ name: 'db', policy: 'circuit_breaker', reason: 'rule' }]);
  });

  it('keeps what the rule said through an update of other options, and looks on at the pace of its window', async () => {
    const { breaker, held, readings } = fixture(() => ({ failureRatio: 0.4, successThreshold: 7 }), {
      samplingSize: 100,
    });
    await times(11, () => succeed(breaker));
    expect(readings).toHaveLength(1);
    breaker.update({ ...breaker.options, successThreshold: 3 });
    expect(held()).toMatchObject({ failureRatio: 0.4, successThreshold: 3 });
    await times(9, () => succeed(breaker));
    expect(readings).toHaveLength(1);
    await succeed(breaker);
    expect(readings).toHaveLength(2);
  });

  it('looks at the pace of its new window where an update gives it another one', async () => {
    const { breaker, readings } = fixture(() => null, { samplingSize: 1_000 });
    await times(2, () => succeed(breaker));
    breaker.update({ ...breaker.options, samplingSize: 10 });
    await times(3, () => succeed(breaker));
    expect(readings.map(({ calls }) => calls)).toEqual([4, 5]);
  });

  it('looks at once by its new window of time, whatever the window of calls had left', async () => {
    const { breaker, clock, readings } = fixture(() => null, { samplingSize: 1_000_000 });
    await succeed(breaker);
    breaker.update({ ...breaker.options, samplingSize: null, samplingDuration: 1_000 });
    await succeed(breaker);
    await clock.advance(100);
    await fail(breaker);
    expect(readings).toHaveLength(1);
  });

  it('holds exactly the options of an update where the rule has said nothing', () => {
    const { breaker } = fixture(() => null);
    const options = { ...breaker.options, successThreshold: 9 };
    breaker.update(options);
    expect(breaker.snapshot().options).toBe(new CircuitBreakerPolicy('x', options, new Scope()).snapshot().options);
  });

  it('is one only where that is asked for', async () => {
    const { breaker, adapted, faults, held } = fixture(() => ({ failureRatio: 0.4 }), { adaptive: false });
    await times(5, () => succeed(breaker));
    expect([adapted, faults, held()['failureRatio']]).toEqual([[], [], 1]);
  });
});
