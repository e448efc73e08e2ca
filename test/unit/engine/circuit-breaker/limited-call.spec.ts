import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, it } from '@jest/globals';

import {
  CIRCUIT_BREAKER_DEFAULTS,
  CallTimeoutError,
  CircuitBreakerPolicy,
  RetryPolicy,
  Scope,
  TimeoutPolicy,
  compose,
} from '../../../../lib/engine/index.js';
import type { ExecuteOptions } from '../../../../lib/engine/index.js';
import { deadlinesOf } from '../../../../lib/engine/policies/deadlines.js';
import { retry } from '../../../../lib/options/index.js';
import { ManualClock } from '../../../../lib/testing/index.js';

const defer = () => {
  let settle!: { resolve(value: unknown): void; reject(reason: unknown): void };
  const promise = new Promise((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
};

/** What a call fails with, awaited later: it is heard of at once. */
const failureOf = (answer: Promise<unknown>): Promise<unknown> =>
  answer.then(
    () => 'no failure',
    (error: unknown) => error,
  );

// the same rules hold on each way that a limited call may take
const ways = {
  'that stands alone': ({ limited }) => limited,
  'in a chain': ({ limited, scope }) => compose(new RetryPolicy('', { ...retryOnce, enabled: false }, scope), limited),
  'with a time-out below it': ({ breaker, timeout }) => compose(breaker, timeout),
} satisfies Record<string, (parts: ReturnType<typeof partsOf>) => unknown>;

const retryOnce = retry({ maxAttempts: 2, delay: '1s', jitter: 'none' }).options;

function partsOf() {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const options = { ...CIRCUIT_BREAKER_DEFAULTS, failureThreshold: 2 };
  const limited = new CircuitBreakerPolicy('payments', { ...options, timeout: 1_000 }, scope);
  const breaker = new CircuitBreakerPolicy('payments', options, scope);
  const timeout = new TimeoutPolicy('payments', { enabled: true, duration: 1_000 }, scope);
  return { clock, scope, limited, breaker, timeout };
}

describe.each(Object.keys(ways) as (keyof typeof ways)[])('a limited call of a breaker %s', (way) => {
  function fixture() {
    const parts = partsOf();
    const policy = ways[way](parts);
    const breaker = way === 'with a time-out below it' ? parts.breaker : parts.limited;
    const execute = (work: () => unknown, options?: ExecuteOptions) => policy.execute(work as () => never, options);
    return { ...parts, policy, breaker, execute };
  }

  it('answers in time with what the method answers, threw, returned or rejected', async () => {
    const { execute, breaker } = fixture();
    const error = Object.freeze(new Error('no'));
    await expect(execute(() => Promise.resolve(1))).resolves.toBe(1);
    await expect(execute(() => 2)).resolves.toBe(2);
    await expect(execute(() => Promise.reject(error))).rejects.toBe(error);
    await expect(
      execute(() => {
        throw error;
      }),
    ).rejects.toBe(error);
    expect(breaker.snapshot().totals).toMatchObject({ calls: 4, successes: 2, failures: 2, timeouts: 0 });
    expect(breaker.state).toBe('open');
  });

  it('fails at the limit, not a moment before, and takes the next call', async () => {
    const { execute, breaker, clock } = fixture();
    const failed = failureOf(execute(() => new Promise(() => {})));
    await clock.advance(999);
    expect(breaker.snapshot().inFlight).toBe(1);
    await clock.advance(1);
    expect(await failed).toMatchObject({
      code: 'ERR_CALL_TIMEOUT', policyName: 'payments', duration: 1_000, message: 'Call timed out after 1000 ms "payments"',
    }); // prettier-ignore
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, totals: { calls: 1, failures: 1, timeouts: 1 } });
    await expect(execute(() => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('drops what the method says after the limit, and doesn’t mistake it for the next call’s answer', async () => {
    const { execute, breaker, clock } = fixture();
    const [late, next] = [defer(), defer()];
    const timedOut = failureOf(execute(() => late.promise));
    await clock.advance(1_000);
    expect(await timedOut).toBeInstanceOf(CallTimeoutError);
    const answer = execute(() => next.promise);
    late.resolve('late');
    await clock.advance(0);
    expect(breaker.snapshot()).toMatchObject({ inFlight: 1, totals: { successes: 0 } });
    next.resolve('next');
    await expect(answer).resolves.toBe('next');
    expect(breaker.snapshot().totals).toMatchObject({ calls: 2, successes: 1, failures: 1, stale: 0 });
  });

  it('gives each of many calls its own limit and its own answer', async () => {
    const { execute, clock } = fixture();
    const works = Array.from({ length: 20 }, defer);
    const answers = works.map(({ promise }) => execute(() => promise).catch((error: Error) => error.constructor.name));
    await clock.advance(500);
    works.forEach(({ resolve }, n) => n % 2 === 0 && resolve(n));
    await clock.advance(500);
    const expected = works.map((_, n) => (n % 2 === 0 ? n : 'CallTimeoutError'));
    await expect(Promise.all(answers)).resolves.toEqual(expected);
  });

  it('is over at the limit even where the method answers before the news has arrived, and aborts nothing then', async () => {
    const { execute, clock, breaker } = fixture();
    let signal: AbortSignal | undefined;
    const work = defer();
    const first = { due: 0, previous: null, next: null, expire: () => work.resolve('just too late') };
    deadlinesOf(clock, 1_000).add(first, clock.now());
    const answer = failureOf(
      execute((({ signal: own }: { signal: AbortSignal }) => {
        signal = own;
        return work.promise;
      }) as () => unknown),
    );
    await clock.advance(1_000);
    expect(await answer).toBeInstanceOf(CallTimeoutError);
    expect(signal?.aborted).toBe(false);
    expect(breaker.snapshot().totals).toMatchObject({ failures: 1, successes: 0, stale: 0 });
    await expect(execute(() => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('aborts the signal, then tells listeners, then counts', async () => {
    const { execute, clock, scope } = fixture();
    const heard: string[] = [];
    for (const type of ['timed_out', 'failed'] as const) {
      scope.events.on(type, ({ operation }) => heard.push(`${type} ${operation}`));
    }
    const work = ({ signal }: { signal: AbortSignal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          heard.push('abort');
          reject(signal.reason);
        });
      });
    const answer = execute(work as () => unknown, { operation: 'Shop.pay' }).catch(() => heard.push('caught'));
    await clock.advance(1_000);
    await answer;
    expect(heard).toEqual(['abort', 'timed_out Shop.pay', 'failed Shop.pay', 'caught']);
  });

  it('[C53] [C80] hears of the limit in its own caller’s context', async () => {
    const { execute, clock, scope } = fixture();
    const storage = new AsyncLocalStorage<string>();
    const heard: string[] = [];
    for (const type of ['timed_out', 'failed'] as const) {
      scope.events.on(type, () => heard.push(`${type} ${storage.getStore()}`));
    }
    const work = ({ signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => heard.push(`abort ${storage.getStore()}`));
      return new Promise(() => {});
    };
    const calls = ['a', 'b'].map((name) => storage.run(name, () => execute(work as () => unknown)));
    const ended = Promise.allSettled(calls);
    await storage.run('timer', () => clock.advance(1_000));
    await ended;
    const of = (name: string) => [`abort ${name}`, `timed_out ${name}`, `failed ${name}`];
    expect(heard).toEqual([...of('a'), ...of('b')]);
  });

  it('leaves no timer behind that keeps the process alive, and none at all after its time', async () => {
    const { execute, clock } = fixture();
    await execute(() => Promise.resolve(1));
    await clock.advance(1_000);
    expect(clock.pending).toBe(0);
  });
});

describe('a limited call', () => {
  it('follows the limit as it is changed at run time', async () => {
    const { limited, clock } = partsOf();
    const hang = () => new Promise(() => {});
    const ended: unknown[] = [];
    const call = () => void limited.execute(hang).catch((error: CallTimeoutError) => ended.push(error.duration));
    call();
    limited.update({ ...limited.options, timeout: 300 });
    call();
    limited.update({ ...limited.options, timeout: null });
    call();
    await clock.advance(300);
    expect(ended).toEqual([300]);
    await clock.advance(700);
    expect(ended).toEqual([300, 1_000]);
    await clock.advance(60_000);
    expect(limited.snapshot().inFlight).toBe(1);
  });

  it('is refused like any other, without a limit’s trace', async () => {
    const { limited, clock } = partsOf();
    limited.isolate();
    await expect(limited.execute(() => 1)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    expect(clock.pending).toBe(0);
  });
});
