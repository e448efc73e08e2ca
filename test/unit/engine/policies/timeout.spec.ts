import { describe, expect, it } from '@jest/globals';
import {
  BULKHEAD_DEFAULTS,
  BulkheadPolicy,
  CallTimeoutError,
  HedgePolicy,
  RETRY_DEFAULTS,
  RetryPolicy,
  Scope,
  TimeoutPolicy,
  compose,
} from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { atTimers } from '../../../fixtures/at-timers.js';
import { hang, settledOf, turn, withResolvers } from '../../../fixtures/breaker.js';
import { Watch } from '../../../fixtures/watch.js';

function fixture(duration = 100) {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const timeout = new TimeoutPolicy('slow', { enabled: true, duration }, scope);
  const watch = new Watch('', scope);
  return { clock, scope, timeout, watch, watched: compose(watch, timeout) };
}

const timedOut = { ok: false, error: expect.objectContaining({ code: 'ERR_CALL_TIMEOUT', policyName: 'slow' }) };

describe('a time-out', () => {
  it('says its kind and its name to who asks, and its limit in what it throws', async () => {
    const { clock, timeout } = fixture();
    expect(await timeout.execute(({ policy, name }) => [policy, name])).toEqual(['timeout', 'slow']);
    const call = hang(timeout);
    await clock.advance(100);
    expect(await call.answer).toEqual({ ok: false, error: expect.any(CallTimeoutError) });
    expect(call.settled).toMatchObject({ error: { message: expect.stringContaining('100 ms') } });
  });

  it('takes a new limit for calls that begin from then on', async () => {
    const { clock, timeout } = fixture();
    const before = hang(timeout);
    timeout.update({ enabled: true, duration: 30 });
    expect(timeout.options).toEqual({ enabled: true, duration: 30 });
    const after = hang(timeout);
    await clock.advance(29);
    expect(after.settled).toBeUndefined();
    await clock.advance(1);
    expect([before.settled, after.settled]).toEqual([undefined, timedOut]);
    await clock.advance(70);
    expect(before.settled).toEqual(timedOut);
  });

  it.each<[string, (kit: ReturnType<typeof fixture>, on: boolean) => void]>([
    ['it is', ({ timeout }, on) => timeout.update({ enabled: on, duration: 100 })],
    ['everything is', ({ scope }, on) => void (scope.enabled = on)],
  ])('keeps no time while %s switched off, and passes an abort on', async (_, set) => {
    const kit = fixture();
    const { clock, watch, watched } = kit;
    set(kit, false);
    const controller = new AbortController();
    const calls = [hang(watched), hang(watched, { signal: controller.signal })] as const;
    await clock.advance(10_000);
    expect([calls[0].settled, clock.pending]).toEqual([undefined, 0]);
    expect(await calls[0].succeed('late')).toEqual({ ok: true, value: 'late' });
    controller.abort('stop');
    expect(await calls[1].answer).toEqual({ ok: false, error: 'stop' });
    await calls[1].succeed('unheard');
    expect(watch.heard).toEqual(['succeeded', 'ended']);
    set(kit, true);
    const limited = hang(watched);
    await clock.advance(100);
    expect(limited.settled).toEqual(timedOut);
  });

  it('lets its timer go with the call, and serves the next one with the same frames', async () => {
    const { clock, watch, watched } = fixture();
    for (let call = 0; call < 3; call++) {
      const one = hang(watched);
      await clock.advance(60);
      await one.succeed(call);
      expect(one.settled).toEqual({ ok: true, value: call });
    }
    await clock.advance(1_000);
    expect([watch.heard, clock.pending]).toEqual([['succeeded', 'succeeded', 'succeeded'], 0]);
  });

  it('tells its end once what it gave up has ended, and not before', async () => {
    const { clock, watch, watched } = fixture();
    const call = hang(watched);
    await clock.advance(100);
    expect([call.settled, watch.heard]).toEqual([timedOut, ['failed live']]);
    await call.fail();
    expect(watch.heard).toEqual(['failed live', 'ended']);
  });

  it.each(['succeed', 'fail'] as const)('has come first where a call would %s before the news of it', async (how) => {
    const { clock, watch, watched, scope } = fixture();
    const { promise, resolve, reject } = withResolvers();
    atTimers(clock, 'before', () => (how === 'succeed' ? resolve('late') : reject(new Error('late'))));
    const call = settledOf(watched.execute(() => promise));
    await clock.advance(100);
    expect(await call).toEqual(timedOut);
    expect([watch.heard, scope.active]).toEqual([['failed'], 0]);
    const next = hang(watched);
    await next.succeed();
    expect(watch.heard).toEqual(['failed', 'succeeded']);
  });

  it('ends with what it gave up, where a policy below goes on after an answer that came too late', async () => {
    const { clock, scope, timeout, watch } = fixture();
    const hedge = new HedgePolicy('', { enabled: true, delay: 50, maxAttempts: 2 }, scope);
    const attempts: ReturnType<typeof withResolvers>[] = [];
    atTimers(clock, 'before', () => attempts[1]?.resolve('late'));
    const call = settledOf(
      compose(watch, timeout, hedge).execute(() => {
        attempts.push(withResolvers());
        return attempts.at(-1)?.promise;
      }),
    );
    await clock.advance(100);
    expect([await call, watch.heard]).toEqual([timedOut, ['failed live']]);
    attempts[0]?.resolve();
    await turn();
    expect(watch.heard).toEqual(['failed live', 'ended']);
  });

  it('is unheard where the caller aborts before the news of it', async () => {
    const { clock, scope, watch, watched } = fixture();
    const events: unknown[] = [];
    scope.events.on('timed_out', (event) => void events.push(event));
    const controller = new AbortController();
    atTimers(clock, 'after', () => controller.abort('stop'));
    const call = hang(watched, { signal: controller.signal });
    await clock.advance(100);
    expect(await call.answer).toEqual({ ok: false, error: 'stop' });
    expect([events, watch.heard]).toEqual([[], []]);
    await call.succeed('unheard');
    expect(watch.heard).toEqual(['ended']);
  });

  it.each([
    ['the signal', 'nothing'],
    ['the signal', 'a retry'],
    ['the event', 'nothing'],
    ['the event', 'a retry'],
  ])('may be heard by who aborts the whole call: by %s, with %s in between', async (by, below) => {
    const { clock, scope, watch, timeout } = fixture();
    const retry = new RetryPolicy('', { ...RETRY_DEFAULTS, enabled: below === 'a retry' }, scope);
    const controller = new AbortController();
    const abort = (): void => controller.abort('stop');
    if (by === 'the event') scope.events.on('timed_out', abort);
    let end!: () => void;
    const call = settledOf(
      compose(watch, timeout, retry).execute(
        ({ signal }) => {
          if (by === 'the signal') signal.addEventListener('abort', abort);
          return new Promise<void>((resolve) => (end = resolve));
        },
        { signal: controller.signal },
      ),
    );
    await clock.advance(100);
    expect(await call).toEqual({ ok: false, error: 'stop' });
    expect(watch.heard).toEqual([]);
    end();
    await turn();
    expect(watch.heard).toEqual(['ended']);
    expect({ active: scope.active, pending: clock.pending }).toEqual({ active: 0, pending: 0 });
  });

  it('has ended with the call where that only waited for its turn', async () => {
    const { clock, scope, watch, timeout } = fixture();
    const bulkhead = new BulkheadPolicy('', { ...BULKHEAD_DEFAULTS, maxConcurrent: 1, maxQueue: 1 }, scope);
    const first = hang(bulkhead);
    const waiting = hang(compose(watch, timeout, bulkhead));
    await clock.advance(100);
    expect([waiting.settled, watch.heard, bulkhead.queued]).toEqual([timedOut, ['failed'], 0]);
    await first.succeed();
  });

  it('tells the end of such a call after the news, too, where its caller aborts before that', async () => {
    const { clock, scope, watch, timeout } = fixture();
    const bulkhead = new BulkheadPolicy('', { ...BULKHEAD_DEFAULTS, maxConcurrent: 1, maxQueue: 1 }, scope);
    const controller = new AbortController();
    const first = hang(bulkhead);
    let heardAtOnce: string[] | undefined;
    atTimers(clock, 'after', () => {
      controller.abort('stop');
      heardAtOnce = [...watch.heard];
    });
    const waiting = hang(compose(watch, timeout, bulkhead), { signal: controller.signal });
    await clock.advance(100);
    expect(await waiting.answer).toEqual({ ok: false, error: 'stop' });
    expect([heardAtOnce, watch.heard]).toEqual([[], ['ended']]);
    await first.succeed();
  });
});
