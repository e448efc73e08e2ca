import { describe, expect, it } from '@jest/globals';

import {
  BULKHEAD_DEFAULTS,
  BulkheadPolicy,
  CIRCUIT_BREAKER_DEFAULTS,
  CircuitBreakerPolicy,
  Scope,
  compose,
} from '../../../lib/engine/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

function fixture() {
  const scope = new Scope({ clock: new ManualClock() });
  const breaker = new CircuitBreakerPolicy('payments', CIRCUIT_BREAKER_DEFAULTS, scope);
  const bulkhead = new BulkheadPolicy('', { ...BULKHEAD_DEFAULTS, maxConcurrent: 1 }, scope);
  return { scope, breaker, bulkhead, pipeline: compose(breaker, bulkhead) };
}

const unhandledIn = async (run: () => Promise<unknown>): Promise<unknown[]> => {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', listener);
  await run();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', listener);
  return unhandled;
};

describe('a method that aborts its own caller', () => {
  it.each([
    ['throws', () => { throw new Error('late'); }],
    ['answers', () => 'late'],
    ['promises', () => Promise.resolve('late')],
    ['promises to fail', () => Promise.reject(new Error('late'))],
  ])('and then %s has ended once: its place is free, and there is but one', async (_, end) => {
    const { pipeline, bulkhead, breaker, scope } = fixture();
    for (let i = 0; i < 3; i++) {
      const controller = new AbortController();
      const answer = pipeline.execute(
        () => {
          controller.abort('gone');
          return end() as string;
        },
        { signal: controller.signal },
      );
      await expect(answer).rejects.toBe('gone');
    }
    await new Promise((resolve) => setImmediate(resolve));
    let release!: () => void;
    const holding = bulkhead.execute(() => new Promise<void>((resolve) => (release = resolve)));
    await expect(bulkhead.execute(() => 1)).rejects.toMatchObject({ code: 'ERR_BULKHEAD_FULL' });
    release();
    await holding;
    await expect(pipeline.execute(() => 'fine')).resolves.toBe('fine');
    expect(scope.active).toBe(0);
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, totals: { calls: 4, ignored: 3, successes: 1, stale: 0 } });
  }); // prettier-ignore
});

describe('a call that has a signal of its caller', () => {
  it('ends as any other, and leaves no rejection that nobody handles', async () => {
    const { pipeline } = fixture();
    const { signal } = new AbortController();
    const error = new Error('down');
    const unhandled = await unhandledIn(async () => {
      await expect(pipeline.execute(() => Promise.resolve('fine'), { signal })).resolves.toBe('fine');
      await expect(pipeline.execute(() => Promise.reject(error), { signal })).rejects.toBe(error);
      await expect(pipeline.execute(() => 'at once', { signal })).resolves.toBe('at once');
    });
    expect(unhandled).toEqual([]);
  });

  it('is over when it is aborted: whatever its caller aborts afterwards concerns it no more', async () => {
    const { breaker } = fixture();
    const controller = new AbortController();
    let seen!: AbortSignal;
    await breaker.execute((context) => void (seen = context.signal), { signal: controller.signal });
    controller.abort('late');
    expect(seen.aborted).toBe(false);
    expect(breaker.snapshot().totals).toMatchObject({ calls: 1, successes: 1, ignored: 0 });
  });
});
