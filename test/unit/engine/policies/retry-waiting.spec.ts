import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';

import { describe, expect, it } from '@jest/globals';

import { RETRY_DEFAULTS, RetryPolicy, Scope, ShuttingDownError, compose } from '../../../../lib/engine/index.js';
import type { CallContext, RetryOptions } from '../../../../lib/engine/index.js';
import { ManualClock } from '../../../../lib/testing/index.js';
import { runScript } from '../../../fixtures/process/run-script.js';
import { Watch } from '../../../fixtures/watch.js';

const PLAIN: RetryOptions = { ...RETRY_DEFAULTS, jitter: 'none', backoff: 'constant', delay: 100, budget: null };

function fixture(options: Partial<RetryOptions> = {}) {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  return { clock, scope, retry: new RetryPolicy('', { ...PLAIN, ...options }, scope) };
}

const failure = new Error('no');
const fails = (): Promise<never> => Promise.reject(failure);

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a waiting retry', () => {
  it('[C53] goes on in the async context of its own call, whoever moves the clock', async () => {
    const { clock, retry, scope } = fixture({
      retryOn: [() => seen.push(['predicate', store.getStore()]) > 0],
    });
    const store = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    scope.events.on('retried', () => void seen.push(['retried', store.getStore()]));
    scope.events.on('retries_exhausted', () => void seen.push(['exhausted', store.getStore()]));
    const call = (name: string) =>
      store.run(name, () =>
        errorOf(
          retry.execute(({ attempt }) => {
            seen.push([attempt, store.getStore()]);
            return fails();
          }),
        ),
      );
    const calls = [call('first'), call('second')];
    await store.run('the clock', () => clock.advance(200));
    await Promise.all(calls);
    const attempt = (name: string, n: number) => [[n, name]];
    const judged = (name: string, event: string) => [
      ['predicate', name],
      [event, name],
    ];
    for (const name of ['first', 'second']) {
      expect(seen.filter((entry) => (entry as unknown[])[1] === name)).toEqual([
        ...attempt(name, 1),
        ...judged(name, 'retried'),
        ...attempt(name, 2),
        ...judged(name, 'retried'),
        ...attempt(name, 3),
        ...judged(name, 'exhausted'),
      ]);
    }
    expect(seen).toHaveLength(18);
  });

  it('is stopped at once by the abort of its caller, with no timer and no listener left', async () => {
    const { clock, scope, retry } = fixture();
    const controller = new AbortController();
    let calls = 0;
    const call = errorOf(
      retry.execute(
        () => {
          calls++;
          return fails();
        },
        { signal: controller.signal },
      ),
    );
    await clock.advance(50);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    expect(clock.pending).toBe(1);
    expect(scope.waiters.size).toBe(1);
    const reason = new Error('never mind');
    controller.abort(reason);
    expect(clock.pending).toBe(0);
    expect(scope.waiters.size).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(await call).toBe(reason);
    await clock.advance(1_000);
    expect(calls).toBe(1);
    expect(scope.active).toBe(0);
  });

  it('is stopped by an abort, or a shutdown, in the moment between its timer and the next try', async () => {
    const { clock, scope, retry } = fixture();
    const controller = new AbortController();
    const schedule = clock.schedule.bind(clock);
    let meanwhile = (): unknown => controller.abort('stop');
    clock.schedule = (delay, task) =>
      schedule(delay, () => {
        task();
        meanwhile();
      });
    const attempts: number[] = [];
    const work = ({ attempt }: CallContext) => {
      attempts.push(attempt);
      return fails();
    };
    const aborted = errorOf(retry.execute(work, { signal: controller.signal }));
    await clock.advance(1_000);
    expect(await aborted).toBe('stop');
    meanwhile = () => void scope.drain(1);
    const shutDown = errorOf(retry.execute(work));
    await clock.advance(1_000);
    expect(await shutDown).toMatchObject({ code: 'ERR_SHUTTING_DOWN', cause: failure });
    expect(attempts).toEqual([1, 1]);
  });

  it.each<[string, Partial<RetryOptions>]>([
    ['retryOn', { retryOn: [] }],
    ['retryOnResult', {}],
    ['backoff', {}],
    ['a listener of "retried"', {}],
    ['a listener of "retries_exhausted"', { maxAttempts: 1 }],
  ])('never begins where %s aborts the call', async (where, options) => {
    const controller = new AbortController();
    const abort = () => controller.abort('stop');
    const callbacks: Record<string, Partial<RetryOptions>> = {
      retryOn: { retryOn: [() => (abort(), true)] },
      retryOnResult: { retryOnResult: () => (abort(), true) },
      backoff: { backoff: () => (abort(), 100) },
    };
    const { clock, scope, retry } = fixture({ ...options, ...callbacks[where] });
    if (where.includes('"retried"')) scope.events.on('retried', abort);
    if (where.includes('exhausted')) scope.events.on('retries_exhausted', abort);
    let calls = 0;
    const work = () => {
      calls++;
      return where === 'retryOnResult' ? Promise.resolve('bad') : fails();
    };
    const watch = new Watch('', scope);
    const call = errorOf(compose(watch, retry).execute(work, { signal: controller.signal }));
    await clock.advance(1_000);
    expect(await call).toBe('stop');
    expect(watch.heard).toEqual(['ended']);
    expect({ calls, pending: clock.pending, waiters: scope.waiters.size, active: scope.active }).toEqual({
      calls: 1,
      pending: 0,
      waiters: 0,
      active: 0,
    });
  });

  it('ends with a ShuttingDownError that carries the last error when the application goes down', async () => {
    const { clock, scope, retry } = fixture();
    const store = new AsyncLocalStorage<string>();
    let context: unknown;
    const call = store.run('the call', () =>
      errorOf(retry.execute(fails)).then((error) => {
        context = store.getStore();
        return error as ShuttingDownError;
      }),
    );
    await clock.advance(10);
    await store.run('the drain', () => scope.drain(1_000));
    const error = await call;
    expect(error).toBeInstanceOf(ShuttingDownError);
    expect(error).toMatchObject({ code: 'ERR_SHUTTING_DOWN', policy: 'retry' });
    expect(error.cause).toBe(failure);
    expect(context).toBe('the call');
    expect({ pending: clock.pending, waiters: scope.waiters.size, active: scope.active }).toEqual({
      pending: 0,
      waiters: 0,
      active: 0,
    });
  });

  it('does not begin any more while the application goes down', async () => {
    const { scope, retry } = fixture();
    await scope.drain(1_000);
    const watch = new Watch('', scope);
    const error = (await errorOf(compose(watch, retry).execute(fails))) as ShuttingDownError;
    expect(watch.heard).toEqual(['failed']);
    expect(error).toMatchObject({ code: 'ERR_SHUTTING_DOWN', cause: failure });
    await expect(retry.execute(() => 'still served')).resolves.toBe('still served');
    const last = await errorOf(new RetryPolicy('', { ...PLAIN, maxAttempts: 1 }, scope).execute(fails));
    expect(last).toBe(failure);
  });

  it('keeps the process alive, for the call is under way', async () => {
    const { scope } = fixture();
    const kept: boolean[] = [];
    const { clock } = scope;
    const schedule = clock.schedule.bind(clock);
    clock.schedule = (delay, task, keepAlive) => {
      kept.push(keepAlive);
      return schedule(delay, task, keepAlive);
    };
    const controller = new AbortController();
    const call = errorOf(new RetryPolicy('', PLAIN, scope).execute(fails, { signal: controller.signal }));
    await (clock as ManualClock).advance(0);
    controller.abort('done');
    await call;
    expect(kept).toEqual([true]);
  });

  it('[C79] raises one unhandled rejection where nobody awaits the call, none where somebody does', async () => {
    const { said, errors, code } = await runScript(`
      import { RETRY_DEFAULTS, RetryPolicy, Scope } from 'nest-circuit-breaker/engine';
      const unhandled = [];
      process.on('unhandledRejection', (error) => unhandled.push(error));
      const retry = new RetryPolicy('', { ...RETRY_DEFAULTS, delay: 1, jitter: 'none' }, new Scope());
      const rejects = (name) => () => Promise.reject(name);
      const throws = (name) => () => { throw name; };
      for (const fails of [rejects, throws]) {
        for (const signal of [undefined, new AbortController().signal]) {
          void retry.execute(fails('nobody'), { signal });
          await retry.execute(fails('somebody'), { signal }).catch(() => {});
        }
      }
      setTimeout(() => say(unhandled), 20);
    `);
    expect({ code, errors, said }).toEqual({ code: 0, errors: '', said: [Array(4).fill('nobody')] });
  }, 20_000);

  it('leaves nothing behind after many aborted calls with one signal', async () => {
    const { clock, scope, retry } = fixture();
    const controller = new AbortController();
    const calls = Array.from({ length: 1_000 }, () => errorOf(retry.execute(fails, { signal: controller.signal })));
    await clock.advance(50);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort('stop');
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['stop']));
    expect({ pending: clock.pending, waiters: scope.waiters.size, abortable: scope.abortable.size }).toEqual({
      pending: 0,
      waiters: 0,
      abortable: 0,
    });
  });

  it('aborts the signal of the attempt under way and of no other', async () => {
    const { clock, retry } = fixture();
    const controller = new AbortController();
    const signals: AbortSignal[] = [];
    const work = ({ signal, attempt }: CallContext) => {
      signals.push(signal);
      return attempt === 1 ? fails() : new Promise(() => {});
    };
    const call = errorOf(retry.execute(work, { signal: controller.signal }));
    await clock.advance(100);
    controller.abort('stop');
    expect(await call).toBe('stop');
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
    expect(signals[1]?.reason).toBe('stop');
  });
});
