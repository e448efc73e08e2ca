import { describe, expect, it } from '@jest/globals';
import { CircuitBreakerPolicy, MAX_DURATION, Scope } from 'nest-circuit-breaker/engine';
import type { CircuitBreakerOptions } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { hang } from '../../../fixtures/breaker.js';
import { optionsOf } from '../../../fixtures/complete-options.js';

/** A breaker with the built-in rule and a window of 10 calls, so that the rule looks at each call but the first. */
function fixture(options: Partial<CircuitBreakerOptions> = {}) {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const scope = new Scope({ clock, onFault: (fault) => faults.push(fault) });
  const window = { samplingSize: 10, samplingDuration: null, minimumThroughput: 10 };
  const never = { failureThreshold: 1_000, failureRatio: 1, successThreshold: 1 };
  const breaker = new CircuitBreakerPolicy('db', optionsOf({ ...window, ...never, adaptive: true, ...options }), scope);
  const told: string[] = [];
  scope.events.on('adapted', ({ reason }) => void told.push(reason));
  /** Calls one after another: `+` is one that goes well. */
  const calls = async (pattern: string, duration = 0): Promise<void> => {
    for (const each of pattern) {
      const call = hang(breaker);
      await clock.advance(duration);
      await (each === '+' ? call.succeed() : call.fail());
    }
  };
  const held = () => breaker.snapshot().options as unknown as CircuitBreakerOptions;
  return { breaker, calls, told, held, faults };
}

describe('the built-in adaptive rule', () => {
  it('says nothing on nine calls, and something on ten', async () => {
    const { calls, told } = fixture();
    await calls('++----+--'); // six of nine
    expect(told).toEqual([]);
    await calls('-');
    expect(told).toEqual(['errors_climb']);
  });

  it('says something on fewer than ten where the breaker itself judges fewer', async () => {
    const { calls, told } = fixture({ minimumThroughput: 4, failureThreshold: null, failureRatio: null });
    await calls('---');
    expect(told).toEqual([]);
    const strict = fixture({ minimumThroughput: 4 });
    await strict.calls('+---');
    expect(strict.told).toEqual(['errors_climb']);
  });

  it('takes errors for climbing over half of what opens the breaker, not at half', async () => {
    const { calls, told } = fixture();
    await calls('+++++-----');
    expect(told).toEqual([]);
    await calls('-');
    expect(told).toEqual(['errors_climb']);
  });

  it('takes errors that stay as they are for neither climbing nor calm', async () => {
    const { calls, told, held } = fixture();
    await calls('++++------');
    expect(held().failureRatio).toBeCloseTo(0.8);
    await calls('++++------'.repeat(3));
    expect(told).toEqual(['errors_climb']);
  });

  it('takes a tenth of what opens the breaker for calm, and no more', async () => {
    const { calls, told, held } = fixture();
    await calls('++++------');
    expect(told).toEqual(['errors_climb']);
    await calls('++++++++--'); // still two of ten
    expect(told).toEqual(['errors_climb']);
    await calls('+++++++++'); // one of ten
    expect(told).toEqual(['errors_climb', 'calm']);
    expect(held()).toMatchObject({ failureRatio: 1, failureThreshold: 1_000 });
  });

  it('tightens in three steps and no further, however long errors climb', async () => {
    const { calls, told, held, faults } = fixture({ failureRatio: null });
    await calls('+++++++---');
    const thresholds: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      await calls('-');
      thresholds.push(held().failureThreshold);
    }
    expect(thresholds).toEqual([640, 500, 500, 500, 500]);
    expect([told.length, faults]).toEqual([3, []]);
    await calls('++++++++++++');
    expect(held().failureThreshold).toBe(1_000); // three steps back, and no more
  });

  it('judges by half where no failure ratio is configured', async () => {
    const { calls, told, held } = fixture({ failureRatio: null });
    await calls('+++++++---');
    expect(told).toEqual(['errors_climb']);
    expect(held()).toMatchObject({ failureRatio: null, failureThreshold: 800 });
  });

  it('tightens the slow ratio, too, where there is one, and leaves out what is not configured', async () => {
    const { calls, held, told } = fixture({
      slowCallDuration: 60_000,
      slowCallRatio: 0.5,
      failureRatio: null,
      failureThreshold: null,
    });
    await calls('+++++++---');
    expect(told).toEqual(['errors_climb']);
    expect(held()).toMatchObject({ slowCallRatio: 0.4, failureRatio: null, failureThreshold: null });
    const plain = fixture({ slowCallDuration: 60_000 });
    await plain.calls('++++------');
    expect(plain.held()).toMatchObject({ slowCallRatio: null, failureRatio: 0.8 });
  });

  it('says that calls have become slow, or quick again', async () => {
    const { calls, told, held } = fixture({ breakDuration: 10_000 });
    await calls('++++++++++', 2_000);
    expect([told, held().breakDuration]).toEqual([['slow_calls'], 20_000]);
    await calls('++++++++++', 1_000);
    expect(held().breakDuration).toBe(10_000);
    expect(new Set(told.slice(1))).toEqual(new Set(['quick_calls']));
  });

  it('says nothing more while calls stay as slow as they are', async () => {
    const { calls, told } = fixture({ breakDuration: (attempt) => attempt * 1_000 });
    await calls('+'.repeat(40), 2_000);
    expect(told).toEqual(['slow_calls']);
  });

  it('leaves a break that is computed as it is while calls are quick', async () => {
    const { breaker, calls, told } = fixture({ breakDuration: (attempt) => attempt * 1_000 });
    await calls('+'.repeat(20), 10);
    expect([told, breaker.machine.options.breakDuration]).toEqual([[], breaker.options.breakDuration]);
  });

  it('tells again why it holds what it holds where an update has changed what it holds for', async () => {
    const { breaker, calls, told, held } = fixture();
    await calls('++++------');
    breaker.update({ ...breaker.options, failureThreshold: 2_000 });
    await calls('+');
    expect([told, held().failureThreshold]).toEqual([['errors_climb', 'errors_climb'], 1_600]);
  });

  it('tells of errors first where both change at once', async () => {
    const { calls, told, held } = fixture({ breakDuration: 10_000 });
    await calls('++++------', 2_000);
    expect(told).toEqual(['errors_climb']);
    expect(held().breakDuration).toBe(20_000);
  });

  it('stretches a break that is computed by how slow calls are at present', async () => {
    const { breaker, calls, held } = fixture({ breakDuration: (attempt) => attempt * 1_000 });
    const length = (): number => (held(), breaker.machine.nextBreak(2));
    await calls('+'.repeat(10), 1_000);
    expect(length()).toBe(2_000);
    await calls('+'.repeat(10), 2_000);
    expect(length()).toBe(4_000);
    await calls('+'.repeat(10), 3_000);
    expect(length()).toBe(6_000);
    breaker.update({ ...breaker.options, breakDuration: (attempt) => attempt * 5_000 });
    await calls('+', 3_000);
    expect(length()).toBe(30_000);
  });

  it.each([
    ['given', MAX_DURATION / 2 + 1],
    ['computed', () => MAX_DURATION / 2 + 1],
  ])('makes no break, %s, longer than a timer can be', async (_how, breakDuration) => {
    const { breaker, calls } = fixture({ breakDuration });
    await calls('+'.repeat(10), 3_000);
    expect(breaker.machine.nextBreak(1)).toBe(MAX_DURATION);
  });
});
