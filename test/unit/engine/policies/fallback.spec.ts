import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';

import { describe, expect, it } from '@jest/globals';
import { ServiceUnavailableException } from '@nestjs/common';

import {
  CIRCUIT_BREAKER_DEFAULTS,
  CallTimeoutError,
  CircuitBreakerPolicy,
  FallbackPolicy,
  RETRY_DEFAULTS,
  RetryPolicy,
  Scope,
  ShuttingDownError,
  TimeoutPolicy,
  compose,
} from '../../../../lib/engine/index.js';
import type { CallContext, ErrorMatcher, FallbackHandler, PolicyEvent } from '../../../../lib/engine/index.js';
import { ManualClock } from '../../../../lib/testing/index.js';
import { runScript } from '../../../fixtures/process/run-script.js';
import { Watch } from '../../../fixtures/watch.js';

function fixture() {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const scope = new Scope({ clock, onFault: (fault, where) => faults.push([fault, where]) });
  const events: PolicyEvent[] = [];
  return {
    clock,
    scope,
    faults,
    events,
    listen: () => scope.events.on('*', (event) => void events.push(event)),
    watch: new Watch('', scope),
    timeout: new TimeoutPolicy('', { enabled: true, duration: 1_000 }, scope),
    retry: new RetryPolicy('', { ...RETRY_DEFAULTS, jitter: 'none' }, scope),
    breaker: new CircuitBreakerPolicy('quotes', { ...CIRCUIT_BREAKER_DEFAULTS, failureThreshold: 2 }, scope),
    fallback: (handlers: FallbackHandler | FallbackHandler[], on: ErrorMatcher[] = []) =>
      new FallbackPolicy('spare', { handlers: [handlers].flat(), on }, scope),
  };
}

const failure = new Error('no');
const fails = (): Promise<never> => Promise.reject(failure);
const throws = (error: unknown) => (): never => {
  throw error;
};
const rejects = (error: unknown) => (): Promise<never> => Promise.reject(error);

async function errorOf<T = Error>(promise: Promise<unknown>): Promise<T> {
  return promise.then(
    () => throws(new Error('the call was to fail'))(),
    (error: T) => error,
  );
}

describe('a fallback', () => {
  it('keeps out of a call that succeeds', async () => {
    const { fallback, events, listen } = fixture();
    listen();
    await expect(fallback(throws('never asked')).execute(() => Promise.resolve('fine'))).resolves.toBe('fine');
    expect(events).toEqual([]);
  });

  it.each<[string, FallbackHandler]>([
    ['at once', () => 'spare'],
    ['with a promise', () => Promise.resolve('spare')],
  ])('answers %s for a call that failed', async (_, handler) => {
    const { fallback } = fixture();
    await expect(fallback(handler).execute(fails)).resolves.toBe('spare');
    await expect(fallback(handler).execute(throws(failure))).resolves.toBe('spare');
  });

  it('may answer with nothing', async () => {
    const { fallback } = fixture();
    await expect(fallback(() => undefined).execute(fails)).resolves.toBeUndefined();
    await expect(fallback(() => null).execute(fails)).resolves.toBeNull();
  });

  it('gets the error and the context of the call', async () => {
    const { fallback } = fixture();
    const seen: unknown[] = [];
    const handler: FallbackHandler = (error, { policy, name, operation, args, properties }) =>
      seen.push(error, policy, name, operation, args, properties);
    const properties = new Map();
    await fallback(handler).execute(fails, { operation: 'Quotes.get', args: ['X'], properties });
    expect(seen).toEqual([failure, 'fallback', 'spare', 'Quotes.get', ['X'], properties]);
    expect(seen[5]).toBe(properties);
  });

  it('answers only the errors it is for', async () => {
    const { fallback } = fixture();
    const on = [RangeError, (error: unknown) => error === 'again'];
    for (const error of [new RangeError('x'), 'again']) {
      await expect(fallback(() => 'spare', on).execute(rejects(error))).resolves.toBe('spare');
    }
    expect(await errorOf(fallback(() => 'spare', on).execute(fails))).toBe(failure);
    expect(Object.hasOwn(failure, 'cause')).toBe(false);
  });

  it('leaves the call as it failed when its predicate throws, and reports the fault', async () => {
    const { fallback, faults } = fixture();
    const fault = new TypeError('a bug');
    expect(await errorOf(fallback(() => 'spare', [throws(fault)]).execute(fails))).toBe(failure);
    expect(faults).toEqual([[fault, 'the predicate of fallback "spare"']]);
  });

  it('stays when policies are switched off', async () => {
    const { fallback, scope } = fixture();
    scope.enabled = false;
    await expect(fallback(() => 'spare').execute(fails)).resolves.toBe('spare');
  });

  it('takes new handlers for calls that begin from then on', async () => {
    const { fallback } = fixture();
    const policy = fallback(() => 'old', [RangeError]);
    policy.update({ handlers: [() => 'new'], on: [] });
    expect(policy.options.on).toEqual([]);
    await expect(policy.execute(fails)).resolves.toBe('new');
  });

  it('passes the error on where there is no handler', async () => {
    const { fallback } = fixture();
    expect(await errorOf(fallback([]).execute(fails))).toBe(failure);
  });

  it('tells that it fell back, once, with the first error', async () => {
    const { fallback, events, listen, clock } = fixture();
    listen();
    await fallback([throws('x'), () => 'spare']).execute(fails, { operation: 'Quotes.get' });
    expect(events).toEqual([
      {
        type: 'fell_back',
        policy: 'fallback',
        name: 'spare',
        at: new Date(clock.wall()),
        error: failure,
        operation: 'Quotes.get',
      },
    ]);
    await errorOf(fallback(throws('x')).execute(fails));
    expect(events).toHaveLength(1);
  });

  it('answers in the async context of the call', async () => {
    const { clock, fallback, timeout, scope } = fixture();
    const store = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    scope.events.on('fell_back', () => void seen.push(store.getStore()));
    const handlers = [
      async () => {
        seen.push(store.getStore());
        throw new Error('x');
      },
      () => seen.push(store.getStore()),
    ];
    const call = (name: string) =>
      store.run(name, () => compose(fallback(handlers), timeout).execute(() => new Promise(() => {})));
    const calls = [call('first'), call('second')];
    await store.run('the clock', () => clock.advance(1_000));
    await Promise.all(calls);
    expect(seen.sort()).toEqual([...Array(3).fill('first'), ...Array(3).fill('second')]);
  });
});

