import { describe, expect, it } from '@jest/globals';
import { HttpException, NotFoundException } from '@nestjs/common';

import {
  BulkheadFullError,
  CallTimeoutError,
  CircuitOpenError,
  RETRY_DEFAULTS,
  RateLimitedError,
  RetryPolicy,
  Scope,
  ShuttingDownError,
} from '../../../../lib/engine/index.js';
import type { CallContext, PolicyEvent, RetryOptions } from '../../../../lib/engine/index.js';
import { ManualClock } from '../../../../lib/testing/index.js';

/** Waits are exact, unless a test asks for chance. */
const PLAIN: RetryOptions = { ...RETRY_DEFAULTS, jitter: 'none', budget: null };

function fixture(options: Partial<RetryOptions> = {}, name = 'gentle') {
  const clock = new ManualClock();
  const faults: { fault: unknown; where: string }[] = [];
  const scope = new Scope({ clock, random: () => 0.5, onFault: (fault, where) => faults.push({ fault, where }) });
  const retry = new RetryPolicy(name, { ...PLAIN, ...options }, scope);
  const events: PolicyEvent[] = [];
  const listen = () => scope.events.on('*', (event) => void events.push(event));
  return { clock, scope, retry, faults, events, listen };
}

/** Work that fails with each error in turn and then succeeds. */
function failing(...errors: unknown[]) {
  const times: number[] = [];
  const contexts: CallContext[] = [];
  const work = (clock: ManualClock) => (context: CallContext) => {
    times.push(clock.now());
    contexts.push(context);
    return errors.length > 0 ? Promise.reject(errors.shift()) : Promise.resolve('fine');
  };
  return { times, contexts, work };
}

/** How a promise ended, or that it hasn't. */
async function settledBy(clock: ManualClock, ms: number, promise: Promise<unknown>): Promise<unknown> {
  let outcome: unknown = 'pending';
  promise.then(
    (value) => (outcome = { value }),
    (error: unknown) => (outcome = { error }),
  );
  await clock.advance(ms);
  return outcome;
}

