import { describe, expect, it, jest } from '@jest/globals';
import { compose } from 'nest-circuit-breaker/engine';
import type { CircuitBreakerPolicy, Executor } from 'nest-circuit-breaker/engine';

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
} from '../fixtures/breaker.js';
import { runScript } from '../fixtures/process/run-script.js';

const throwing =
  (error: unknown): (() => never) =>
  () => {
    throw error;
  };

describe.each(WAYS)('the outcome of a call made %s', (_way, guardOf) => {
  it('[C28] a synchronous throw equals a rejection', async () => {
    const { breaker } = makeBreaker({ failureThreshold: 3 });
    const guard = guardOf(breaker);
    const error = new ServiceError('at once');
    for (let i = 0; i < 3; i++) {
      const promise = guard.execute(throwing(error));
      expect(promise).toBeInstanceOf(Promise);
      await expect(promise).rejects.toBe(error);
    }
    expect(counted(breaker)).toMatchObject({ state: 'open', calls: 3, failures: 3, inFlight: 0 });
  });

  it.each([undefined, null, 0, '', false, Number.NaN])('[C29] %p is a fine result', async (value) => {
    const { breaker } = makeBreaker();
    const guard = guardOf(breaker);
    expect(await settledOf(guard.execute(() => value))).toEqual({ ok: true, value });
    expect(await settledOf(guard.execute(() => Promise.resolve(value)))).toEqual({ ok: true, value });
    expect(counted(breaker)).toMatchObject({ successes: 2, failures: 0, inFlight: 0 });
  });

  // made in the test: a runner that prints a table of them touches them
  it.each<[string, () => unknown]>([
    ['a string', () => 'down'],
    ['undefined', () => undefined],
    ['null', () => null],
    ['a number', () => 0],
    ['a symbol', () => Symbol('down')],
    ['a function', () => () => 'down'],
    ['a frozen object', () => Object.freeze({ code: 'DOWN' })],
    ['a frozen error', () => Object.freeze(new Error('down'))],
    ['an object without a prototype', () => Object.assign(Object.create(null), { message: 'down' })],
    ['a proxy that throws at every touch', () => hostile({})],
    ['a callable proxy that throws at every touch', () => hostile(() => 0)],
    ['a revoked proxy', revoked],
    ['an error whose fields throw', errorWithHostileFields],
  ])('[C30] %s that is thrown survives untouched and counts as a failure', async (_what, make) => {
    const error = make();
    const { breaker, clock } = makeBreaker({ failureThreshold: 2 });
    const guard = guardOf(breaker);
    for (const work of [throwing(error), () => Promise.reject(error)]) {
      let caught: unknown = 'nothing';
      await guard.execute(work).catch((thrown: unknown) => void (caught = thrown));
      expect(Object.is(caught, error)).toBe(true);
    }
    expect(counted(breaker)).toMatchObject({ state: 'open', failures: 2, inFlight: 0 });
    expect(() => JSON.stringify(breaker.snapshot())).not.toThrow();
    await clock.advance(30_000);
    await succeed(guard);
    expect(breaker.state).toBe('half_open');
  });

  it('[C31] a thenable is followed like a promise', async () => {
    const { breaker } = makeBreaker();
    const guard = guardOf(breaker);
    const fine = { then: (resolve: (value: string) => void) => resolve('fine') };
    expect(await settledOf(guard.execute(() => fine as PromiseLike<string>))).toEqual({ ok: true, value: 'fine' });
    const error = new ServiceError('down');
    const bad = { then: (_: unknown, reject: (error: unknown) => void) => reject(error) };
    expect(await settledOf(guard.execute(() => bad as PromiseLike<string>))).toEqual({ ok: false, error });
    expect(counted(breaker)).toMatchObject({ successes: 1, failures: 1, inFlight: 0 });
  });

  it('[C31] a thenable whose then throws, or whose getter does, is a failure', async () => {
    const { breaker } = makeBreaker();
    const guard = guardOf(breaker);
    const error = new ServiceError('no then');
    const getter = Object.defineProperty({}, 'then', { get: throwing(error) });
    expect(await settledOf(guard.execute(() => getter))).toEqual({ ok: false, error });
    expect(await settledOf(guard.execute(() => ({ then: throwing(error) }) as never))).toEqual({ ok: false, error });
    expect(counted(breaker)).toMatchObject({ failures: 2, inFlight: 0 });
  });

  it('[C31] a getter of then is read once', async () => {
    const { breaker } = makeBreaker();
    let reads = 0;
    const thenable = Object.defineProperty({}, 'then', {
      get: () => (reads++, (resolve: (value: string) => void) => resolve('fine')),
    });
    await guardOf(breaker).execute(() => thenable);
    expect(reads).toBe(1);
  });

  it('[C31] of a thenable that settles twice the first word counts', async () => {
    const { breaker } = makeBreaker();
    const guard = guardOf(breaker);
    const twice = {
      then(resolve: (value: string) => void, reject: (error: unknown) => void) {
        resolve('fine');
        reject(new Error('after all'));
        resolve('twice');
        throw new Error('and now this');
      },
    };
    expect(await settledOf(guard.execute(() => twice as PromiseLike<string>))).toEqual({ ok: true, value: 'fine' });
    expect(counted(breaker)).toMatchObject({ calls: 1, successes: 1, failures: 0, inFlight: 0 });
  });

  it('[C31] a promise of a class of its own is followed, and the caller gets a plain one', async () => {
    class Odd<T> extends Promise<T> {
      static override get [Symbol.species](): PromiseConstructor {
        throw new Error('no children');
      }
    }
    const { breaker } = makeBreaker();
    const answer = guardOf(breaker).execute(() => new Promise((resolve) => resolve(1)) as Odd<number>);
    expect(answer.constructor).toBe(Promise);
    const odd = new Odd<string>((resolve) => resolve('fine'));
    Object.defineProperty(odd, 'then', {
      value: (resolve: (value: string) => void) => void resolve('own then'),
    });
    expect(await settledOf(guardOf(breaker).execute(() => odd))).toEqual({ ok: true, value: 'own then' });
    expect(counted(breaker)).toMatchObject({ successes: 2, inFlight: 0 });
  });

  it('[C32] the caller gets the very object that was thrown, unchanged', async () => {
    const { breaker } = makeBreaker();
    const error = Object.assign(new ServiceError('down'), { cause: 'rain' });
    const keys = Reflect.ownKeys(error);
    const { stack } = error;
    const settled = await fail(guardOf(breaker), error);
    expect(settled).toEqual({ ok: false, error });
    expect(settled.ok ? undefined : settled.error).toBe(error);
    expect(Reflect.ownKeys(error)).toEqual(keys);
    expect(error.stack).toBe(stack);
  });

  it('[C32] the caller gets the very object that was returned', async () => {
    const { breaker } = makeBreaker();
    const value = Object.freeze({ amount: 1 });
    const settled = await succeed(guardOf(breaker), value);
    expect(settled.ok && settled.value).toBe(value);
  });
});