describe('a list of fallbacks', () => {
  it('is tried in turn, each with the error of the one before', async () => {
    const { fallback } = fixture();
    const seen: unknown[] = [];
    const handlers = ['a', 'b', 'c'].map((name) => (error: unknown) => {
      seen.push(error);
      if (name === 'b') return Promise.reject(name);
      throw name;
    });
    const answer = await fallback([...handlers, (error) => `after ${String(error)}`, throws('never asked')]).execute(
      fails,
    );
    expect(answer).toBe('after c');
    expect(seen).toEqual([failure, 'a', 'b']);
  });

  it('gives what the last one throws, with the first error as its cause', async () => {
    const { fallback } = fixture();
    const [first, last] = [new Error('first'), new Error('last')];
    expect(await errorOf(fallback([throws(first), rejects(last)]).execute(fails))).toBe(last);
    expect(last.cause).toBe(failure);
    expect(Object.hasOwn(first, 'cause')).toBe(false);
  });

  it('may be as long as you like', async () => {
    const { fallback } = fixture();
    const many = Array<FallbackHandler>(20_000).fill(throws('x'));
    await expect(fallback([...many, () => 'spare']).execute(fails)).resolves.toBe('spare');
  });
});

describe('what a fallback throws', () => {
  const thrownBy = async (handler: FallbackHandler, error: unknown = failure) =>
    errorOf<Error>(fixture().fallback(handler).execute(rejects(error)));

  it('[C42] reaches the caller with the first error as its cause, and is otherwise unchanged', async () => {
    const thrown = Object.assign(new RangeError('x'), { code: 'E' });
    const before = { ...thrown, stack: thrown.stack, message: thrown.message };
    expect(await thrownBy(throws(thrown))).toBe(thrown);
    expect(thrown.cause).toBe(failure);
    expect({ ...thrown, stack: thrown.stack, message: thrown.message }).toEqual(before);
    const option = Object.getOwnPropertyDescriptor(new Error('x', { cause: failure }), 'cause');
    expect(Object.getOwnPropertyDescriptor(thrown, 'cause')).toEqual(option);
  });

  it('gets its cause where it is an error of the platform', async () => {
    expect((await thrownBy(throws(new DOMException('x', 'DataError')))).cause).toBe(failure);
  });

  it('keeps the cause it has', async () => {
    const cause = new Error('its own');
    expect((await thrownBy(throws(new Error('x', { cause })))).cause).toBe(cause);
  });

  it('gets its cause where its class declares one and leaves it empty', async () => {
    const thrown = await thrownBy(throws(new ServiceUnavailableException()));
    expect(thrown.cause).toBe(failure);
    class Declared extends Error {
      override cause = undefined;
    }
    const declared = await thrownBy(throws(new Declared()));
    expect(declared.cause).toBe(failure);
    expect(Object.keys(declared)).toEqual(['cause']); // as enumerable as the class made it
  });

  it.each([Object.freeze, Object.seal, Object.preventExtensions])(
    'stays as it is where it is closed',
    async (close) => {
      const thrown = close(new Error('x')) as Error;
      expect(await thrownBy(throws(thrown))).toBe(thrown);
      expect('cause' in thrown).toBe(false);
    },
  );

  it('is left alone where it is no error', async () => {
    const thrown = { message: 'x' };
    expect(await thrownBy(throws('x'))).toBe('x');
    expect(await thrownBy(throws(undefined))).toBe(undefined);
    expect(await thrownBy(throws(thrown))).toBe(thrown);
    expect(thrown).toEqual({ message: 'x' });
    expect('cause' in thrown).toBe(false);
  });

  it('is the error of the call, untouched, where the fallback rethrows it', async () => {
    const own = new Error('own');
    const keys = Reflect.ownKeys(own);
    expect(await thrownBy((error) => throws(error)(), own)).toBe(own);
    expect(await thrownBy((error) => Promise.reject(error), own)).toBe(own);
    expect(Reflect.ownKeys(own)).toEqual(keys);
  });

  it('is untouched where it is part of the error of the call', async () => {
    const part = new Error('part');
    expect(await thrownBy(throws(part), new Error('own', { cause: new Error('between', { cause: part }) }))).toBe(part);
    expect(await thrownBy(throws(part), new AggregateError([new Error('x'), part]))).toBe(part);
    expect('cause' in part).toBe(false);
  });

  it('gets its cause where the causes of the first error go in a circle', async () => {
    const own = new Error('own');
    own.cause = new Error('between', { cause: own });
    expect((await thrownBy(throws(new Error('x')), own)).cause).toBe(own);
  });

  it('has any first error as its cause, be it a string', async () => {
    expect((await thrownBy(throws(new Error('x')), 'down')).cause).toBe('down');
    const none = fixture()
      .fallback(throws(new Error('x')))
      .execute(rejects(undefined));
    expect('cause' in (await errorOf(none))).toBe(false);
  });

  it('does no harm where it fights being looked at', async () => {
    const trap = throws(new Error('do not touch'));
    const hostile = new Proxy(new Error('x'), { get: trap, defineProperty: trap, getOwnPropertyDescriptor: trap });
    let caught: unknown;
    await fixture()
      .fallback(throws(hostile))
      .execute(fails)
      .catch((error: unknown) => void (caught = error));
    expect(caught === hostile).toBe(true);
  });
});