describe('a retry policy', () => {
  it('makes a call that succeeds once', async () => {
    const { clock, retry } = fixture();
    const { work, times } = failing();
    expect(await settledBy(clock, 0, retry.execute(work(clock)))).toEqual({ value: 'fine' });
    expect(times).toEqual([0]);
    expect(clock.pending).toBe(0);
  });

  it('tries again after each wait until the call succeeds', async () => {
    const { clock, retry } = fixture({ maxAttempts: 4 });
    const { work, times } = failing(new Error('1'), new Error('2'), new Error('3'));
    expect(await settledBy(clock, 10_000, retry.execute(work(clock)))).toEqual({ value: 'fine' });
    expect(times).toEqual([0, 200, 600, 1_400]);
  });

  it('gives the last error as it was thrown once the tries are used up', async () => {
    const { clock, retry } = fixture();
    const last = Object.freeze(new Error('3'));
    const { work, times } = failing(new Error('1'), new Error('2'), last);
    const outcome = (await settledBy(clock, 10_000, retry.execute(work(clock)))) as { error: unknown };
    expect(outcome.error).toBe(last);
    expect(times).toEqual([0, 200, 600]);
    expect(clock.pending).toBe(0);
  });

  it('treats a synchronous throw like a rejection', async () => {
    const { clock, retry } = fixture();
    let calls = 0;
    const call = retry.execute(() => {
      if (++calls < 3) throw new Error('at once');
      return 'fine';
    });
    expect(await settledBy(clock, 600, call)).toEqual({ value: 'fine' });
    expect(calls).toBe(3);
  });

  it('counts the attempts in the context and shares the properties among them', async () => {
    const { clock, retry } = fixture();
    const { work, contexts } = failing(new Error('1'), new Error('2'));
    const properties = new Map([['user', 7]]);
    const call = retry.execute(
      (context) => {
        context.properties.set(context.attempt, true);
        return work(clock)(context);
      },
      { operation: 'Quotes.get', args: ['X'], properties },
    );
    await settledBy(clock, 600, call);
    expect(contexts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(contexts.map(({ startedAt }) => startedAt.getTime())).size).toBe(1);
    expect(contexts.map(({ operation, args }) => [operation, args])).toEqual(Array(3).fill(['Quotes.get', ['X']]));
    expect([...properties.keys()]).toEqual(['user', 1, 2, 3]);
    expect(new Set(contexts.map(({ signal }) => signal)).size).toBe(3);
  });

  it('makes one try where it is switched off, or everything is', async () => {
    for (const off of ['policy', 'scope']) {
      const { clock, retry, scope, events, listen } = fixture({
        enabled: off !== 'policy',
        retryOnResult: () => true,
      });
      scope.enabled = off !== 'scope';
      listen();
      const { work, times } = failing(new Error('1'));
      await expect(retry.execute(work(clock))).rejects.toThrow('1');
      await expect(retry.execute(work(clock))).resolves.toBe('fine');
      expect(times).toEqual([0, 0]);
      expect(events).toEqual([]);
    }
  });

  it('takes new options for calls that begin from then on', async () => {
    const { clock, retry } = fixture({ maxAttempts: 2 });
    const { work, times } = failing(new Error('1'), new Error('2'), new Error('3'), new Error('4'));
    const before = settledBy(clock, 200, retry.execute(work(clock)));
    retry.update({ ...PLAIN, maxAttempts: 1 });
    expect(retry.options.maxAttempts).toBe(1);
    expect(await before).toMatchObject({ error: { message: '2' } });
    await expect(retry.execute(work(clock))).rejects.toThrow('3');
    expect(times).toHaveLength(3);
  });

  it('serves many calls at once without mixing them up', async () => {
    const { clock, retry } = fixture({ maxAttempts: 5 });
    for (let round = 0; round < 3; round++) {
      const calls = Array.from({ length: 50 }, (_, n) => {
        let left = n % 5;
        return retry.execute(async () => {
          if (left-- > 0) throw new Error(`${n}`);
          return n;
        });
      });
      await clock.advance(60_000);
      expect(await Promise.all(calls)).toEqual(calls.map((_, n) => n));
    }
  });

  it('retries inside a retry, each with its own count', async () => {
    const { clock, scope } = fixture();
    const outer = new RetryPolicy('outer', { ...PLAIN, maxAttempts: 2 }, scope);
    const inner = new RetryPolicy('inner', { ...PLAIN, maxAttempts: 3 }, scope);
    const { compose } = await import('../../../../lib/engine/index.js');
    let calls = 0;
    const call = compose(outer, inner).execute(() => Promise.reject(new Error(`${++calls}`)));
    expect(await settledBy(clock, 60_000, call)).toMatchObject({ error: { message: '6' } });
    expect(calls).toBe(6);
  });
});

