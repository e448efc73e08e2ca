import { describe, expect, it } from '@jest/globals';

import {
  CIRCUIT_BREAKER_DEFAULTS,
  CallTimeoutError,
  CircuitBreakerPolicy,
  CircuitOpenError,
  RETRY_DEFAULTS,
  RetryPolicy,
  Scope,
  TimeoutPolicy,
  compose,
} from '../../../../lib/engine/index.js';
import type { CallContext, CircuitBreakerOptions, RetryOptions } from '../../../../lib/engine/index.js';
import { ManualClock } from '../../../../lib/testing/index.js';
import { Watch } from '../../../fixtures/watch.js';

const PLAIN: RetryOptions = { ...RETRY_DEFAULTS, jitter: 'none', backoff: 'constant', delay: 100, budget: null };

function fixture() {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  return {
    clock,
    scope,
    watch: new Watch('', scope),
    retry: (options: Partial<RetryOptions> = {}) => new RetryPolicy('', { ...PLAIN, ...options }, scope),
    timeout: (duration: number) => new TimeoutPolicy('', { enabled: true, duration }, scope),
    breaker: (options: Partial<CircuitBreakerOptions> = {}) =>
      new CircuitBreakerPolicy('payments', { ...CIRCUIT_BREAKER_DEFAULTS, ...options }, scope),
  };
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a retry around a breaker', () => {
  it('[C50] counts each attempt, and stops where the circuit opens', async () => {
    const { clock, retry, breaker } = fixture();
    const payments = breaker({ failureThreshold: 2 });
    const errors = [new Error('1'), new Error('2')];
    let calls = 0;
    const call = errorOf(compose(retry({ maxAttempts: 5 }), payments).execute(() => Promise.reject(errors[calls++])));
    await clock.advance(1_000);
    const error = (await call) as CircuitOpenError;
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error.cause).toBe(errors[1]);
    expect(calls).toBe(2);
    expect(payments.snapshot()).toMatchObject({ state: 'open', totals: { calls: 2, failures: 2, refused: 1 } });
    expect(clock.pending).toBe(0);
  });

  it('carries the last error, too, where the breaker is called by hand', async () => {
    const { clock, retry, breaker } = fixture();
    const payments = breaker({ failureThreshold: 1 });
    const failure = new Error('no');
    const call = errorOf(retry().execute(() => payments.execute(() => Promise.reject(failure))));
    await clock.advance(1_000);
    expect(await call).toMatchObject({ code: 'ERR_CIRCUIT_OPEN', cause: failure });
  });

  it('leaves the refusal of a circuit that was open before as it is', async () => {
    const { retry, breaker } = fixture();
    const error = await errorOf(compose(retry(), breaker({ initialState: 'isolated' })).execute(() => 'never'));
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(Object.hasOwn(error as object, 'cause')).toBe(false);
  });

  it('waits for the circuit when told, as long as its break is not longer than any wait', async () => {
    const { clock, retry, breaker } = fixture();
    const payments = breaker({ failureThreshold: 1, breakDuration: 5_000, successThreshold: 1 });
    const times: number[] = [];
    const call = compose(retry({ retryOpenCircuit: true }), payments).execute(() => {
      times.push(clock.now());
      return times.length === 1 ? Promise.reject(new Error('no')) : 'well again';
    });
    await clock.advance(10_000);
    expect(await call).toBe('well again');
    expect(times).toEqual([0, 5_000]);
    expect(payments.state).toBe('closed');
  });

  it('keeps the last error of an attempt as the cause of every later refusal', async () => {
    const { clock, retry, breaker } = fixture();
    const failure = new Error('no');
    const policies = compose(
      retry({ retryOpenCircuit: true, respectRetryAfter: false, maxAttempts: 4 }),
      breaker({ failureThreshold: 1 }),
    );
    const call = errorOf(policies.execute(() => Promise.reject(failure)));
    await clock.advance(1_000);
    expect(await call).toMatchObject({ code: 'ERR_CIRCUIT_OPEN', cause: failure });
  });
});

describe('a breaker around a retry', () => {
  it('[C50] counts the call once, as it ended', async () => {
    const { clock, retry, breaker } = fixture();
    const payments = breaker();
    let calls = 0;
    const flaky = () => (++calls % 3 === 0 ? Promise.resolve('fine') : Promise.reject(new Error('no')));
    const call = compose(payments, retry()).execute(flaky);
    await clock.advance(1_000);
    expect(await call).toBe('fine');
    const failed = errorOf(compose(payments, retry({ maxAttempts: 2 })).execute(() => Promise.reject(new Error('no'))));
    await clock.advance(1_000);
    await failed;
    expect(payments.snapshot().totals).toMatchObject({ calls: 2, successes: 1, failures: 1 });
  });
});

