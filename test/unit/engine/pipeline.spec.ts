import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, it } from '@jest/globals';

import {
  CIRCUIT_BREAKER_DEFAULTS,
  CircuitBreakerPolicy,
  Scope,
  TimeoutPolicy,
  compose,
} from '../../../lib/engine/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

function fixture() {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const breaker = new CircuitBreakerPolicy('payments', CIRCUIT_BREAKER_DEFAULTS, scope);
  const timeout = new TimeoutPolicy('', { enabled: true, duration: 1_000 }, scope);
  return { clock, scope, breaker, timeout, pipeline: compose(breaker, timeout) };
}

const never = (): Promise<never> => new Promise(() => {});

async function withoutUnhandled(run: () => Promise<void>): Promise<void> {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', listener);
  await run();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', listener);
  expect(unhandled).toEqual([]);
}

describe('a pipeline', () => {
  it('answers with what the method returned, whatever that is', async () => {
    const { pipeline, breaker } = fixture();
    for (const executor of [pipeline, breaker]) {
      for (const value of [undefined, null, 0, '', false, Symbol.iterator]) {
        await expect(executor.execute(() => Promise.resolve(value))).resolves.toBe(value);
        await expect(executor.execute(() => value)).resolves.toBe(value);
      }
    }
  });

  it('hands on the very object that was thrown, synchronously or not', async () => {
    const { pipeline, breaker } = fixture();
    const thrown = Object.freeze(new Error('no'));
    for (const executor of [pipeline, breaker]) {
      await expect(executor.execute(() => Promise.reject(thrown))).rejects.toBe(thrown);
      await expect(
        executor.execute(() => {
          throw thrown;
        }),
      ).rejects.toBe(thrown);
    }
  });

  it('serves the next call with the frames of one that ended cleanly', async () => {
    const { pipeline, breaker } = fixture();
    const results = await Promise.all([1, 2, 3].map((n) => pipeline.execute(() => Promise.resolve(n))));
    expect([...results, await pipeline.execute(() => Promise.resolve(4))]).toEqual([1, 2, 3, 4]);
    expect(breaker.snapshot().totals).toMatchObject({ calls: 4, successes: 4 });
  });

  it('lets calls nest in each other', async () => {
    const { pipeline, breaker } = fixture();
    const nested = await pipeline.execute(() => pipeline.execute(() => breaker.execute(() => 'deep')));
    expect(nested).toBe('deep');
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, totals: { calls: 3, successes: 3 } });
  });

  it('rejects at once when its caller aborts, and drops what the method still says', async () => {
    const { pipeline, breaker } = fixture();
    await withoutUnhandled(async () => {
      const controller = new AbortController();
      let fail!: (error: unknown) => void;
      let seen: AbortSignal | undefined;
      const call = pipeline.execute(
        ({ signal }) => {
          seen = signal;
          return new Promise((_, reject) => (fail = reject));
        },
        { signal: controller.signal },
      );
      const reason = new Error('the client went away');
      controller.abort(reason);
      await expect(call).rejects.toBe(reason);
      expect(seen?.reason).toBe(reason);
      fail(new Error('late'));
    });
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, totals: { calls: 1, ignored: 1, failures: 0, stale: 0 } });
  });

  it('survives a method that aborts its own caller while it is being called', async () => {
    const { pipeline, breaker } = fixture();
    await withoutUnhandled(async () => {
      for (const outcome of [() => Promise.reject(new Error('late')), () => 'late', never]) {
        const controller = new AbortController();
        const call = pipeline.execute(
          () => {
            controller.abort();
            return outcome() as Promise<string>;
          },
          { signal: controller.signal },
        );
        await expect(call).rejects.toBe(controller.signal.reason);
      }
    });
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, totals: { calls: 3, ignored: 3 } });
  });

  it('refuses a call that was aborted beforehand, and counts it nowhere', async () => {
    const { pipeline, breaker } = fixture();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(pipeline.execute(() => 1, { signal })).rejects.toBe(signal.reason);
    expect(breaker.snapshot().totals).toMatchObject({ calls: 0, refused: 0 });
  });

  it('continues after a shared timer in the context of its own caller', async () => {
    const { clock, scope, pipeline } = fixture();
    const storage = new AsyncLocalStorage<string>();
    const heard: unknown[] = [];
    scope.events.on('timed_out', () => heard.push(storage.getStore()));
    const calls = ['a', 'b'].map((name) =>
      storage.run(name, () =>
        pipeline
          .execute(({ signal }) => {
            signal.addEventListener('abort', () => heard.push(`abort ${storage.getStore()}`));
            return never();
          })
          .catch(() => heard.push(`caught ${storage.getStore()}`)),
      ),
    );
    await storage.run('timer', () => clock.advance(1_000));
    await Promise.all(calls);
    expect(heard.toSorted()).toEqual(['a', 'abort a', 'abort b', 'b', 'caught a', 'caught b']);
  });

  it('gives a wrapped function its own this, arguments, name and length', async () => {
    const { pipeline } = fixture();
    const wrapped = pipeline.wrap(async function add(this: { base: number }, a: number, b: number) {
      return this.base + a + b;
    });
    expect([wrapped.name, wrapped.length]).toEqual(['add', 2]);
    await expect(wrapped.call({ base: 1 }, 2, 3)).resolves.toBe(6);
  });
});