describe('what is retried', () => {
  const isRetried = async (error: unknown, options: Partial<RetryOptions> = {}): Promise<boolean> => {
    const { clock, retry } = fixture(options);
    const { work, times } = failing(error);
    await settledBy(clock, 60_000, retry.execute(work(clock)));
    return times.length > 1;
  };
  const abort = () => new DOMException('no more', 'AbortError');
  const open = () => new CircuitOpenError('payments', 'open');

  it.each<[string, unknown]>([
    ['an error', new Error('no')],
    ['a thrown string', 'no'],
    ['nothing at all', undefined],
    ['a time-out of this library', new CallTimeoutError('', 100)],
    ['a time-out of the platform', new DOMException('late', 'TimeoutError')],
    ['a 500', new HttpException('no', 500)],
    ['a 429 of Nest', new HttpException('slow down', 429)],
    ['a 408 of Nest', new HttpException('late', 408)],
    ['a 429 of an HTTP client', Object.assign(new Error('slow down'), { response: { status: 429 } })],
    ['a 503 of an HTTP client', Object.assign(new Error('no'), { status: 503 })],
  ])('retries %s', async (_, error) => {
    expect(await isRetried(error)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['a 404 of Nest', new NotFoundException()],
    ['a 400 of an HTTP client', Object.assign(new Error('no'), { response: { status: 400 } })],
    ['an abort', abort()],
    ['a full bulkhead', new BulkheadFullError('', 1, 0)],
    ['a rate limit of this library', new RateLimitedError('', 100)],
    ['a shutdown', new ShuttingDownError('bulkhead', '')],
    ['an open circuit', open()],
  ])('does not retry %s', async (_, error) => {
    expect(await isRetried(error)).toBe(false);
  });

  it('retries only what retryOn names, where it names something', async () => {
    const retryOn = [RangeError, (error: unknown) => error === 'again'];
    expect(await isRetried(new RangeError('x'), { retryOn })).toBe(true);
    expect(await isRetried('again', { retryOn })).toBe(true);
    expect(await isRetried(new Error('x'), { retryOn })).toBe(false);
    expect(await isRetried(new BulkheadFullError('', 1, 0), { retryOn: [BulkheadFullError] })).toBe(true);
  });

  it('never retries what abortOn names, whatever retryOn says', async () => {
    const abortOn = [RangeError];
    expect(await isRetried(new RangeError('x'), { abortOn })).toBe(false);
    expect(await isRetried(new RangeError('x'), { abortOn, retryOn: [Error] })).toBe(false);
    expect(await isRetried(new Error('x'), { abortOn })).toBe(true);
  });

  it('never retries an open circuit or a shutdown for a broad retryOn', async () => {
    const retryOn = [Error, () => true];
    expect(await isRetried(open(), { retryOn })).toBe(false);
    expect(await isRetried(new ShuttingDownError('bulkhead', ''), { retryOn })).toBe(false);
  });

  it('retries an open circuit when told, by the option or by its class', async () => {
    expect(await isRetried(open(), { retryOpenCircuit: true })).toBe(true);
    expect(await isRetried(open(), { retryOn: [CircuitOpenError] })).toBe(true);
    expect(await isRetried(open(), { retryOpenCircuit: true, abortOn: [CircuitOpenError] })).toBe(false);
  });

  it('tells predicates the call they judge', async () => {
    const seen: unknown[] = [];
    const retryOn = [
      (_: unknown, { policy, name, attempt, operation, args }: CallContext) => {
        seen.push([policy, name, attempt, operation, args]);
        return true;
      },
    ];
    const { clock, retry } = fixture({ retryOn });
    const { work } = failing(1, 2, 3);
    await settledBy(clock, 60_000, retry.execute(work(clock), { operation: 'Quotes.get', args: ['X'] }));
    expect(seen).toEqual([1, 2, 3].map((attempt) => ['retry', 'gentle', attempt, 'Quotes.get', ['X']]));
  });

  it('ends with the error of the call when a predicate throws, and reports the fault', async () => {
    for (const key of ['retryOn', 'abortOn'] as const) {
      const fault = new TypeError('a bug');
      const predicate = () => {
        throw fault;
      };
      const { clock, retry, faults } = fixture({ [key]: [predicate] });
      const { work, times } = failing('broken');
      expect(await settledBy(clock, 0, retry.execute(work(clock)))).toEqual({ error: 'broken' });
      expect(times).toHaveLength(1);
      expect(faults).toEqual([{ fault, where: 'a predicate of retry "gentle"' }]);
    }
  });

  it('survives errors with a status that cannot be read', async () => {
    const getStatus = () => {
      throw new Error('do not touch');
    };
    expect(await isRetried(Object.assign(abort(), { getStatus }))).toBe(false);
    expect(await isRetried(Object.assign(abort(), { getStatus: 429 }))).toBe(false);
  });

  it('survives errors that fight being looked at', async () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('do not touch');
        },
      },
    );
    expect(await isRetried(hostile)).toBe(true);
  });
});

describe('a result that is not good enough', () => {
  it('is tried for again', async () => {
    const { clock, retry } = fixture({ retryOnResult: (value) => value === 'pending' });
    const answers = ['pending', 'pending', 'done'];
    expect(
      await settledBy(
        clock,
        600,
        retry.execute(() => answers.shift()),
      ),
    ).toEqual({ value: 'done' });
  });

  it('is the answer once the tries are used up', async () => {
    const { clock, retry, events, listen } = fixture({ retryOnResult: () => true });
    listen();
    const results = [{ n: 1 }, { n: 2 }, { n: 3 }];
    const last = results[2];
    const outcome = (await settledBy(
      clock,
      600,
      retry.execute(() => results.shift()),
    )) as { value: unknown };
    expect(outcome.value).toBe(last);
    expect(events.at(-1)).toMatchObject({
      type: 'retries_exhausted',
      reason: 'attempts',
      attempts: 3,
      error: undefined,
    });
  });

  it('is the answer when the predicate throws, and the fault is reported', async () => {
    const { clock, retry, faults } = fixture({
      retryOnResult: () => {
        throw new TypeError('a bug');
      },
    });
    expect(
      await settledBy(
        clock,
        0,
        retry.execute(() => 'fine'),
      ),
    ).toEqual({ value: 'fine' });
    expect(faults).toMatchObject([{ where: 'retryOnResult of retry "gentle"' }]);
  });

  it('may name the time to wait', async () => {
    const { clock, retry } = fixture({ retryOnResult: (value) => (value as Response).status === 503 });
    const times: number[] = [];
    const answers = [new Response('', { status: 503, headers: { 'Retry-After': '2' } }), new Response('ok')];
    await settledBy(
      clock,
      2_000,
      retry.execute(() => {
        times.push(clock.now());
        return answers.shift();
      }),
    );
    expect(times).toEqual([0, 2_000]);
  });
});