describe('a retry around a time-out', () => {
  it('gives each attempt its own time and its own signal', async () => {
    const { clock, retry, timeout, breaker } = fixture();
    const payments = breaker();
    const signals: AbortSignal[] = [];
    const call = errorOf(
      compose(retry(), payments, timeout(1_000)).execute(({ signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      }),
    );
    await clock.advance(999);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await clock.advance(1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await clock.advance(100);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    await clock.advance(2_100);
    expect(await call).toBeInstanceOf(CallTimeoutError);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
    expect(payments.snapshot().totals).toMatchObject({ calls: 3, failures: 3, timeouts: 3 });
  });

  it('tells the end once, when the last attempt that was given up is over', async () => {
    const { clock, watch, retry, timeout } = fixture();
    const ends: (() => void)[] = [];
    const call = errorOf(
      compose(watch, retry(), timeout(1_000)).execute(() => new Promise<void>((resolve) => ends.push(resolve))),
    );
    await clock.advance(5_000);
    expect(await call).toBeInstanceOf(CallTimeoutError);
    expect(watch.heard).toEqual(['failed live']);
    for (const [index, end] of ends.entries()) {
      end();
      await clock.advance(0);
      expect(watch.heard).toEqual(index === 2 ? ['failed live', 'ended'] : ['failed live']);
    }
  });

  it('tells no end of its own where all attempts were over before', async () => {
    const { clock, watch, retry, timeout } = fixture();
    const call = compose(watch, retry(), timeout(1_000)).execute(({ attempt, signal }) =>
      attempt === 1
        ? new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('too late')))
        : Promise.resolve('in time'),
    );
    await clock.advance(2_000);
    expect(await call).toBe('in time');
    expect(watch.heard).toEqual(['succeeded']);
  });

  it('is live with a success while an attempt that was given up goes on', async () => {
    const { clock, watch, retry, timeout } = fixture();
    let end!: () => void;
    const call = compose(watch, retry(), timeout(1_000)).execute(({ attempt }) =>
      attempt === 1 ? new Promise<string>((resolve) => (end = () => resolve('late'))) : Promise.resolve('in time'),
    );
    await clock.advance(2_000);
    expect(await call).toBe('in time');
    expect(watch.heard).toEqual(['succeeded live']);
    end();
    await clock.advance(0);
    expect(watch.heard).toEqual(['succeeded live', 'ended']);
  });

  it('tells the end of a call that its caller aborted when all its attempts are over', async () => {
    const { clock, watch, retry, timeout } = fixture();
    const controller = new AbortController();
    const ends: (() => void)[] = [];
    const work = () => new Promise<void>((resolve) => ends.push(resolve));
    const call = errorOf(compose(watch, retry(), timeout(1_000)).execute(work, { signal: controller.signal }));
    await clock.advance(1_100);
    controller.abort('stop');
    expect(await call).toBe('stop');
    expect(watch.heard).toEqual([]);
    ends[1]?.();
    await clock.advance(0);
    expect(watch.heard).toEqual([]);
    ends[0]?.();
    await clock.advance(0);
    expect(watch.heard).toEqual(['ended']);
  });
});

describe('a retry whose caller aborts while it waits', () => {
  it('tells its end when the attempt that was given up is over', async () => {
    const { clock, watch, retry, timeout } = fixture();
    const controller = new AbortController();
    let end!: () => void;
    const work = () => new Promise<void>((resolve) => (end = resolve));
    const call = errorOf(compose(watch, retry(), timeout(1_000)).execute(work, { signal: controller.signal }));
    await clock.advance(1_050);
    controller.abort('stop');
    expect(await call).toBe('stop');
    expect(watch.heard).toEqual([]);
    end();
    await clock.advance(0);
    expect(watch.heard).toEqual(['ended']);
  });
});

describe('the callbacks of a retry among other policies', () => {
  it('are told of the retry, whoever else guards the call', async () => {
    const { clock, retry, breaker } = fixture();
    const seen: unknown[] = [];
    const note = ({ policy, name, attempt }: CallContext) => seen.push([policy, name, attempt]) > 0;
    const policy = retry({
      maxAttempts: 2,
      retryOn: [(_, context) => note(context)],
      retryOnResult: (_, context) => note(context),
      backoff: (_attempt, _error, context) => (note(context), 1),
    });
    for (const work of [() => Promise.reject(new Error('no')), () => 'bad']) {
      const call = compose(breaker(), policy).execute(work).catch(() => {}); // prettier-ignore
      await clock.advance(1_000);
      await call;
    }
    const once = [1, 1, 2].map((attempt) => ['retry', '', attempt]);
    expect(seen).toEqual([...once, ...once]);
  });
});

describe('a time-out around a retry', () => {
  it('ends the wait, with no timer left, and the frames serve the next call', async () => {
    const { clock, scope, watch, retry, timeout } = fixture();
    const pipeline = compose(timeout(250), watch, retry({ maxAttempts: 9 }));
    for (let round = 0; round < 3; round++) {
      let calls = 0;
      const call = errorOf(pipeline.execute(() => Promise.reject(new Error(`${++calls}`))));
      await clock.advance(250);
      expect(await call).toBeInstanceOf(CallTimeoutError);
      expect(calls).toBe(3);
      expect({ pending: clock.pending, waiters: scope.waiters.size }).toEqual({ pending: 0, waiters: 0 });
      await clock.advance(1_000);
      expect(calls).toBe(3);
      expect(watch.heard.splice(0)).toEqual(['ended']);
      expect(await pipeline.execute(() => Promise.resolve('fine'))).toBe('fine');
      expect(watch.heard.splice(0)).toEqual(['succeeded']);
      await clock.advance(1_000); // the time-out's own timer
    }
  });

  it('aborts the attempt under way', async () => {
    const { clock, watch, retry, timeout } = fixture();
    const signals: AbortSignal[] = [];
    const call = errorOf(
      compose(timeout(150), watch, retry()).execute(({ signal, attempt }) => {
        signals.push(signal);
        return attempt === 1
          ? Promise.reject(new Error('no'))
          : new Promise((resolve) => signal.addEventListener('abort', resolve));
      }),
    );
    await clock.advance(150);
    expect(await call).toBeInstanceOf(CallTimeoutError);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
    await clock.advance(0);
    expect(watch.heard).toEqual(['ended']);
  });
});