describe('a call with a limit', () => {
  it('[C28] [C31] a thenable that never settles ends with its limit', async () => {
    const { breaker, clock } = makeBreaker({ timeout: 1_000 });
    const answer = settledOf(breaker.execute(() => ({ then() {} }) as PromiseLike<never>));
    await clock.advance(1_000);
    expect(await answer).toMatchObject({ ok: false, error: { code: 'ERR_CALL_TIMEOUT' } });
    expect(counted(breaker)).toMatchObject({ failures: 1, inFlight: 0 });
  });

  it('[C28] a synchronous throw under a limit rejects, and leaves no limit behind', async () => {
    const { breaker, clock, heard } = makeBreaker({ timeout: 1_000 });
    const error = new ServiceError('at once');
    const promise = breaker.execute(throwing(error));
    await expect(promise).rejects.toBe(error);
    await clock.advance(5_000);
    expect(heard()).toEqual(['failed']);
  });
});

describe('a wrapped function', () => {
  it.each([
    ['by a breaker', (breaker: CircuitBreakerPolicy) => breaker],
    ['by a pipeline', (breaker: CircuitBreakerPolicy) => compose(breaker)],
  ])('[C33] %s keeps this, arguments, name and length', async (_by, guardOf) => {
    const { breaker } = makeBreaker();
    const till = { total: 40 };
    const charge = guardOf(breaker).wrap(async function charge(this: typeof till, amount: number, tip: number) {
      return [this.total + amount + tip, arguments.length];
    });
    expect([charge.name, charge.length]).toEqual(['charge', 2]);
    expect(await charge.call(till, 1, 1)).toEqual([42, 2]);
    expect(await charge.apply(till, [1, 1, 'more'] as never)).toEqual([42, 3]);
  });

  it('[C33] passes arguments on as they are, and to whoever asks for them', async () => {
    const seen: unknown[] = [];
    const { breaker } = makeBreaker({
      classify: (_settled, { args, operation }) => (seen.push(args, operation), 'success'),
    });
    const order = Object.freeze({ id: 1 });
    const pay = breaker.wrap(async function pay(one: object) {
      return one;
    });
    expect(await pay(order)).toBe(order);
    expect(seen).toEqual([[order], 'pay']);
    expect((seen[0] as unknown[])[0]).toBe(order);
  });
});