describe('the waits', () => {
  const waits = async (options: Partial<RetryOptions>, errors: readonly unknown[]) => {
    const { clock, retry } = fixture(options);
    const { work, times } = failing(...errors);
    const outcome = await settledBy(clock, 600_000, retry.execute(work(clock)));
    return { waits: times.slice(1).map((time, index) => time - (times[index] as number)), outcome };
  };
  const busy = (retryAfter: unknown) => Object.assign(new Error('busy'), { headers: { 'retry-after': retryAfter } });

  it('[C52] are as long as Retry-After asks, in seconds and as a date', async () => {
    const date = new Date(new ManualClock().wall() + 3_000).toUTCString();
    expect((await waits({}, [busy('2')])).waits).toEqual([2_000]);
    expect((await waits({}, [busy(date)])).waits).toEqual([3_000]);
    expect((await waits({}, [Object.assign(new Error('busy'), { retryAfter: 1_234 })])).waits).toEqual([1_234]);
  });

  it('are limited by the time since the call began, not since the clock did', async () => {
    const { clock, retry, events, listen } = fixture({ maxAttempts: 9, maxElapsed: 600 });
    listen();
    await clock.advance(5_000);
    const { work, times } = failing(1, 2, 3, 4);
    await settledBy(clock, 60_000, retry.execute(work(clock)));
    expect(times).toEqual([5_000, 5_200, 5_600]);
    expect(events.at(-1)).toMatchObject({ type: 'retries_exhausted', reason: 'elapsed' });
  });

  it('do not begin after a try that took longer than maxElapsed', async () => {
    const { clock, retry, events, listen } = fixture({ maxElapsed: 600 });
    listen();
    const slow = () => new Promise((_, reject) => clock.schedule(601, () => reject(new Error('no'))));
    await settledBy(clock, 60_000, retry.execute(slow));
    expect(events).toMatchObject([{ type: 'retries_exhausted', reason: 'elapsed', attempts: 1 }]);
  });

  it('are never shorter than the backoff for a Retry-After', async () => {
    expect((await waits({}, [busy('0')])).waits).toEqual([200]);
  });

  it('end the retry there when Retry-After exceeds maxDelay or maxElapsed', async () => {
    const long = busy('11');
    expect(await waits({}, [long])).toEqual({ waits: [], outcome: { error: long } });
    expect((await waits({}, [busy('10')])).waits).toEqual([10_000]);
    expect((await waits({ maxElapsed: 1_999 }, [busy('2')])).waits).toEqual([]);
    expect((await waits({ maxElapsed: 2_000 }, [busy('2')])).waits).toEqual([2_000]);
  });

  it('disregard Retry-After when told to', async () => {
    expect((await waits({ respectRetryAfter: false }, [busy('11')])).waits).toEqual([200]);
  });

  it('end the retry where the next try would begin after maxElapsed', async () => {
    const errors = [1, 2, 3, 4];
    expect((await waits({ maxAttempts: 9, maxElapsed: 600 }, errors)).waits).toEqual([200, 400]);
    expect((await waits({ maxAttempts: 9, maxElapsed: 599 }, errors)).waits).toEqual([200]);
  });

  it('come from a function as they are', async () => {
    const seen: unknown[] = [];
    const backoff = (attempt: number, error: unknown, context: CallContext) => {
      seen.push([attempt, error, context.policy]);
      return attempt * 7;
    };
    expect((await waits({ backoff, jitter: 'full' }, ['a', 'b'])).waits).toEqual([7, 14]);
    expect(seen).toEqual([
      [1, 'a', 'retry'],
      [2, 'b', 'retry'],
    ]);
  });

  it('are the plain delay when the function fails, and the fault is reported', async () => {
    for (const answer of [Number.NaN, -1, Infinity, 'soon' as unknown as number]) {
      const { clock, retry, faults } = fixture({ backoff: () => answer });
      const { work, times } = failing(1);
      await settledBy(clock, 60_000, retry.execute(work(clock)));
      expect(times).toEqual([0, 200]);
      expect(faults).toMatchObject([{ where: 'backoff of retry "gentle"', fault: { name: 'RangeError' } }]);
    }
  });
});

