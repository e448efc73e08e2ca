import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, it } from '@jest/globals';
import { BULKHEAD_DEFAULTS, BulkheadPolicy, Scope, TimeoutPolicy, compose } from 'nest-circuit-breaker/engine';
import type { BulkheadOptions, PolicyEvent } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { ServiceError, hang, succeed, turn, withResolvers } from '../../../fixtures/breaker.js';

function fixture(options: Partial<BulkheadOptions> = {}) {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const bulkhead = new BulkheadPolicy('db', { ...BULKHEAD_DEFAULTS, maxConcurrent: 1, ...options }, scope);
  const timeout = new TimeoutPolicy('', { enabled: true, duration: 1_000 }, scope);
  const events: PolicyEvent[] = [];
  scope.events.on('*', (event) => void events.push(event));
  return { clock, scope, bulkhead, timeout, events };
}

const full = expect.objectContaining({
  code: 'ERR_BULKHEAD_FULL',
  statusCode: 503,
  policy: 'bulkhead',
  policyName: 'db',
});
const shuttingDown = expect.objectContaining({ code: 'ERR_SHUTTING_DOWN', policy: 'bulkhead', policyName: 'db' });

describe('a bulkhead', () => {
  it('lets ten calls run at once and none wait, unless told', () => {
    expect(BULKHEAD_DEFAULTS).toEqual({ enabled: true, maxConcurrent: 10, maxQueue: 0, queueTimeout: null });
    expect(Object.isFrozen(BULKHEAD_DEFAULTS)).toBe(true);
  });

  it('refuses a call that finds neither place nor room, without calling the method', async () => {
    const { bulkhead, events } = fixture({ maxConcurrent: 2 });
    const calls = [hang(bulkhead), hang(bulkhead), hang(bulkhead, { operation: 'Db.query' })] as const;
    expect(await calls[2].answer).toEqual({ ok: false, error: full });
    expect(calls.map(({ hasRun }) => hasRun)).toEqual([true, true, false]);
    expect(bulkhead).toMatchObject({ running: 2, queued: 0 });
    expect(events).toEqual([
      expect.objectContaining({ type: 'refused', policy: 'bulkhead', name: 'db', operation: 'Db.query' }),
    ]);
    await calls[0].succeed();
    expect(bulkhead.running).toBe(1);
    expect(await succeed(bulkhead)).toEqual({ ok: true, value: 'fine' });
    await calls[1].fail();
    expect(bulkhead.running).toBe(0);
  });

  it('gives a place back however a call ends', async () => {
    const { bulkhead } = fixture();
    const error = new ServiceError('no');
    for (const work of [() => 1, () => Promise.resolve(1), () => undefined]) await bulkhead.execute(work);
    for (const work of [
      () => Promise.reject(error),
      (): never => {
        throw error;
      },
    ]) {
      // prettier-ignore
      await expect(bulkhead.execute(work)).rejects.toBe(error);
    }
    expect(bulkhead.running).toBe(0);
  });

  it('serves those who wait in the order in which they came', async () => {
    const { bulkhead } = fixture({ maxQueue: 3 });
    const calls = [hang(bulkhead), hang(bulkhead), hang(bulkhead), hang(bulkhead)] as const;
    expect(bulkhead).toMatchObject({ running: 1, queued: 3 });
    expect(await hang(bulkhead).answer).toEqual({ ok: false, error: full });
    for (const [index, call] of calls.entries()) {
      expect(calls.map(({ hasRun }) => hasRun)).toEqual([0, 1, 2, 3].map((other) => other <= index));
      expect(await call.succeed(index)).toEqual({ ok: true, value: index });
    }
    expect(bulkhead).toMatchObject({ running: 0, queued: 0 });
  });

  it('lets nobody overtake a call whose turn has come and that has not yet begun', async () => {
    const { bulkhead } = fixture({ maxQueue: 1 });
    const first = hang(bulkhead);
    const waiting = hang(bulkhead);
    void first.succeed();
    while (bulkhead.queued > 0) await Promise.resolve();
    const late = hang(bulkhead);
    expect([waiting.hasRun, late.hasRun, bulkhead.running, bulkhead.queued]).toEqual([false, false, 1, 1]);
    await turn();
    expect([waiting.hasRun, late.hasRun]).toEqual([true, false]);
    await waiting.succeed();
    expect(await late.succeed()).toMatchObject({ ok: true });
  });

  it('[C53] continues a queued call in the context of its own caller', async () => {
    const { bulkhead } = fixture({ maxQueue: 2 });
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const blocker = storage.run('blocker', () => hang(bulkhead));
    const calls = ['a', 'b'].map((name) =>
      storage.run(name, () => bulkhead.execute(() => void seen.push(storage.getStore()))),
    );
    await storage.run('releaser', () => blocker.succeed());
    await Promise.all(calls);
    expect(seen).toEqual(['a', 'b']);
  });

  it('[C53] tells a call that waited too long so in the context of its own caller', async () => {
    const { bulkhead, clock, scope } = fixture({ maxQueue: 2, queueTimeout: 100 });
    const storage = new AsyncLocalStorage<string>();
    const heard: unknown[] = [];
    scope.events.on('refused', () => heard.push(storage.getStore()));
    const blocker = hang(bulkhead);
    const calls = ['a', 'b'].map((name) => storage.run(name, () => hang(bulkhead)));
    await storage.run('timer', () => clock.advance(100));
    expect(heard).toEqual(['a', 'b']);
    expect(calls.map(({ settled }) => settled)).toEqual([
      { ok: false, error: full },
      { ok: false, error: full },
    ]);
    await blocker.succeed();
  });

  it('ends a wait at queueTimeout, not before, and gives the next place to the next', async () => {
    const { bulkhead, clock } = fixture({ maxQueue: 2, queueTimeout: 100 });
    const first = hang(bulkhead);
    const early = hang(bulkhead);
    await clock.advance(50);
    const late = hang(bulkhead);
    await clock.advance(49);
    expect(early.settled).toBeUndefined();
    await clock.advance(1);
    expect(early.settled).toEqual({ ok: false, error: full });
    expect(bulkhead.queued).toBe(1);
    await first.succeed();
    expect(late.hasRun).toBe(true);
    await clock.advance(1_000);
    expect(late.settled).toBeUndefined();
    await late.succeed();
    expect([early.hasRun, bulkhead.running, clock.pending]).toEqual([false, 0, 0]);
  });

  it('[C46] keeps the place of work that outlives its time-out', async () => {
    const { bulkhead, timeout, clock } = fixture();
    const call = hang(compose(bulkhead, timeout));
    await clock.advance(1_000);
    expect(call.settled).toMatchObject({ ok: false, error: { code: 'ERR_CALL_TIMEOUT' } });
    expect(bulkhead.running).toBe(1);
    expect(await hang(bulkhead).answer).toEqual({ ok: false, error: full });
    await call.succeed();
    expect(bulkhead.running).toBe(0);
  });

  it('[C46] keeps the place of work that goes on after its caller has gone', async () => {
    const { bulkhead, timeout } = fixture({ maxQueue: 1 });
    const controller = new AbortController();
    const call = hang(compose(timeout, bulkhead), { signal: controller.signal });
    const waiting = hang(bulkhead);
    controller.abort();
    await turn();
    expect(call.settled).toEqual({ ok: false, error: controller.signal.reason });
    expect([bulkhead.running, waiting.hasRun]).toEqual([1, false]);
    await call.fail();
    expect([bulkhead.running, waiting.hasRun]).toEqual([1, true]);
    await waiting.succeed();
    expect(bulkhead.running).toBe(0);
  });

  it('lets a waiting call go at once when its caller aborts, wherever it stands', async () => {
    const { bulkhead } = fixture({ maxQueue: 3 });
    const first = hang(bulkhead);
    const controllers = [0, 1, 2].map(() => new AbortController());
    const waiting = controllers.map(({ signal }) => hang(bulkhead, { signal }));
    controllers[1]?.abort();
    expect(bulkhead.queued).toBe(2);
    await turn();
    expect(waiting[1]?.settled).toEqual({ ok: false, error: controllers[1]?.signal.reason });
    await first.succeed();
    await waiting[0]?.succeed();
    expect(waiting.map(({ hasRun }) => hasRun)).toEqual([true, false, true]);
    await waiting[2]?.succeed();
    expect(bulkhead).toMatchObject({ running: 0, queued: 0 });
  });

  it('hands on the place of a call that is aborted between its turn and its beginning', async () => {
    const { bulkhead } = fixture({ maxQueue: 2 });
    const controller = new AbortController();
    const { promise, resolve } = withResolvers();
    const first = bulkhead.execute(() => promise);
    const aborted = hang(bulkhead, { signal: controller.signal });
    const next = hang(bulkhead);
    void promise.then(() => controller.abort()); // runs after the place was given, before the call has begun
    resolve();
    await first;
    await turn();
    expect([aborted.hasRun, next.hasRun]).toEqual([false, true]);
    await next.succeed();
    expect(bulkhead).toMatchObject({ running: 0, queued: 0 });
  });

  it('lets a limit above end a wait, and takes nothing for it', async () => {
    const { bulkhead, timeout, clock, scope } = fixture({ maxQueue: 1 });
    const first = hang(bulkhead);
    const waiting = hang(compose(timeout, bulkhead));
    await clock.advance(1_000);
    expect(waiting.settled).toMatchObject({ ok: false, error: { code: 'ERR_CALL_TIMEOUT' } });
    expect([bulkhead.queued, scope.waiters.size]).toEqual([0, 0]);
    await first.succeed();
    expect([waiting.hasRun, bulkhead.running, clock.pending]).toEqual([false, 0, 0]);
  });

  it('ends what waits when the application goes down, each in its own context', async () => {
    const { bulkhead, scope, clock } = fixture({ maxQueue: 2, queueTimeout: 5_000 });
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const refusals: unknown[] = [];
    scope.events.on('refused', ({ policy, name, retryAfter }) => refusals.push({ policy, name, retryAfter }));
    const first = hang(bulkhead);
    const waiting = ['a', 'b'].map((name) =>
      storage.run(name, () => {
        const call = hang(compose(bulkhead));
        void call.answer.then(() => seen.push(storage.getStore()));
        return call;
      }),
    );
    const drained = storage.run('operator', () => scope.drain(1_000));
    await turn();
    expect(waiting.map(({ settled }) => settled)).toEqual([
      { ok: false, error: shuttingDown },
      { ok: false, error: shuttingDown },
    ]);
    expect(seen).toEqual(['a', 'b']);
    expect(await hang(bulkhead).answer).toEqual({ ok: false, error: shuttingDown });
    expect(refusals).toEqual(Array.from({ length: 3 }, () => ({ policy: 'bulkhead', name: 'db', retryAfter: null })));
    await first.succeed();
    await drained;
    expect(await succeed(bulkhead)).toMatchObject({ ok: true });
    await clock.advance(5_000);
    expect([bulkhead.running, bulkhead.queued, clock.pending, scope.waiters.size]).toEqual([0, 0, 0, 0]);
  });

  it('admits those who wait when it is given more places, and takes fewer as calls end', async () => {
    const { bulkhead } = fixture({ maxQueue: 3 });
    const calls = [0, 1, 2, 3].map(() => hang(bulkhead));
    bulkhead.update({ ...bulkhead.options, maxConcurrent: 3 });
    await turn();
    expect(calls.map(({ hasRun }) => hasRun)).toEqual([true, true, true, false]);
    bulkhead.update({ ...bulkhead.options, maxConcurrent: 1 });
    await calls[0]?.succeed();
    await calls[1]?.succeed();
    expect([bulkhead.running, calls[3]?.hasRun]).toEqual([1, false]);
    await calls[2]?.succeed();
    expect(calls[3]?.hasRun).toBe(true);
    await calls[3]?.succeed();
    expect(bulkhead).toMatchObject({ running: 0, queued: 0, options: { maxConcurrent: 1 } });
  });

  it('passes calls while it is switched off, those that wait included', async () => {
    const { bulkhead, scope } = fixture({ maxQueue: 1 });
    const first = hang(bulkhead);
    const waiting = hang(bulkhead);
    bulkhead.update({ ...bulkhead.options, enabled: false });
    await turn();
    expect(waiting.hasRun).toBe(true);
    const passing = [hang(bulkhead), hang(bulkhead)];
    expect(passing.every(({ hasRun }) => hasRun)).toBe(true);
    expect(bulkhead.running).toBe(2);
    bulkhead.update({ ...bulkhead.options, enabled: true });
    scope.enabled = false;
    expect(hang(bulkhead).hasRun).toBe(true);
    scope.enabled = true;
    await Promise.all([first, waiting, ...passing].map((call) => call.succeed()));
    expect(bulkhead.running).toBe(0);
  });

  it('survives a listener that aborts the call whose refusal it hears', async () => {
    const { bulkhead, scope } = fixture();
    const controller = new AbortController();
    scope.events.on('refused', () => controller.abort());
    const first = hang(bulkhead);
    const refused = hang(bulkhead, { signal: controller.signal });
    expect(await refused.answer).toEqual({ ok: false, error: controller.signal.reason });
    await first.succeed();
    expect(bulkhead.running).toBe(0);
  });

  it('[C11] never has more running than places, nor loses one, however calls end', async () => {
    const { bulkhead, timeout, clock } = fixture({ maxConcurrent: 3, maxQueue: 5, queueTimeout: 40 });
    const pipeline = compose(timeout, bulkhead);
    let running = 0;
    let most = 0;
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const open: (() => void)[] = [];
    const answers: Promise<unknown>[] = [];
    for (let step = 0; step < 2_000; step++) {
      const what = random(10);
      if (what < 5) {
        const controller = new AbortController();
        const { promise, resolve, reject } = withResolvers();
        promise.catch(() => {}); // a refused call never asks for it
        const work = (): Promise<unknown> => {
          most = Math.max(most, ++running);
          return promise.finally(() => running--);
        };
        const signal = random(2) === 0 ? controller.signal : undefined;
        answers.push(pipeline.execute(work, { signal }).catch(() => {}));
        open.push(random(2) === 0 ? resolve : () => reject(new ServiceError('no')));
        if (signal !== undefined) open.push(() => controller.abort());
      } else if (what < 9) {
        const [end] = open.splice(random(Math.max(1, open.length)), 1);
        end?.();
        if (random(3) === 0) await turn();
      } else await clock.advance(random(30));
      expect(bulkhead.running).toBeLessThanOrEqual(3);
    }
    for (const end of open) end();
    await clock.advance(2_000);
    await Promise.all(answers);
    expect(most).toBe(3);
    expect([running, bulkhead.running, bulkhead.queued, clock.pending]).toEqual([0, 0, 0, 0]);
  });
});