describe('a rejection that nobody awaits', () => {
  const SCRIPT = `
    import { CIRCUIT_BREAKER_DEFAULTS, CircuitBreakerPolicy, Scope, compose } from 'nest-circuit-breaker/engine';
    import { ManualClock } from 'nest-circuit-breaker/testing';
    let raised = [];
    process.on('unhandledRejection', (error) => raised.push(error.code ?? error.message));
    const clock = new ManualClock();
    const scope = new Scope({ clock });
    const make = (options) => new CircuitBreakerPolicy('payments', { ...CIRCUIT_BREAKER_DEFAULTS, ...options }, scope);
    const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const never = () => new Promise(() => {});
    const down = () => { throw new Error('down'); };
    const tell = async (what, step) => {
      raised = [];
      await step();
      await turn();
      say([what, raised]);
    };
    for (const [how, guardOf] of [['alone', (breaker) => breaker], ['composed', (breaker) => compose(breaker)]]) {
      for (const timeout of [null, 1_000]) {
        const guard = (options) => guardOf(make({ timeout, ...options }));
        await tell('throws', () => void guard().execute(down));
        await tell('rejects', () => void guard().execute(async () => down()));
        await tell('refused', () => void guard({ initialState: 'isolated' }).execute(never));
        await tell('aborted', () => {
          const caller = new AbortController();
          void guard().execute(never, { signal: caller.signal });
          caller.abort(new Error('gone'));
        });
        await tell('aborted beforehand', () => {
          void guard().execute(never, { signal: AbortSignal.abort(new Error('gone')) });
        });
      }
      await tell('late', async () => {
        void guardOf(make({ timeout: 1_000 })).execute(never);
        await clock.advance(1_000);
      });
      await tell('handled', async () => {
        const caller = new AbortController();
        const guard = guardOf(make({ timeout: 1_000 }));
        const calls = [
          guard.execute(down),
          guard.execute(async () => down()),
          guard.execute(never),
          guard.execute(() => new Promise((_, no) => clock.schedule(2_000, () => no(new Error('the loser'))))),
          guard.execute(never, { signal: caller.signal }),
          guardOf(make({ initialState: 'isolated' })).execute(never),
        ].map((call) => call.catch(() => {}));
        caller.abort();
        await clock.advance(5_000);
        await Promise.all(calls);
      });
    }
  `;

  it('[C79] [C45] raises unhandledRejection, once; one that is handled and the loser of a timeout raise none', async () => {
    const { code, said, errors } = await runScript(SCRIPT);
    expect(errors).toBe('');
    expect(code).toBe(0);
    const expected = [
      ['throws', ['down']],
      ['rejects', ['down']],
      ['refused', ['ERR_CIRCUIT_OPEN']],
      ['aborted', ['gone']],
      ['aborted beforehand', ['gone']],
    ];
    const once = [...expected, ...expected, ['late', ['ERR_CALL_TIMEOUT']], ['handled', []]];
    expect(said).toEqual([...once, ...once]);
  }, 90_000);
});