describe('the budget of a retry policy', () => {
  it('[C51] caps a retry storm at its share of the calls', async () => {
    const { clock, retry, events, listen } = fixture({ budget: { ratio: 0.2, minPerMinute: 10 } });
    listen();
    let tries = 0;
    const calls = Array.from({ length: 1_000 }, () => retry.execute(() => Promise.reject(new Error(`${++tries}`))));
    const outcomes = Promise.allSettled(calls);
    await clock.advance(10_000);
    expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
    expect(tries).toBe(1_200);
    expect(events.filter(({ type }) => type === 'retried')).toHaveLength(200);
    const reasons = events.flatMap((event) => (event.type === 'retries_exhausted' ? [event.reason] : []));
    expect(new Set(reasons)).toEqual(new Set(['budget']));
  });

  it('grants its floor to a policy that is seldom called', async () => {
    const { clock, retry } = fixture({ budget: { ratio: 0.2, minPerMinute: 10 }, maxAttempts: 100, backoff: () => 1 });
    const { work, times } = failing(...Array(100).fill('no'));
    await settledBy(clock, 1_000, retry.execute(work(clock)));
    expect(times).toHaveLength(11);
  });

  it('is kept by an update of the options', async () => {
    const { clock, retry } = fixture({ budget: { ratio: 0.2, minPerMinute: 1 } });
    const { work, times } = failing(1, 2, 3, 4);
    await settledBy(clock, 1_000, retry.execute(work(clock)));
    retry.update({ ...retry.options });
    await settledBy(clock, 1_000, retry.execute(work(clock)));
    expect(times).toHaveLength(3);
  });
});

describe('the events of a retry policy', () => {
  it('tell each retry with its wait, and the end', async () => {
    const { clock, retry, events, listen } = fixture();
    listen();
    const { work } = failing('a', 'b', 'c');
    await settledBy(clock, 600, retry.execute(work(clock), { operation: 'Quotes.get' }));
    const common = { policy: 'retry', name: 'gentle', operation: 'Quotes.get' };
    expect(events).toEqual([
      { ...common, type: 'retried', at: new Date(clock.wall() - 600), attempt: 2, delay: 200, error: 'a' },
      { ...common, type: 'retried', at: new Date(clock.wall() - 400), attempt: 3, delay: 400, error: 'b' },
      { ...common, type: 'retries_exhausted', at: new Date(clock.wall()), attempts: 3, reason: 'attempts', error: 'c' },
    ]);
  });

  it.each<[string, Partial<RetryOptions>, unknown]>([
    ['elapsed', { maxElapsed: 100 }, 'no'],
    ['retry_after', {}, { retryAfter: 10_001 }],
    ['retry_after', { maxElapsed: 100 }, { retryAfter: 101 }],
    ['budget', { budget: { ratio: 0.1, minPerMinute: 0 } }, 'no'],
  ])('say that %s ended it', async (reason, options, error) => {
    const { clock, retry, events, listen } = fixture(options);
    listen();
    await settledBy(
      clock,
      0,
      retry.execute(() => Promise.reject(error as Error)),
    );
    expect(events).toEqual([expect.objectContaining({ type: 'retries_exhausted', attempts: 1, reason, error })]);
  });

  it('are silent where an error is not retried', async () => {
    const { clock, retry, events, listen } = fixture();
    listen();
    await settledBy(
      clock,
      0,
      retry.execute(() => Promise.reject(new NotFoundException())),
    );
    expect(events).toEqual([]);
  });

  it('do no harm when a listener throws', async () => {
    const { clock, retry, scope, faults } = fixture();
    scope.events.on('retried', () => {
      throw new Error('deaf');
    });
    const { work } = failing(1);
    expect(await settledBy(clock, 200, retry.execute(work(clock)))).toEqual({ value: 'fine' });
    expect(faults).toHaveLength(1);
  });
});
