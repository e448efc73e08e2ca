import { getEventListeners } from 'node:events';

import { describe, expect, it, jest } from '@jest/globals';
import { compose } from 'nest-circuit-breaker/engine';

import { fail, makeBreaker } from '../fixtures/breaker.js';
import { Kit } from '../fixtures/policies.js';

const HOUR = 3_600_000;

jest.setTimeout(30_000);

describe('however much there is of it', () => {
  it.each([1_000, 30_000, 3_600_000, 365 * 24 * HOUR, 1e14])(
    '[C19] an idle gap of %d ms costs no more than any other and forgets all',
    async (gap) => {
      const { breaker, clock } = makeBreaker({ failureRatio: 0.5, samplingDuration: 1_000, minimumThroughput: 2 });
      const started = performance.now();
      for (let i = 0; i < 20; i++) {
        await fail(breaker);
        expect(breaker.snapshot().window).toMatchObject({ calls: 1, failures: 1 });
        await clock.advance(gap);
        expect(breaker.snapshot().window).toMatchObject({ calls: 0, failures: 0 });
      }
      expect(breaker.state).toBe('closed');
      expect(performance.now() - started).toBeLessThan(2_000); // a walk over 10¹¹ buckets takes minutes
    },
  );

  it.each([
    ['a time window', { samplingDuration: 60_000 }],
    ['a window of calls', { samplingSize: 100_000 }],
  ])('[C26] the cost of a failure does not grow with %s', async (_kind, shape) => {
    const { breaker, clock } = makeBreaker({
      failureThreshold: 1e9,
      failureRatio: 1,
      minimumThroughput: 90_000,
      ...shape,
    });
    const batch = (): number => {
      const started = performance.now();
      for (let i = 0; i < 2_000; i++) {
        const permit = breaker.acquire();
        if (i % 2 === 0) permit.failure();
        else permit.success();
      }
      return performance.now() - started;
    };
    const best = (count: number): number => Math.min(...Array.from({ length: count }, batch));
    for (let i = 0; i < 5; i++) batch(); // warm
    const empty = best(10);
    for (let i = 0; i < 50; i++) {
      batch();
      if (i % 5 === 0) await clock.advance(1_000);
    }
    const full = best(10);
    expect(full).toBeLessThan(Math.max(empty, 0.5) * 10); // a walk over 100,000 samples is hundreds of times as dear
  });

  it('[C48] 100,000 calls with one leave no listener behind, and never more than one', async () => {
    const kit = new Kit();
    const { signal } = new AbortController();
    const guard = compose(kit.breaker({ timeout: 1_000 }), kit.bulkhead({ maxConcurrent: 1e6 }));
    let most = 0;
    for (let batch = 0; batch < 100; batch++) {
      const calls = Array.from({ length: 1_000 }, (_, i) =>
        guard.execute(() => (i % 2 === 0 ? Promise.resolve(i) : i), { signal }),
      );
      most = Math.max(most, getEventListeners(signal, 'abort').length);
      await Promise.all(calls);
    }
    expect(most).toBe(1);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});
