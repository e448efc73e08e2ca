import { describe, expect, it } from '@jest/globals';

import {
  CIRCUIT_BREAKER_DEFAULTS,
  CircuitBreakerPolicy,
  Scope,
  exponentialBreak,
} from '../../../../lib/engine/index.js';
import type { BreakDuration, CallContext } from '../../../../lib/engine/index.js';
import { ManualClock } from '../../../../lib/testing/index.js';

const context = {} as CallContext;
const breaks = (of: BreakDuration): number[] => [1, 2, 3, 4, 5].map((attempt) => of(attempt, context));

describe('exponentialBreak', () => {
  it('grows by its factor up to its maximum', () => {
    expect(breaks(exponentialBreak({ initial: 1_000, max: 10_000, factor: 3 }))).toEqual([
      1_000, 3_000, 9_000, 10_000, 10_000,
    ]);
  });

  it('doubles from half a minute to five minutes by default', () => {
    expect(breaks(exponentialBreak())).toEqual([30_000, 60_000, 120_000, 240_000, 300_000]);
  });

  it('needs no call to be told of', () => {
    expect(exponentialBreak({ initial: 1_000, jitter: 0.5 })(1, undefined as never)).toBeGreaterThan(500);
  });

  it('does not overflow', () => {
    expect(exponentialBreak({ initial: 1_000, max: 10_000, factor: 10 })(10_000, context)).toBe(10_000);
  });

  it.each([
    [0.2, 0.5, 900],
    ['equal', 0.5, 750],
    ['full', 0.5, 500],
    ['none', 0.5, 1_000],
    [0.2, 0, 1_000],
  ] as const)('with jitter %p and chance %d takes away its share', (jitter, chance, expected) => {
    expect(exponentialBreak({ initial: 1_000, jitter }, { random: () => chance })(1, context)).toBe(expected);
  });

  it('is never over at once, whatever chance says', () => {
    const random = (): number => 1 - Number.EPSILON;
    expect(exponentialBreak({ initial: 1, jitter: 'full' }, { random })(1, context)).toBeGreaterThan(0);
  });

  it("takes its chance from the breaker's application", async () => {
    const clock = new ManualClock();
    const breakDuration = exponentialBreak({ initial: 1_000, jitter: 'full' });
    const breaker = new CircuitBreakerPolicy(
      'payments',
      { ...CIRCUIT_BREAKER_DEFAULTS, failureThreshold: 1, breakDuration },
      new Scope({ clock, random: () => 0.25 }),
    );
    const fail = (): Promise<unknown> => breaker.execute(() => Promise.reject(new Error('no'))).catch(() => {});
    await fail();
    expect(breaker.snapshot().retryAfter).toBe(750);
    await clock.advance(750);
    await fail();
    expect(breaker.snapshot().retryAfter).toBe(1_500);
  });
});