describe('the judgement of a call', () => {
  const judged = async (error: unknown, options = {}): Promise<string> => {
    const { breaker } = makeBreaker(options);
    await fail(breaker, error);
    const { totals } = breaker.snapshot();
    return totals.failures === 1 ? 'failure' : totals.ignored === 1 ? 'ignored' : 'success';
  };
  const status = (code: number, key = 'status'): Error => Object.assign(new Error('http'), { [key]: code });
  const httpException = (code: number): Error =>
    Object.assign(new Error('http'), { getStatus: () => code, getResponse: () => ({}) });

  it.each([
    [new Error('down'), 'failure'],
    [status(500), 'failure'],
    [status(503, 'statusCode'), 'failure'],
    [status(404), 'ignored'],
    [status(499, 'statusCode'), 'ignored'],
    [status(400), 'ignored'],
    [status(399), 'failure'],
    [status(408), 'failure'],
    [status(429), 'failure'],
    [Object.assign(new Error('axios'), { response: { status: 422 } }), 'ignored'],
    [Object.assign(new Error('axios'), { response: { status: 502 } }), 'failure'],
    [Object.assign(new Error('axios'), { response: null }), 'failure'],
    [Object.assign(new Error('odd'), { status: '404' }), 'failure'],
    [httpException(404), 'ignored'],
    [httpException(408), 'ignored'],
    [httpException(429), 'ignored'],
    [httpException(499), 'ignored'],
    [httpException(500), 'failure'],
    [httpException(504), 'failure'],
    [Object.assign(new Error('full'), { code: 'ERR_BULKHEAD_FULL' }), 'ignored'],
    [Object.assign(new Error('limit'), { code: 'ERR_RATE_LIMITED' }), 'ignored'],
    [Object.assign(new Error('open'), { code: 'ERR_CIRCUIT_OPEN' }), 'ignored'],
    [Object.assign(new Error('down'), { code: 'ERR_SHUTTING_DOWN' }), 'ignored'],
    [Object.assign(new Error('late'), { code: 'ERR_CALL_TIMEOUT' }), 'failure'],
    [new DOMException('aborted', 'AbortError'), 'ignored'],
    [new DOMException('late', 'TimeoutError'), 'failure'],
  ])('by default %p is a %s', async (error, outcome) => {
    expect(await judged(error)).toBe(outcome);
  });

  class Timeout extends Error {}
  class Declined extends Error {}

  it('ignoreErrors wins over recordErrors, and what recordErrors does not name is ignored', async () => {
    const options = { recordErrors: [Error], ignoreErrors: [Declined] };
    expect(await judged(new Declined(), options)).toBe('ignored');
    expect(await judged(new Timeout(), options)).toBe('failure');
    expect(await judged(new Error('other'), { recordErrors: [Timeout] })).toBe('ignored');
    expect(await judged(new Timeout(), { recordErrors: [Timeout] })).toBe('failure');
    expect(await judged(status(404), { recordErrors: [Error] })).toBe('failure');
    expect(await judged(status(404), { ignoreErrors: [Declined] })).toBe('ignored');
    expect(await judged('a string', { recordErrors: [(error: unknown) => error === 'a string'] })).toBe('failure');
  });

  it('classify judges results and errors, and has the last word', async () => {
    const classify = jest.fn(({ ok, ...rest }: { ok: boolean }) => {
      const { value } = rest as { value?: unknown };
      return ok && value === 'soft error' ? ('failure' as const) : ok ? ('success' as const) : ('ignored' as const);
    });
    const { breaker } = makeBreaker({ failureThreshold: 2, classify });
    await succeed(breaker, 'soft error');
    await fail(breaker, new Error('not judged a failure'));
    expect(counted(breaker)).toMatchObject({ failures: 1, ignored: 1, state: 'closed' });
    expect(await succeed(breaker, 'soft error')).toEqual({ ok: true, value: 'soft error' });
    expect(breaker.state).toBe('open');
    expect(classify.mock.calls[0]?.[0]).toEqual({ ok: true, value: 'soft error' });
    expect(classify.mock.calls[1]?.[0]).toMatchObject({ ok: false, error: { message: 'not judged a failure' } });
  });

  it.each(['okay', undefined, Promise.resolve('success'), null])(
    'a classify that answers %p is at fault, and the call is ignored',
    async (answer) => {
      const { breaker, faults } = makeBreaker({ classify: () => answer as never });
      expect(await succeed(breaker, 1)).toEqual({ ok: true, value: 1 });
      expect(counted(breaker)).toMatchObject({ ignored: 1, inFlight: 0 });
      expect(faults).toHaveLength(1);
    },
  );

  it('a rule learns of the call: policy, operation, arguments, attempt, dates and properties', async () => {
    const seen: Record<string, unknown>[] = [];
    const { breaker, clock } = makeBreaker({
      ignoreErrors: [
        (_error, context) => {
          const { policy, name, operation, args, attempt, startedAt, properties } = context;
          seen.push({ policy, name, operation, args, attempt, startedAt, tenant: properties.get('tenant') });
          return false;
        },
      ],
    });
    const began = new Date(clock.wall());
    const properties = new Map<unknown, unknown>([['tenant', 'eu']]);
    const guard: Executor = {
      execute: (work, options) =>
        compose(breaker).execute(work, { ...options, operation: 'Pay.charge', args: [1], properties }),
    };
    const call = hang(guard);
    await clock.advance(500);
    await call.fail();
    const expected = { policy: 'circuit_breaker', name: 'payments', operation: 'Pay.charge', args: [1], attempt: 1 };
    expect(seen).toEqual([{ ...expected, startedAt: began, tenant: 'eu' }]);
  });

  it('disabled, it judges nothing', async () => {
    const classify = jest.fn(() => 'failure' as const);
    const { breaker, heard } = makeBreaker({ initialState: 'disabled', classify });
    await times(3, () => succeed(breaker));
    await times(3, () => fail(breaker));
    expect(classify).not.toHaveBeenCalled();
    expect(heard()).toEqual([]);
    expect(counted(breaker)).toMatchObject({ state: 'disabled', calls: 0 });
  });

  it('an abort by the caller is ignored, whatever the method makes of it', async () => {
    const bench = makeBreaker({ failureThreshold: 1 });
    const caller = new AbortController();
    const call = hang(bench.breaker, { signal: caller.signal });
    caller.abort();
    await call.fail(new Error('socket closed'));
    expect(counted(bench.breaker)).toMatchObject({ state: 'closed', ignored: 1, failures: 0 });
  });
});

function hostile<T extends object>(target: T): T {
  const no = (): never => {
    throw new Error('do not touch');
  };
  return new Proxy(target, {
    get: no, has: no, getPrototypeOf: no, ownKeys: no, getOwnPropertyDescriptor: no, set: no, defineProperty: no,
  }); // prettier-ignore
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function errorWithHostileFields(): Error {
  const error = new Error('down');
  const fault = new Error('do not touch');
  const refuse = throwing(fault);
  for (const key of ['stack', 'name', 'message', 'code', 'status', 'statusCode', 'response', 'getStatus']) {
    Object.defineProperty(error, key, { get: refuse, configurable: true });
  }
  return error;
}