describe('a fallback around other policies', () => {
  it('answers for a refusal, and a breaker below counts none of it', async () => {
    const { fallback, breaker } = fixture();
    const guarded = compose(fallback(throws(new Error('x'))), breaker);
    for (let call = 0; call < 3; call++) await errorOf(guarded.execute(fails));
    expect(breaker.snapshot()).toMatchObject({ state: 'open', totals: { calls: 2, failures: 2, refused: 1 } });
    await expect(
      compose(
        fallback(() => 'spare'),
        breaker,
      ).execute(fails),
    ).resolves.toBe('spare');
  });

  it('[C43] that calls the same breaker is refused like anyone, once', async () => {
    const { fallback, breaker } = fixture();
    breaker.isolate();
    let asked = 0;
    const handler = () => {
      asked++;
      return breaker.execute(() => 'spare');
    };
    const error = await errorOf(compose(fallback(handler), breaker).execute(() => 'fine'));
    expect(error).toMatchObject({ code: 'ERR_CIRCUIT_OPEN', cause: { code: 'ERR_CIRCUIT_OPEN' } });
    expect(asked).toBe(1);
    expect(breaker.snapshot().totals).toMatchObject({ calls: 0, refused: 2 });
  });

  it('answers once the tries are used up', async () => {
    const { clock, fallback, retry } = fixture();
    let calls = 0;
    const call = compose(
      fallback((error) => ['spare', error]),
      retry,
    ).execute(() => {
      calls++;
      return fails();
    });
    await clock.advance(1_000);
    expect(await call).toEqual(['spare', failure]);
    expect(calls).toBe(3);
  });

  it('below a retry is asked at each try', async () => {
    const { clock, fallback, retry } = fixture();
    let asked = 0;
    const handler = () => (++asked < 3 ? Promise.reject(new Error(`${asked}`)) : 'spare');
    const call = compose(retry, fallback(handler)).execute(fails);
    await clock.advance(1_000);
    expect(await call).toBe('spare');
    expect(asked).toBe(3);
  });

  it('has a signal of its own, which the time-out of the call has not aborted', async () => {
    const { clock, fallback, timeout } = fixture();
    const seen: boolean[] = [];
    const attempts: AbortSignal[] = [];
    const call = compose(
      fallback((error, { signal }) => {
        seen.push(error instanceof CallTimeoutError, signal.aborted);
        return 'spare';
      }),
      timeout,
    ).execute(({ signal }) => {
      attempts.push(signal);
      return new Promise(() => {});
    });
    await clock.advance(1_000);
    expect(await call).toBe('spare');
    expect(seen).toEqual([true, false]);
    expect(attempts[0]?.aborted).toBe(true);
  });

  it('is aborted by a time-out around it, and tells its end when it is over', async () => {
    const { clock, watch, fallback, timeout } = fixture();
    let seen: AbortSignal | undefined;
    let end!: () => void;
    const handler: FallbackHandler = (_, { signal }) => {
      seen = signal;
      return new Promise<void>((resolve) => (end = resolve));
    };
    const call = compose(timeout, watch, fallback([handler, throws('never asked')])).execute(fails);
    const error = errorOf(call);
    await clock.advance(1_000);
    expect(await error).toBeInstanceOf(CallTimeoutError);
    expect(seen?.reason).toBe(await error);
    expect(watch.heard).toEqual([]);
    end();
    await clock.advance(0);
    expect(watch.heard).toEqual(['ended']);
  });

  it('answers live while what was given up below goes on', async () => {
    const { clock, watch, fallback, timeout } = fixture();
    let end!: () => void;
    const work = () => new Promise<void>((resolve) => (end = resolve));
    const call = compose(
      watch,
      fallback(() => 'spare'),
      timeout,
    ).execute(work);
    await clock.advance(1_000);
    expect(await call).toBe('spare');
    expect(watch.heard).toEqual(['succeeded live']);
    end();
    await clock.advance(0);
    expect(watch.heard).toEqual(['succeeded live', 'ended']);
  });

  it('passes on that an attempt below goes on after a success', async () => {
    const { clock, watch, fallback, retry, timeout } = fixture();
    const call = compose(
      watch,
      fallback(() => 'spare'),
      retry,
      timeout,
    ).execute(({ attempt }) => (attempt === 1 ? new Promise(() => {}) : 'fine'));
    await clock.advance(2_000);
    expect(await call).toBe('fine');
    expect(watch.heard).toEqual(['succeeded live']);
  });

  it('answers as the end where what was given up below ended while it worked', async () => {
    const { clock, watch, fallback, timeout } = fixture();
    let end!: () => void;
    let answer!: (value: string) => void;
    const call = compose(
      watch,
      fallback(() => new Promise((resolve) => (answer = resolve))),
      timeout,
    ).execute(() => new Promise<void>((resolve) => (end = resolve)));
    await clock.advance(1_000);
    end();
    await clock.advance(0);
    expect(watch.heard).toEqual([]);
    answer('spare');
    expect(await call).toBe('spare');
    expect(watch.heard).toEqual(['succeeded']);
  });

  it('serves the next call with the same frames', async () => {
    const { fallback, breaker } = fixture();
    breaker.disable();
    const guarded = compose(fallback([throws('x'), async () => 'spare']), breaker);
    for (let call = 0; call < 5; call++) {
      const calls = [guarded.execute(fails), guarded.execute(() => 'fine'), guarded.execute(async () => 'well')];
      expect(await Promise.all(calls)).toEqual(['spare', 'fine', 'well']);
    }
  });
});

