import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';

import { describe, expect, it } from '@jest/globals';
import { CircuitOpenError, compose } from 'nest-circuit-breaker/engine';
import type { Executor, Settled } from 'nest-circuit-breaker/engine';

import {
  ServiceError,
  WAYS,
  counted,
  fail,
  hang,
  makeBreaker,
  settledOf,
  succeed,
  times,
  turn,
} from '../fixtures/breaker.js';
import { Kit } from '../fixtures/policies.js';

const errorOf = (settled: Settled | undefined): unknown => (settled?.ok === false ? settled.error : undefined);

/** Counts its calls; ends each as it is told. */
function service(...words: readonly (unknown | Error)[]): { calls: number; work: () => Promise<unknown> } {
  const state = {
    calls: 0,
    work: (): Promise<unknown> => {
      const word = words[Math.min(state.calls++, words.length - 1)];
      return word instanceof Error ? Promise.reject(word) : Promise.resolve(word);
    },
  };
  return state;
}

describe('a timeout', () => {
  it('[C45] rejects at its limit, and the loser that rejects later is unseen', async () => {
    const kit = new Kit();
    const call = hang(kit.timeout(1_000));
    await kit.clock.advance(999);
    expect(call.settled).toBeUndefined();
    await kit.clock.advance(1);
    expect(errorOf(call.settled)).toMatchObject({ code: 'ERR_CALL_TIMEOUT', statusCode: 504, duration: 1_000 });
    await call.fail(); // an unhandled rejection would fail this test
    await new Promise((resolve) => setImmediate(resolve));
    expect(errorOf(call.settled)).toMatchObject({ code: 'ERR_CALL_TIMEOUT' });
  });

  it('[C45] is a failure of the breaker above it, and of the one whose option it is', async () => {
    const kit = new Kit();
    const above = kit.breaker({ failureThreshold: 2 }, 'above');
    const own = kit.breaker({ failureThreshold: 2, timeout: 1_000 }, 'own');
    const guards = [compose(above, kit.timeout(1_000)), own];
    const calls = guards.flatMap((guard) => [hang(guard), hang(guard)]);
    await kit.clock.advance(1_000);
    for (const call of calls) expect(errorOf(call.settled)).toMatchObject({ code: 'ERR_CALL_TIMEOUT' });
    for (const breaker of [above, own]) {
      expect(breaker.snapshot()).toMatchObject({ state: 'open', inFlight: 0, totals: { failures: 2, timeouts: 2 } });
    }
    for (const call of calls) await call.succeed();
    expect([counted(above), counted(own)]).toMatchObject([{ stale: 0 }, { stale: 0 }]);
  });

  it('[C45] that comes in the same moment as the result: the result counts', async () => {
    const kit = new Kit();
    const breaker = kit.breaker({ timeout: 1_000 });
    let end!: (value: string) => void;
    kit.clock.schedule(1_000, () => end('in time')); // due first: it was scheduled first
    const answer = settledOf(breaker.execute(() => new Promise<string>((resolve) => (end = resolve))));
    await kit.clock.advance(1_000);
    expect(await answer).toEqual({ ok: true, value: 'in time' });
    expect(counted(breaker)).toMatchObject({ successes: 1, failures: 0, inFlight: 0 });
  });

  it.each(['bulkhead outside', 'bulkhead inside'] as const)(
    '[C46] work that outlives it keeps its bulkhead place: %s',
    async (where) => {
      const kit = new Kit();
      const bulkhead = kit.bulkhead({ maxConcurrent: 2 });
      const timeout = kit.timeout(1_000);
      const guard = where === 'bulkhead outside' ? compose(bulkhead, timeout) : compose(timeout, bulkhead);
      const calls = [hang(guard), hang(guard)];
      await kit.clock.advance(1_000);
      for (const call of calls) expect(errorOf(call.settled)).toMatchObject({ code: 'ERR_CALL_TIMEOUT' });
      expect(bulkhead.running).toBe(2);
      expect(errorOf(await succeed(guard))).toMatchObject({ code: 'ERR_BULKHEAD_FULL' });
      await calls[1]?.fail();
      expect(bulkhead.running).toBe(1);
      expect(await succeed(guard)).toMatchObject({ ok: true });
      await calls[0]?.succeed();
      expect(bulkhead.running).toBe(0);
    },
  );

  it.each(['a caller who leaves', "the breaker's own limit", 'a retry that goes on', 'a lost hedge'] as const)(
    '[C46] work that outlives %s keeps its place',
    async (what) => {
      const kit = new Kit();
      const bulkhead = kit.bulkhead({ maxConcurrent: 2 });
      const breaker = kit.breaker({ timeout: 1_000 });
      const caller = new AbortController();
      const guards: Record<typeof what, Executor> = {
        'a caller who leaves': bulkhead,
        "the breaker's own limit": compose(bulkhead, breaker),
        'a retry that goes on': compose(kit.retry({ delay: 10, maxAttempts: 2 }), bulkhead, kit.timeout(1_000)),
        'a lost hedge': compose(bulkhead, kit.hedge({ delay: 1_000 })),
      };
      const ends: (() => void)[] = [];
      const answer = settledOf(
        guards[what].execute(() => new Promise<void>((resolve) => ends.push(resolve)), { signal: caller.signal }),
      );
      await kit.clock.advance(1_010);
      if (what === 'a caller who leaves') caller.abort();
      if (what === 'a lost hedge') {
        expect(bulkhead.running).toBe(1); // one call, two attempts
        ends[1]?.();
      }
      await turn();
      if (what === 'a retry that goes on') {
        expect(bulkhead.running).toBe(2);
        ends[1]?.();
      }
      await answer;
      expect(bulkhead.running).toBe(1);
      ends[0]?.();
      await turn();
      expect(bulkhead.running).toBe(0);
    },
  );

  it('[C46] an attempt after one that timed out and has ended is an attempt like any other', async () => {
    const kit = new Kit();
    const failing = kit.fallback(() => Promise.reject(new ServiceError('no cache')));
    const guard = compose(kit.retry({ maxAttempts: 2, delay: 0 }), failing, kit.timeout(10));
    let attempts = 0;
    const answer = settledOf(
      guard.execute(({ signal }) => {
        if (++attempts === 2) return Promise.resolve('fine');
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      }),
    );
    await kit.clock.advance(1_000);
    expect(await answer).toEqual({ ok: true, value: 'fine' });
  });

  it('[C47] aborts the signal of its own call, and of no other', async () => {
    const kit = new Kit();
    const breaker = kit.breaker({ timeout: 1_000, failureThreshold: 99 });
    const signals: AbortSignal[] = [];
    const call = (): void =>
      void settledOf(breaker.execute(({ signal }) => (signals.push(signal), new Promise(() => {}))));
    call();
    await kit.clock.advance(500);
    call();
    await kit.clock.advance(500);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(signals[0]?.reason).toMatchObject({ code: 'ERR_CALL_TIMEOUT' });
    call();
    await kit.clock.advance(999);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false]);
    expect(new Set(signals).size).toBe(3);
  });

  it('[C47] opening a breaker aborts nobody', async () => {
    const kit = new Kit();
    const breaker = kit.breaker({ failureThreshold: 1 });
    let signal: AbortSignal | undefined;
    const answer = settledOf(
      breaker.execute(
        (context) => ((signal = context.signal), new Promise((resolve) => setImmediate(resolve, 'fine'))),
      ),
    );
    await fail(breaker);
    expect(breaker.state).toBe('open');
    expect(signal?.aborted).toBe(false);
    expect(await answer).toEqual({ ok: true, value: 'fine' });
  });

  it('[C47] each attempt of a call has a signal of its own', async () => {
    const kit = new Kit();
    const signals: AbortSignal[] = [];
    const guard = compose(kit.retry({ delay: 10, maxAttempts: 2 }), kit.timeout(1_000));
    const answer = settledOf(guard.execute(({ signal }) => (signals.push(signal), new Promise(() => {}))));
    await kit.clock.advance(1_500);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    await kit.clock.advance(1_000);
    expect(await answer).toMatchObject({ ok: false });
  });
});

