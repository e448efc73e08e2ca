import { describe, expect, it } from '@jest/globals';

import { createRegistry } from '../../../lib/options/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

const TOTALS = { successes: 1, failures: 2, timeouts: 1, ignored: 0, refused: 3, slow: 0, stale: 0, transitions: 1 };
const BREAKER = {
  name: 'payments',
  state: 'open',
  reason: 'failure_threshold',
  remaining: 5_000,
  attempt: 1,
  consecutiveFailures: 2,
  window: { successes: 1, failures: 2, slow: 0 },
  totals: TOTALS,
};
const SAVED = { version: 1, savedAt: Date.UTC(2026, 0, 1), breakers: [BREAKER] };

const restore = (saved: unknown) => {
  const registry = createRegistry({}, { clock: new ManualClock() });
  registry.restore(saved);
  return registry;
};
const withBreaker = (fields: object) => ({ ...SAVED, breakers: [BREAKER, { ...BREAKER, ...fields }] });
const messageOf = (saved: unknown): string => {
  try {
    restore(saved);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as Error).message;
  }
  return 'no fault';
};

describe('a saved registry', () => {
  it('is read from text as from an object', () => {
    for (const saved of [SAVED, JSON.stringify(SAVED)]) {
      const breaker = restore(saved).circuitBreaker('payments');
      expect(breaker.snapshot()).toMatchObject({
        state: 'open',
        reason: 'failure_threshold',
        retryAfter: 5_000,
        window: { successes: 1, failures: 2, slow: 0, consecutiveFailures: 2 },
        totals: { ...TOTALS, calls: 3 },
      });
    }
  });

  it('may come from a clock that shows another time', () => {
    expect(
      restore({ ...SAVED, savedAt: 0 })
        .find('payments')
        ?.snapshot().retryAfter,
    ).toBe(0);
    const inFuture = restore({ ...SAVED, savedAt: Number.MAX_SAFE_INTEGER });
    expect(inFuture.find('payments')?.snapshot().retryAfter).toBe(5_000);
  });

  it.each([
    [null, 'restore: expected an object, got null'],
    [7, 'restore: expected an object, got 7'],
    ['7', 'restore: expected an object, got 7'],
    [undefined, 'restore: expected an object, got undefined'],
    [{}, 'version: expected 1, got undefined'],
    [{ ...SAVED, version: 2 }, 'version: expected 1, got 2'],
    [{ ...SAVED, breakers: undefined }, 'breakers: expected a list, got undefined'],
    [{ ...SAVED, breakers: { length: 0, map: () => [] } }, 'breakers: expected a list, got an object'],
    [{ ...SAVED, savedAt: null }, 'savedAt: expected milliseconds of at least 0, got null'],
    [{ ...SAVED, savedAt: '5' }, 'savedAt: expected milliseconds of at least 0, got 5'],
    [{ ...SAVED, savedAt: -1 }, 'savedAt: expected milliseconds of at least 0, got -1'],
    [{ ...SAVED, savedAt: NaN }, 'savedAt: expected milliseconds of at least 0, got NaN'],
    [{ ...SAVED, savedAt: Infinity }, 'savedAt: expected milliseconds of at least 0, got Infinity'],
    [{ ...SAVED, breakers: [null] }, 'breakers[0]: expected an object, got null'],
    [{ ...SAVED, breakers: ['payments'] }, 'breakers[0]: expected an object, got payments'],
    [withBreaker({ name: 5 }), 'breakers[1].name: expected a string, got 5'],
    [withBreaker({ state: 'ajar' }), 'breakers[1].state: expected a state, got ajar'],
    [withBreaker({ state: {} }), 'breakers[1].state: expected a state, got an object'],
    [
      withBreaker({ remaining: undefined }),
      'breakers[1].remaining: expected milliseconds of at least 0, got undefined',
    ],
    [withBreaker({ attempt: 0.5 }), 'breakers[1].attempt: expected a whole number of at least 0, got 0.5'],
    [withBreaker({ attempt: -1 }), 'breakers[1].attempt: expected a whole number of at least 0, got -1'],
    [
      withBreaker({ consecutiveFailures: '2' }),
      'breakers[1].consecutiveFailures: expected a whole number of at least 0, got 2',
    ],
    [withBreaker({ window: [] }), 'breakers[1].window.successes: expected a whole number of at least 0, got undefined'],
    [withBreaker({ window: null }), 'breakers[1].window: expected an object, got null'],
    [
      withBreaker({ totals: { ...TOTALS, stale: null } }),
      'breakers[1].totals.stale: expected a whole number of at least 0, got null',
    ],
  ])('that is wrong is refused with the place of the first fault: %#', (saved, message) => {
    expect(messageOf(saved)).toBe(message);
  });

  it('is quoted at no length', () => {
    expect(messageOf(withBreaker({ state: 'x'.repeat(1_000) }))).toBe(
      `breakers[1].state: expected a state, got ${'x'.repeat(40)}`,
    );
  });

  it('that is wrong somewhere changes nothing anywhere', () => {
    const registry = createRegistry({}, { clock: new ManualClock() });
    expect(() => registry.restore(withBreaker({ attempt: -1 }))).toThrow(TypeError);
    expect(registry.snapshot()).toEqual([]);
  });

  it('needs no reason, and takes only text for one', () => {
    for (const reason of [undefined, null, 5, {}]) {
      expect(
        restore(withBreaker({ name: 'other', reason }))
          .find('other')
          ?.snapshot().reason,
      ).toBeNull();
    }
  });

  it('may hold nothing yet, and times of 0', () => {
    expect(restore({ version: 1, savedAt: 0, breakers: [] }).snapshot()).toEqual([]);
    const over = restore({ ...SAVED, breakers: [{ ...BREAKER, remaining: 0 }] });
    expect(over.find('payments')?.snapshot().retryAfter).toBe(0);
  });
});