describe('a fallback of a call that its caller aborted', () => {
  it('is not asked', async () => {
    const { clock, watch, fallback } = fixture();
    const controller = new AbortController();
    let asked = 0;
    let seen: AbortSignal | undefined;
    const call = errorOf(
      compose(
        watch,
        fallback(() => ++asked),
      ).execute(
        ({ signal }) => {
          seen = signal;
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
        },
        { signal: controller.signal },
      ),
    );
    controller.abort('stop');
    expect(await call).toBe('stop');
    await clock.advance(0);
    expect(asked).toBe(0);
    expect(seen?.reason).toBe('stop');
    expect(watch.heard).toEqual(['ended']);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('is aborted where it works already, and its answer is dropped', async () => {
    const { clock, watch, fallback, events, listen, scope } = fixture();
    listen();
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    let answer!: (value: string) => void;
    const handler: FallbackHandler = (_, { signal }) => {
      seen = signal;
      return new Promise((resolve) => (answer = resolve));
    };
    const call = errorOf(compose(watch, fallback(handler)).execute(fails, { signal: controller.signal }));
    await clock.advance(0);
    controller.abort('stop');
    expect(await call).toBe('stop');
    expect(seen?.reason).toBe('stop');
    answer('too late');
    await clock.advance(0);
    expect(watch.heard).toEqual(['ended']);
    expect(events).toEqual([]);
    expect(scope.abortable.size).toBe(0);
  });

  it.each<[string, (abort: () => void) => readonly [FallbackHandler, ErrorMatcher[]]]>([
    ['at once', (abort) => [() => (abort(), 'spare'), []]],
    ['and throws', (abort) => [() => (abort(), throws('x')()), []]],
    ['and rejects', (abort) => [async () => (abort(), throws('x')()), []]],
    ['and goes on', (abort) => [async () => abort(), []]],
    ['in its predicate', (abort) => [() => 'spare', [() => (abort(), true)]]],
    ['in what it observes', (abort) => [Object.assign(() => 'spare', { observe: abort }), []]],
    ['by a listener', () => [() => 'spare', []]],
  ])('may be the one who aborts it %s', async (how, made) => {
    const { clock, watch, fallback, scope } = fixture();
    const controller = new AbortController();
    const abort = (): void => controller.abort('stop');
    if (how === 'by a listener') scope.events.on('fell_back', abort);
    const [handler, on] = made(abort);
    const work = how.endsWith('observes') ? () => Promise.resolve('fine') : fails;
    const guarded = compose(watch, fallback([handler, throws('never asked')], on));
    expect(await errorOf(guarded.execute(work, { signal: controller.signal }))).toBe('stop');
    await clock.advance(0);
    expect(watch.heard).toEqual(['ended']);
    expect({ active: scope.active, abortable: scope.abortable.size }).toEqual({ active: 0, abortable: 0 });
  });
});

describe('a fallback at shutdown', () => {
  it('gets its patience and is then aborted', async () => {
    const { clock, fallback, scope } = fixture();
    let seen: AbortSignal | undefined;
    const handler: FallbackHandler = (_: unknown, context: CallContext) => {
      seen = context.signal;
      return new Promise((_resolve, reject) => {
        context.signal.addEventListener('abort', () => reject(context.signal.reason as Error));
      });
    };
    const call = errorOf(fallback(handler).execute(fails));
    await clock.advance(0);
    const drained = scope.drain(500);
    await clock.advance(499);
    expect(seen?.aborted).toBe(false);
    await clock.advance(1);
    await drained;
    expect(await call).toBeInstanceOf(ShuttingDownError);
  });
});

describe('a fallback that nobody awaits', () => {
  it('[C79] raises one unhandled rejection for what it throws, and none otherwise', async () => {
    const { said, errors, code } = await runScript(`
      import { FallbackPolicy, Scope } from 'nest-circuit-breaker/engine';
      const unhandled = [];
      process.on('unhandledRejection', (error) => unhandled.push(error));
      const scope = new Scope();
      const run = (handler) => new FallbackPolicy('', { handlers: [handler], on: [] }, scope).execute(() => Promise.reject('no'));
      void run(() => { throw 'at once'; });
      void run(async () => { throw 'later'; });
      void run(async () => 'fine');
      await run(async () => { throw 'handled'; }).catch(() => {});
      setTimeout(() => say(unhandled.sort()), 20);
    `);
    expect({ code, errors, said }).toEqual({ code: 0, errors: '', said: [['at once', 'later']] });
  }, 20_000);
});
