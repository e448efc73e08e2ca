import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, it } from '@jest/globals';
import { RATE_LIMITER_DEFAULTS, RateLimiterPolicy, Scope, compose } from 'nest-circuit-breaker/engine';
import type { PolicyEvent, RateLimiterOptions } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { fail, hang, settledOf, succeed, times, turn } from '../../../fixtures/breaker.js';

function fixture(options: Partial<RateLimiterOptions> = {}) {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const limiter = new RateLimiterPolicy('mail', { ...RATE_LIMITER_DEFAULTS, limit: 2, ...options }, scope);
  const events: PolicyEvent[] = [];
  scope.events.on('*', (event) => void events.push(event));
  return { clock, scope, limiter, events };
}

const limited = (retryAfter: number) => ({
  ok: false,
  error: expect.objectContaining({ code: 'ERR_RATE_LIMITED', statusCode: 429, policyName: 'mail', retryAfter }),
});
const fine = { ok: true, value: 'fine' };
const shuttingDown = expect.objectContaining({ code: 'ERR_SHUTTING_DOWN', policy: 'rate_limiter', policyName: 'mail' });

describe('a rate limiter', () => {
  it('lets as many calls begin at once as its burst, by default its limit', async () => {
    for (const [burst, expected] of [
      [null, 2],
      [5, 5],
      [1, 1],
    ] as const) {
      // prettier-ignore
      const { limiter } = fixture({ burst });
      let passed = 0;
      await times(10, async () => void ((await succeed(limiter)).ok && passed++));
      expect(passed).toBe(expected);
    }
  });

  it('says when the next call may begin, to the millisecond', async () => {
    for (const [limit, wait] of [
      [2, 500],
      [3, 334],
      [7, 143],
      [1_000, 1],
    ] as const) {
      // prettier-ignore
      const { limiter, clock } = fixture({ limit, burst: 1 });
      await succeed(limiter);
      expect(await succeed(limiter)).toEqual(limited(wait));
      await clock.advance(wait - 1);
      expect(await succeed(limiter)).toEqual(limited(1));
      await clock.advance(1);
      expect(await succeed(limiter)).toEqual(fine);
    }
  });

  it('lets a call in that comes back on time, whatever fractions its clock counts in', async () => {
    const clock = new ManualClock();
    let offset = 0.1 + 0.2;
    const scope = new Scope({ clock: { ...methodsOf(clock), now: () => clock.now() * 1.1 + offset } });
    const limiter = new RateLimiterPolicy('mail', { ...RATE_LIMITER_DEFAULTS, limit: 10, burst: 1 }, scope);
    for (let i = 0; i < 300; i++) {
      expect(await succeed(limiter)).toEqual(fine);
      const refused = await succeed(limiter);
      offset += (refused as unknown as { error: { retryAfter: number } }).error.retryAfter;
    }
    expect(offset).toBeLessThan(300 * 101);
  });

  it('keeps to its limit in the long run, and forgets no fraction of a token', async () => {
    const { limiter, clock } = fixture({ limit: 3, interval: 1_000 });
    let passed = 0;
    for (let ms = 0; ms < 3_000; ms++) {
      if ((await succeed(limiter)).ok) passed++;
      await clock.advance(1);
    }
    expect(passed).toBe(3 + 8); // the burst, then one each third of a second
  });

  it('saves up no more than its burst, however long nobody calls', async () => {
    const { limiter, clock } = fixture();
    await clock.advance(1e9);
    await times(2, () => succeed(limiter));
    expect(await succeed(limiter)).toEqual(limited(500));
  });

  it('counts calls that fail, and tells of those it refuses', async () => {
    const { limiter, events, clock } = fixture();
    await times(2, () => fail(limiter));
    expect(await settledOf(limiter.execute(() => 1, { operation: 'Mail.send' }))).toEqual(limited(500));
    expect(events).toEqual([
      expect.objectContaining({
        type: 'refused', policy: 'rate_limiter', name: 'mail', retryAfter: 500, operation: 'Mail.send',
      }),
    ]); // prettier-ignore
    expect(clock.pending).toBe(0);
  });

  it('lets calls wait whose turn comes within maxWait, first come, first served', async () => {
    const { limiter, clock } = fixture({ maxWait: 1_000 });
    const order: number[] = [];
    const calls = [0, 1, 2, 3, 4].map((n) => settledOf(limiter.execute(() => void order.push(n))));
    expect(limiter.queued).toBe(2);
    expect(await calls[4]).toEqual(limited(1_500));
    expect(order).toEqual([0, 1]);
    await clock.advance(499);
    expect(order).toEqual([0, 1]);
    await clock.advance(1);
    expect(order).toEqual([0, 1, 2]);
    const late = settledOf(limiter.execute(() => void order.push(5)));
    await clock.advance(500);
    expect(order).toEqual([0, 1, 2, 3]);
    await clock.advance(500);
    await late;
    expect([order, limiter.queued, clock.pending]).toEqual([[0, 1, 2, 3, 5], 0, 0]);
  });

  it('[C53] lets a call that waited begin in the context of its own caller', async () => {
    const { limiter, clock } = fixture({ limit: 1, maxWait: 5_000 });
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    await succeed(limiter);
    const calls = ['a', 'b', 'c'].map((name) =>
      storage.run(name, () => limiter.execute(() => void seen.push(storage.getStore()))),
    );
    await storage.run('timer', () => clock.advance(3_000));
    await Promise.all(calls);
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('lets those behind move up when one who waits goes away', async () => {
    const { limiter, clock } = fixture({ limit: 1, maxWait: 5_000 });
    await succeed(limiter);
    const controller = new AbortController();
    const aborted = hang(limiter, { signal: controller.signal });
    const next = hang(limiter);
    controller.abort();
    await turn();
    expect(aborted.settled).toEqual({ ok: false, error: controller.signal.reason });
    await clock.advance(1_000);
    expect([aborted.hasRun, next.hasRun]).toEqual([false, true]);
    await next.succeed();
  });

  it('hands on the token of a call that is aborted between its turn and its beginning', async () => {
    const { limiter, clock } = fixture({ limit: 2_000, burst: 2, maxWait: 5_000 });
    await times(2, () => succeed(limiter));
    const controller = new AbortController();
    const first = limiter.execute(() => controller.abort());
    const aborted = hang(limiter, { signal: controller.signal });
    const next = hang(limiter);
    await clock.advance(1); // brings two tokens
    await first;
    expect([aborted.hasRun, next.hasRun]).toEqual([false, true]);
    await next.succeed();
    expect([limiter.queued, clock.pending]).toEqual([0, 0]);
  });

  it('leaves no timer behind when the last one who waits goes away', async () => {
    const { limiter, clock, scope } = fixture({ limit: 1, maxWait: 5_000 });
    await succeed(limiter);
    const controller = new AbortController();
    const waiting = hang(limiter, { signal: controller.signal });
    expect(clock.pending).toBe(1);
    controller.abort();
    await waiting.answer;
    expect([clock.pending, limiter.queued, scope.waiters.size]).toEqual([0, 0, 0]);
  });

  it('ends what waits when the application goes down', async () => {
    const { limiter, clock, scope } = fixture({ limit: 1, maxWait: 5_000 });
    await succeed(limiter);
    const waiting = hang(compose(limiter));
    await scope.drain(1_000);
    expect(await waiting.answer).toEqual({ ok: false, error: shuttingDown });
    expect(await hang(limiter).answer).toEqual({ ok: false, error: shuttingDown });
    expect([clock.pending, limiter.queued]).toEqual([0, 0]);
    await clock.advance(1_000);
    expect(await succeed(limiter)).toEqual(fine);
  });

  it('goes on at another rate with the tokens that it has', async () => {
    const { limiter, clock } = fixture({ limit: 4, maxWait: 60_000 });
    await times(2, () => succeed(limiter));
    limiter.update({ ...limiter.options, limit: 10, interval: 60_000, burst: null });
    const calls = [0, 1, 2].map(() => hang(limiter));
    expect(calls.map(({ hasRun }) => hasRun)).toEqual([true, true, false]);
    await clock.advance(2_000);
    expect(calls[2]?.hasRun).toBe(false);
    limiter.update({ ...limiter.options, limit: 1, interval: 1_000 });
    await clock.advance(666); // a third of the token was there
    expect(calls[2]?.hasRun).toBe(false);
    await clock.advance(1);
    expect(calls[2]?.hasRun).toBe(true);
    await Promise.all(calls.map((call) => call.succeed()));
    expect(clock.pending).toBe(0);
  });

  it('passes calls while it is switched off, those that wait included', async () => {
    const { limiter, scope, clock } = fixture({ limit: 1, maxWait: 5_000 });
    await succeed(limiter);
    const waiting = hang(limiter);
    limiter.update({ ...limiter.options, enabled: false });
    await turn();
    expect([waiting.hasRun, clock.pending]).toEqual([true, 0]);
    await waiting.succeed();
    expect(await succeed(limiter)).toEqual(fine);
    limiter.update({ ...limiter.options, enabled: true, maxWait: null });
    expect(await succeed(limiter)).toEqual(limited(1_000));
    scope.enabled = false;
    expect(await succeed(limiter)).toEqual(fine);
  });
});

function methodsOf(clock: ManualClock) {
  return {
    wall: () => clock.wall(),
    schedule: (delay: number, task: () => void) => clock.schedule(delay, task),
  };
}