describe("a caller's signal", () => {
  it('[C48] however the calls ended', async () => {
    const kit = new Kit();
    const caller = new AbortController();
    const { signal } = caller;
    const breaker = kit.breaker({ timeout: 1_000, failureThreshold: 99 });
    const ends = [hang(breaker, { signal }), hang(breaker, { signal }), hang(breaker, { signal })];
    await ends[0]?.succeed();
    await ends[1]?.fail();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await kit.clock.advance(1_000);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    breaker.isolate();
    await settledOf(breaker.execute(() => 1, { signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    breaker.reset();
    const last = hang(breaker, { signal });
    caller.abort();
    await last.answer;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('[C49] that is aborted beforehand: the call rejects with its reason, runs nothing and is counted nowhere', async () => {
    const kit = new Kit();
    const breaker = kit.breaker({ timeout: 1_000 });
    const bulkhead = kit.bulkhead();
    const reason = { why: 'gone' };
    let calls = 0;
    const guards: Executor[] = [
      breaker, compose(breaker, bulkhead), kit.retry(), kit.timeout(10), bulkhead, kit.hedge(), kit.rateLimiter(),
      kit.fallback(() => calls++), compose(kit.fallback(() => calls++), kit.retry(), breaker),
    ]; // prettier-ignore
    for (const guard of guards) {
      const settled = await settledOf(guard.execute(() => calls++, { signal: AbortSignal.abort(reason) }));
      expect(errorOf(settled)).toBe(reason);
    }
    expect(calls).toBe(0);
    expect(counted(breaker)).toMatchObject({ calls: 0, refused: 0, inFlight: 0 });
    expect(kit.events).toEqual([]);
    expect([bulkhead.running, kit.scope.active, kit.clock.pending]).toEqual([0, 0, 0]);
  });

  it('rejects the call at once with its reason, though the method heeds no signal', async () => {
    const kit = new Kit();
    const guard = compose(kit.retry(), kit.breaker(), kit.bulkhead({ maxConcurrent: 1 }));
    const caller = new AbortController();
    const call = hang(guard, { signal: caller.signal });
    caller.abort('enough');
    expect(await call.answer).toEqual({ ok: false, error: 'enough' });
    await call.succeed();
    expect(kit.scope.active).toBe(0);
  });

  it('ends a wait: of a retry, in a queue, for a token', async () => {
    const kit = new Kit();
    const bulkhead = kit.bulkhead({ maxConcurrent: 1, maxQueue: 5 });
    const limiter = kit.rateLimiter({ limit: 1, interval: 60_000, maxWait: 60_000 });
    await limiter.execute(() => 1);
    const first = hang(bulkhead);
    const retried = service(new ServiceError('down'));
    const caller = new AbortController();
    const { signal } = caller;
    const waiting = [
      settledOf(kit.retry({ delay: 60_000, maxDelay: 60_000 }).execute(retried.work, { signal })),
      hang(bulkhead, { signal }).answer,
      hang(limiter, { signal }).answer,
    ];
    await turn();
    caller.abort('enough');
    for (const answer of waiting) expect(await answer).toEqual({ ok: false, error: 'enough' });
    expect([bulkhead.queued, limiter.queued, kit.scope.waiters.size]).toEqual([0, 0, 0]);
    await first.succeed();
    await kit.clock.advance(120_000);
    expect(retried.calls).toBe(1);
    expect(kit.clock.pending).toBe(0);
  });
});

describe('a retry', () => {
  it('[C50] outside the breaker: each attempt passes it, and an open circuit is not retried', async () => {
    const kit = new Kit();
    const breaker = kit.breaker({ failureThreshold: 2 });
    const down = new ServiceError('down');
    const state = service(down);
    const answer = settledOf(compose(kit.retry({ maxAttempts: 5, delay: 100 }), breaker).execute(state.work));
    await kit.clock.advance(60_000);
    expect(state.calls).toBe(2);
    const error = errorOf(await answer);
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect((error as Error).cause).toBe(down);
    expect(counted(breaker)).toMatchObject({ calls: 2, failures: 2, refused: 1 });
  });

  it('[C50] outside a breaker that is open: one refusal, no method called', async () => {
    const kit = new Kit();
    const breaker = kit.breaker({ initialState: 'isolated' });
    const state = service('fine');
    const answer = await settledOf(compose(kit.retry(), breaker).execute(state.work));
    expect(errorOf(answer)).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    expect((errorOf(answer) as Error).cause).toBeUndefined();
    expect([state.calls, counted(breaker).refused, kit.clock.pending]).toEqual([0, 1, 0]);
  });

  it('[C50] inside the breaker: one call, however many attempts', async () => {
    const kit = new Kit();
    const breaker = kit.breaker({ failureThreshold: 2 });
    const state = service(new ServiceError('down'));
    const guard = compose(breaker, kit.retry({ maxAttempts: 3, delay: 100, budget: null }));
    for (let i = 1; i <= 2; i++) {
      const answer = settledOf(guard.execute(state.work));
      await kit.clock.advance(10_000);
      expect(await answer).toMatchObject({ ok: false });
      expect(state.calls).toBe(i * 3);
      expect(counted(breaker)).toMatchObject({ calls: i, failures: i });
    }
    expect(breaker.state).toBe('open');
    await settledOf(guard.execute(state.work));
    expect(state.calls).toBe(6);
  });

  it('[C50] on both sides: exact numbers', async () => {
    const kit = new Kit();
    const breaker = kit.breaker({ failureThreshold: 99 });
    const retry = { delay: 10, budget: null };
    const state = service(new ServiceError('down'));
    const guard = compose(kit.retry({ ...retry, maxAttempts: 2 }), breaker, kit.retry({ ...retry, maxAttempts: 3 }));
    const answer = settledOf(guard.execute(state.work));
    await kit.clock.advance(10_000);
    expect(await answer).toMatchObject({ ok: false });
    expect([state.calls, counted(breaker).calls]).toEqual([6, 2]);
  });

  it('[C50] ends with the first success, and takes no more from the breaker', async () => {
    const kit = new Kit();
    const breaker = kit.breaker();
    const state = service(new ServiceError('down'), new ServiceError('down'), 'fine');
    const answer = settledOf(compose(kit.retry({ maxAttempts: 5, delay: 10 }), breaker).execute(state.work));
    await kit.clock.advance(10_000);
    expect(await answer).toEqual({ ok: true, value: 'fine' });
    expect(counted(breaker)).toMatchObject({ calls: 3, failures: 2, successes: 1 });
    expect(breaker.snapshot().window.consecutiveFailures).toBe(0);
  });

  it("[C50] waits as long as it says: the last attempt's error is the caller's", async () => {
    const kit = new Kit();
    const errors = [new ServiceError('first'), new ServiceError('second'), new ServiceError('third')];
    const state = service(...errors);
    const answer = settledOf(kit.retry({ maxAttempts: 3, delay: 200 }).execute(state.work));
    await kit.clock.advance(199);
    expect(state.calls).toBe(1);
    await kit.clock.advance(1);
    expect(state.calls).toBe(2);
    await kit.clock.advance(399);
    expect(state.calls).toBe(2);
    await kit.clock.advance(1);
    expect(state.calls).toBe(3);
    expect(errorOf(await answer)).toBe(errors[2]);
    expect(kit.typesOf('retried', 'retries_exhausted')).toEqual(['retried', 'retried', 'retries_exhausted']);
  });

  it('[C51] the budget caps a retry storm: a fifth of the calls, at least ten a minute', async () => {
    const storm = async (calls: number): Promise<number> => {
      const kit = new Kit();
      const retry = kit.retry({ maxAttempts: 4, delay: 1 });
      const state = service(new ServiceError('down'));
      const answers = Array.from({ length: calls }, () => settledOf(retry.execute(state.work)));
      await kit.clock.advance(30_000);
      await Promise.all(answers);
      return state.calls - calls;
    };
    expect(await storm(1_000)).toBe(200);
    expect(await storm(100)).toBe(20);
    expect(await storm(20)).toBe(10);
    expect(await storm(2)).toBe(6); // what they ask for
  });

  it('[C51] the budget is of the policy, and a minute later there is another', async () => {
    const kit = new Kit();
    const [one, other] = [kit.retry({ delay: 1 }), kit.retry({ delay: 1 })];
    const call = async (retry: typeof one, count: number): Promise<number> => {
      const state = service(new ServiceError('down'));
      const answers = Array.from({ length: count }, () => settledOf(retry.execute(state.work)));
      await kit.clock.advance(100);
      await Promise.all(answers);
      return state.calls - count;
    };
    expect(await call(one, 10)).toBe(10);
    expect(await call(one, 10)).toBe(0);
    expect(kit.events.filter(({ type }) => type === 'retries_exhausted')).toContainEqual(
      expect.objectContaining({ reason: 'budget' }),
    );
    expect(await call(other, 10)).toBe(10);
    await kit.clock.advance(60_000);
    expect(await call(one, 10)).toBe(10);
  });

  const asks: readonly (readonly [string, (clock: Kit['clock']) => object])[] = [
    ['seconds in headers', () => ({ headers: { 'Retry-After': '7' } })],
    ['seconds in response.headers', () => ({ response: { headers: { 'retry-after': 7 } } })],
    ['seconds in Headers', () => ({ response: { headers: new Headers({ 'retry-after': '7' }) } })],
    ['a date', (clock) => ({ headers: { 'retry-after': new Date(clock.wall() + 7_000).toUTCString() } })],
    ['its own retryAfter in ms', () => ({ retryAfter: 7_000 })],
  ];

  it.each(asks)('[C52] Retry-After is honoured: %s', async (_how, fields) => {
    const kit = new Kit();
    await kit.clock.advance(5_000);
    const state = service(Object.assign(new Error('busy'), { status: 503 }, fields(kit.clock)), 'fine');
    const answer = settledOf(kit.retry({ delay: 10 }).execute(state.work));
    await kit.clock.advance(6_999);
    expect(state.calls).toBe(1);
    await kit.clock.advance(1);
    expect(state.calls).toBe(2);
    expect(await answer).toEqual({ ok: true, value: 'fine' });
  });

  it('[C52] a date is read by the wall clock, wherever it stands', async () => {
    const kit = new Kit();
    kit.clock.stepWall(-86_400_000);
    const date = new Date(kit.clock.wall() + 3_000).toUTCString();
    const state = service(Object.assign(new Error('busy'), { headers: { 'retry-after': date } }), 'fine');
    void settledOf(kit.retry({ delay: 10 }).execute(state.work));
    await kit.clock.advance(2_999);
    expect(state.calls).toBe(1);
    await kit.clock.advance(1);
    expect(state.calls).toBe(2);
  });

  it('[C52] a result may ask, too', async () => {
    const kit = new Kit();
    const state = service({ status: 503, headers: new Headers({ 'retry-after': '2' }) }, { status: 200 });
    const retryOnResult = (value: unknown): boolean => (value as { status: number }).status >= 500;
    const answer = settledOf(kit.retry({ delay: 10, retryOnResult }).execute(state.work));
    await kit.clock.advance(1_999);
    expect(state.calls).toBe(1);
    await kit.clock.advance(1);
    expect(await answer).toEqual({ ok: true, value: { status: 200 } });
  });

  it.each([
    ['maxDelay', { maxDelay: 6_999 }],
    ['maxElapsed', { maxElapsed: 6_999 }],
  ])('[C52] longer than %s: the retry ends there', async (_limit, options) => {
    const kit = new Kit();
    const busy = Object.assign(new Error('busy'), { headers: { 'retry-after': '7' } });
    const state = service(busy, 'fine');
    expect(errorOf(await settledOf(kit.retry(options).execute(state.work)))).toBe(busy);
    expect([state.calls, kit.clock.pending]).toEqual([1, 0]);
    expect(kit.events.at(-1)).toMatchObject({ type: 'retries_exhausted', reason: 'retry_after', attempts: 1 });
  });

  it('[C52] nonsense is no wait, and told not to, it does not listen', async () => {
    for (const value of ['soon', '-7', '', 'Thu, 99 Foo 2026 00:00:00 GMT', '1e9', {}, null]) {
      const kit = new Kit();
      const state = service(Object.assign(new Error('busy'), { headers: { 'retry-after': value } }), 'fine');
      void settledOf(kit.retry({ delay: 10 }).execute(state.work));
      await kit.clock.advance(10);
      expect([value, state.calls]).toEqual([value, 2]);
    }
    const kit = new Kit();
    const state = service(Object.assign(new Error('busy'), { retryAfter: 7_000 }), 'fine');
    void settledOf(kit.retry({ delay: 10, respectRetryAfter: false }).execute(state.work));
    await kit.clock.advance(10);
    expect(state.calls).toBe(2);
  });
});

describe('the context of a call', () => {
  const requests = new AsyncLocalStorage<string>();
  const inRequest = <T>(request: string, step: () => T): T => requests.run(request, step);

  it("[C53] queued calls run in their own caller's, not in that of whoever made room", async () => {
    const kit = new Kit();
    const bulkhead = kit.bulkhead({ maxConcurrent: 1, maxQueue: 10 });
    const limiter = kit.rateLimiter({ limit: 1, interval: 1_000, maxWait: 60_000 });
    const seen: unknown[] = [];
    const work = (): Promise<void> => (seen.push(requests.getStore()), Promise.resolve());
    const guards = [bulkhead, limiter, compose(kit.breaker(), bulkhead), compose(kit.timeout(90_000), limiter)];
    for (const guard of guards) {
      seen.length = 0;
      await kit.clock.advance(1_000);
      const answers = ['a', 'b', 'c'].map((request) => inRequest(request, () => guard.execute(work)));
      await inRequest('somebody else', () => kit.clock.advance(5_000));
      await Promise.all(answers);
      expect(seen).toEqual(['a', 'b', 'c']);
    }
  });

  it("[C53] what follows a queued call's refusal or shutdown runs there, too", async () => {
    const kit = new Kit();
    const bulkhead = kit.bulkhead({ maxConcurrent: 1, maxQueue: 10, queueTimeout: 1_000 });
    const seen: unknown[] = [];
    const fallback = kit.fallback(() => void seen.push(requests.getStore()));
    kit.scope.events.on('refused', () => void seen.push(`heard ${requests.getStore()}`));
    inRequest('a', () => hang(bulkhead));
    const guard = compose(fallback, bulkhead);
    const answers = ['b', 'c'].map((request) => inRequest(request, () => guard.execute(() => 1)));
    await inRequest('somebody else', () => kit.clock.advance(1_000));
    await Promise.all(answers);
    expect(seen).toEqual(['heard b', 'b', 'heard c', 'c']);
    const late = inRequest('d', () => guard.execute(() => 1));
    void inRequest('somebody else', () => kit.scope.drain(1_000));
    await late;
    expect(seen.at(-1)).toBe('d');
  });

  it('[C80] a timer shared between calls runs no abort, listener or fallback in the context of another', async () => {
    const kit = new Kit();
    const seen: string[] = [];
    const note = (what: string) => (): void => void seen.push(`${what} ${requests.getStore()}`);
    for (const type of ['timed_out', 'failed', 'retried', 'opened', 'fell_back', 'hedged'] as const) {
      kit.scope.events.on(type, note(type));
    }
    const breaker = kit.breaker({
      failureThreshold: 99,
      timeout: 1_000,
      classify: () => (note('classify')(), 'failure'),
      breakDuration: () => (note('breakDuration')(), 1),
    });
    const guard = compose(kit.fallback(note('fallback')), kit.retry({ maxAttempts: 2, delay: 500 }), breaker);
    const work = ({ signal, attempt }: { signal: AbortSignal; attempt: number }): Promise<void> => {
      note(`attempt ${attempt}`)();
      signal.addEventListener('abort', note('abort'));
      return new Promise(() => {});
    };
    const answers = ['a', 'b', 'c'].map((request) => inRequest(request, () => guard.execute(work)));
    await inRequest('somebody else', () => kit.clock.advance(10_000));
    await Promise.all(answers);
    for (const request of ['a', 'b', 'c']) {
      expect(seen.filter((line) => line.endsWith(` ${request}`))).toEqual(
        ['attempt 1', 'abort', 'timed_out', 'classify', 'failed', 'retried',
          'attempt 2', 'abort', 'timed_out', 'classify', 'failed', 'fallback', 'fell_back'].map((what) => `${what} ${request}`),
      ); // prettier-ignore
    }
    expect(seen.filter((line) => !/ [abc]$/.test(line))).toEqual([]);
  });

  it('[C80] a second attempt of a hedge starts in the context of its call', async () => {
    const kit = new Kit();
    const seen: unknown[] = [];
    const hedge = kit.hedge({ delay: 100 });
    kit.scope.events.on('hedged', () => void seen.push(requests.getStore()));
    const work = (): Promise<void> => (seen.push(requests.getStore()), new Promise(() => {}));
    for (const request of ['a', 'b']) inRequest(request, () => void hedge.execute(work));
    await inRequest('somebody else', () => kit.clock.advance(100));
    expect(seen).toEqual(['a', 'b', 'a', 'a', 'b', 'b']);
  });

  it('[C80] a break that a timed out probe causes is told in the context of whoever found it', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1, halfOpenTimeout: 100, initialState: 'open' });
    await bench.clock.advance(30_000);
    const seen: unknown[] = [];
    bench.scope.events.on('opened', () => void seen.push(requests.getStore()));
    inRequest('a', () => hang(bench.breaker));
    await inRequest('the clock', () => bench.clock.advance(200));
    expect(seen).toEqual([]);
    await inRequest('b', () => succeed(bench.breaker));
    expect(seen).toEqual(['b']);
  });
});

describe.each(WAYS)('a call made %s', (_way, guardOf) => {
  it('[C53] continues in the context that it began in', async () => {
    const requests = new AsyncLocalStorage<string>();
    const { breaker } = makeBreaker();
    const seen: unknown[] = [];
    const one = requests.run('a', () =>
      guardOf(breaker)
        .execute(async () => {
          await Promise.resolve();
          seen.push(requests.getStore());
        })
        .then(() => void seen.push(requests.getStore())),
    );
    await one;
    expect(seen).toEqual(['a', 'a']);
    await times(2, () => succeed(guardOf(breaker)));
  });
});
