import { describe, expect, it } from '@jest/globals';
import {
  BULKHEAD_DEFAULTS,
  BulkheadPolicy,
  RATE_LIMITER_DEFAULTS,
  RateLimiterPolicy,
  Scope,
  compose,
} from 'nest-circuit-breaker/engine';

import { atTimers } from '../../../fixtures/at-timers.js';
import { hang, settledOf, succeed, turn, withResolvers } from '../../../fixtures/breaker.js';
import { KeepingClock } from '../../../fixtures/keeping-clock.js';
import { Watch } from '../../../fixtures/watch.js';

function fixture() {
  const clock = new KeepingClock();
  const scope = new Scope({ clock });
  const bulkhead = new BulkheadPolicy('', { ...BULKHEAD_DEFAULTS, maxConcurrent: 1, maxQueue: 2 }, scope);
  const limiter = new RateLimiterPolicy('', { ...RATE_LIMITER_DEFAULTS, limit: 1, maxWait: 5_000 }, scope);
  const watch = new Watch('', scope);
  const controller = new AbortController();
  const abort = (): void => controller.abort('stop');
  const events: string[] = [];
  const listen = () => scope.events.on('*', ({ type }) => void events.push(type));
  return { clock, scope, bulkhead, limiter, watch, abort, signal: controller.signal, events, listen };
}

const stopped = { ok: false, error: 'stop' };

describe('a call that waits for its turn', () => {
  it('ends once where it is aborted between its turn and its beginning', async () => {
    const { bulkhead, watch, abort, signal } = fixture();
    const { promise, resolve } = withResolvers();
    const first = bulkhead.execute(() => promise);
    const waiting = hang(compose(watch, bulkhead), { signal });
    void promise.then(abort); // runs after the place was given, before the call has begun
    resolve();
    await first;
    expect(await waiting.answer).toEqual(stopped);
    await turn();
    expect(watch.heard).toEqual(['ended']);
    expect(bulkhead).toMatchObject({ running: 0, queued: 0 });
  });

  it.each(['waited too long', 'is shut out'])('ends once where it %s and is aborted before it knows', async (how) => {
    const { clock, scope, bulkhead, watch, abort, signal, events, listen } = fixture();
    listen();
    bulkhead.update({ ...bulkhead.options, queueTimeout: 100 });
    atTimers(clock, 'after', abort);
    const first = hang(bulkhead);
    const waiting = hang(compose(watch, bulkhead), { signal });
    if (how === 'is shut out') {
      void scope.drain(1);
      abort();
    }
    await clock.advance(100);
    expect(await waiting.answer).toEqual(stopped);
    expect([watch.heard, events]).toEqual([['ended'], []]);
    expect(bulkhead).toMatchObject({ running: 1, queued: 0 });
    await first.succeed();
    expect(bulkhead.running).toBe(0);
  });

  it('ends once where it is aborted while it waits', async () => {
    const { bulkhead, watch, abort, signal } = fixture();
    const first = hang(bulkhead);
    const waiting = hang(compose(watch, bulkhead), { signal });
    abort();
    expect(await waiting.answer).toEqual(stopped);
    await first.succeed();
    expect([watch.heard, bulkhead.running]).toEqual([['ended'], 0]);
  });

  it('keeps the process alive while a rate limiter has it wait, with one timer for all who wait', async () => {
    const { clock, limiter } = fixture();
    await succeed(limiter);
    const calls = [hang(limiter), hang(limiter), hang(limiter)];
    expect([clock.pending, clock.kept]).toEqual([1, [true]]);
    await clock.advance(3_000);
    expect(calls.map(({ hasRun }) => hasRun)).toEqual([true, true, true]);
    expect([clock.pending, clock.kept]).toEqual([0, [true, true, true]]);
    for (const call of calls) await call.succeed();
  });

  it('is not overtaken by one that comes when there is a token for it', async () => {
    const { clock, limiter } = fixture();
    const order: string[] = [];
    const enter = (name: string) => settledOf(limiter.execute(() => void order.push(name)));
    await enter('first');
    clock.schedule(1_000, () => void enter('late')); // due at the same moment, and asked before the limiter
    void enter('waiting');
    await clock.advance(1_000);
    expect([order, limiter.queued]).toEqual([['first', 'waiting'], 1]);
    await clock.advance(1_000);
    expect([order, limiter.queued]).toEqual([['first', 'waiting', 'late'], 0]);
  });

  it('hands on its token where it is aborted between its turn and its beginning', async () => {
    const { clock, limiter, watch, abort, signal } = fixture();
    limiter.update({ ...limiter.options, limit: 2_000, burst: 2 });
    await succeed(limiter);
    const first = settledOf(limiter.execute(abort));
    const aborted = hang(compose(watch, limiter), { signal });
    const next = hang(limiter);
    expect([limiter.queued, clock.pending]).toEqual([3, 1]);
    await clock.advance(1); // brings two tokens
    expect([(await first).ok, aborted.hasRun, next.hasRun]).toEqual([true, false, true]);
    expect([watch.heard, limiter.queued, clock.pending]).toEqual([['ended'], 0, 0]);
    expect(await aborted.answer).toEqual(stopped);
    await next.succeed();
  });
});

describe('a call that is refused its turn', () => {
  it('has ended with that', async () => {
    const { bulkhead, watch } = fixture();
    bulkhead.update({ ...bulkhead.options, maxQueue: 0 });
    const first = hang(bulkhead);
    const refused = hang(compose(watch, bulkhead));
    expect(await refused.answer).toMatchObject({ ok: false, error: { code: 'ERR_BULKHEAD_FULL' } });
    expect(watch.heard).toEqual(['failed']);
    await first.succeed();
  });

  it('has ended, too, where whoever hears of it aborts the call', async () => {
    const { bulkhead, scope, watch, abort, signal } = fixture();
    bulkhead.update({ ...bulkhead.options, maxQueue: 0 });
    scope.events.on('refused', abort);
    const first = hang(bulkhead);
    const refused = hang(compose(watch, bulkhead), { signal });
    expect(await refused.answer).toEqual(stopped);
    expect(watch.heard).toEqual(['ended']);
    await first.succeed();
  });
});
