import { describe, expect, it } from '@jest/globals';

import {
  BULKHEAD_DEFAULTS,
  BulkheadPolicy,
  CIRCUIT_BREAKER_DEFAULTS,
  CallContext,
  CircuitBreakerPolicy,
  FallbackPolicy,
  RETRY_DEFAULTS,
  RetryPolicy,
  Scope,
  TimeoutPolicy,
  compose,
} from '../../../lib/engine/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

function fixture() {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const breaker = new CircuitBreakerPolicy('payments', CIRCUIT_BREAKER_DEFAULTS, scope);
  const retry = new RetryPolicy('', { ...RETRY_DEFAULTS, delay: 100, jitter: 'none', backoff: 'constant' }, scope);
  const timeout = new TimeoutPolicy('', { enabled: true, duration: 1_000 }, scope);
  return { clock, scope, breaker, retry, timeout };
}

describe('the context of a call', () => {
  it('knows nothing of a call about which nothing was said', async () => {
    const { breaker } = fixture();
    await breaker.execute((context) => {
      expect(context).toMatchObject({
        attempt: 1,
        operation: undefined,
        args: [],
        receiver: undefined,
        callerSignal: undefined,
        isStream: false,
        isAbortedByCaller: false,
        policy: 'circuit_breaker',
        name: 'payments',
      });
      expect(context.properties.size).toBe(0);
    });
  });

  it('knows what was said of the call', async () => {
    const { breaker } = fixture();
    const receiver = {};
    const properties = new Map<unknown, unknown>([['tenant', 7]]);
    const { signal } = new AbortController();
    await breaker.execute(
      (context) => {
        expect(context).toMatchObject({ operation: 'Payments.charge', args: [1, 'a'], isAbortedByCaller: false });
        expect(context.receiver).toBe(receiver);
        expect(context.callerSignal).toBe(signal);
        expect(context.properties).toBe(properties);
      },
      { operation: 'Payments.charge', args: [1, 'a'], receiver, properties, signal },
    );
  });

  it('dates the call by the wall clock, in every attempt the same', async () => {
    const { clock, breaker, retry } = fixture();
    const dates: Date[] = [];
    const began = clock.wall();
    const answer = compose(retry, breaker).execute((context) => {
      dates.push(context.startedAt);
      return context.attempt < 3 ? Promise.reject(new Error('again')) : clock.now();
    });
    await clock.advance(1_000);
    await expect(answer).resolves.toBe(200);
    expect(dates.map(Number)).toEqual([began, began, began]);
  });

  it('has one map for all attempts, whoever reads it first, and a signal for each', async () => {
    for (const readsFirst of [true, false]) {
      const { clock, breaker, retry } = fixture();
      const seen: CallContext[] = [];
      const answer = compose(retry, breaker).execute((context) => {
        seen.push(context);
        if (readsFirst || context.attempt > 1) context.properties.set(context.attempt, true);
        return context.attempt < 3 ? Promise.reject(new Error('again')) : context.signal;
      });
      await clock.advance(1_000);
      await answer;
      expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      expect(new Set(seen.map(({ properties }) => properties)).size).toBe(1);
      expect(seen[0]?.properties.has(3)).toBe(true);
      expect(new Set(seen.map(({ signal }) => signal)).size).toBe(3);
    }
  });

  it('belongs in each attempt to the policy that asks', async () => {
    const { scope } = fixture();
    const seen: string[] = [];
    const tell = ({ policy, name }: CallContext): void => void seen.push(`${policy} ${name}`);
    const named = (name: string) =>
      new CircuitBreakerPolicy(
        name,
        {
          ...CIRCUIT_BREAKER_DEFAULTS,
          classify: (_, context) => {
            tell(context);
            return 'failure';
          },
        },
        scope,
      );
    const fallback = new FallbackPolicy(
      '',
      {
        on: [],
        handlers: [
          (_, context) => {
            tell(context);
            return 'instead';
          },
        ],
      },
      scope,
    );
    const answer = compose(fallback, named('outer'), named('inner')).execute(() => Promise.reject(new Error('no')));
    await expect(answer).resolves.toBe('instead');
    expect(seen).toEqual(['circuit_breaker inner', 'circuit_breaker outer', 'fallback ']);
  });
});

describe("an attempt's signal", () => {
  it('is aborted when somebody first reads it after the attempt was', async () => {
    const { clock, timeout } = fixture();
    let late!: CallContext;
    const answer = timeout.execute((context) => {
      late = context;
      return new Promise(() => {});
    });
    const settled = answer.catch((error: unknown) => error);
    await clock.advance(1_000);
    const error = await settled;
    expect(late.signal.aborted).toBe(true);
    expect(late.signal.reason).toBe(error);
    expect(late.signal).toBe(late.signal);
  });

  it('keeps its first reason', async () => {
    const { clock, timeout } = fixture();
    const controller = new AbortController();
    let seen!: AbortSignal;
    let aborts = 0;
    const answer = timeout.execute(
      ({ signal }) => {
        seen = signal;
        signal.addEventListener('abort', () => aborts++);
        return new Promise(() => {});
      },
      { signal: controller.signal },
    );
    const settled = answer.catch((error: unknown) => error);
    await clock.advance(1_000);
    const first = await settled;
    controller.abort(new Error('too late'));
    expect(seen.reason).toBe(first);
    expect(aborts).toBe(1);
  });

  it('is never aborted once its work is over, and is kept by nobody', async () => {
    const { scope, breaker } = fixture();
    const seen: CallContext[] = [];
    await breaker.execute((context) => void seen.push(context));
    await breaker.execute((context) => {
      seen.push(context);
      expect(context.signal.aborted).toBe(false);
      expect(scope.abortable.size).toBe(1);
    });
    expect(seen.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    expect(scope.abortable.size).toBe(0);
    await scope.drain(0);
    expect(seen.map(({ signal }) => signal.aborted)).toEqual([false, false]);
  });

  it('is kept by nobody where the attempt was aborted before anybody read it', async () => {
    const { clock, scope, timeout } = fixture();
    let late!: CallContext;
    const settled = timeout
      .execute((context) => {
        late = context;
        return new Promise(() => {});
      })
      .catch((error: unknown) => error);
    await clock.advance(1_000);
    await settled;
    expect(late.signal.aborted).toBe(true);
    expect(scope.abortable.size).toBe(0);
  });

  it('keeps its first reason though it is read only after the second, and knows who asks', () => {
    const { breaker, timeout, scope } = fixture();
    const context = new CallContext(breaker, undefined, 0);
    context.abort('first');
    context.abort('second');
    expect(context.signal.reason).toBe('first');
    const other = new CircuitBreakerPolicy('other', CIRCUIT_BREAKER_DEFAULTS, scope);
    expect(context.seenBy(other)).toMatchObject({ policy: 'circuit_breaker', name: 'other' });
    expect(context.seenBy(timeout)).toMatchObject({ policy: 'timeout', name: '' });
    expect(context.seenBy(breaker)).toMatchObject({ policy: 'circuit_breaker', name: 'payments' });
  });

  it('that is first read when the work is over is kept by nobody, whatever else was read before', async () => {
    const { scope, breaker } = fixture();
    let late!: CallContext;
    await breaker.execute((context) => {
      late = context;
      context.properties.set('a', 1);
    });
    expect(late.signal.aborted).toBe(false);
    expect(scope.abortable.size).toBe(0);
  });

  it('tells an abort of the caller from all others', async () => {
    const { timeout } = fixture();
    const controller = new AbortController();
    let seen!: CallContext;
    const answer = timeout.execute(
      (context) => {
        seen = context;
        return new Promise(() => {});
      },
      { signal: controller.signal },
    );
    expect(seen.isAbortedByCaller).toBe(false);
    controller.abort(new Error('gone'));
    await expect(answer).rejects.toThrow('gone');
    expect(seen.isAbortedByCaller).toBe(true);
    expect(seen.signal.reason).toBe(controller.signal.reason);
  });

  it('is one for all policies that see the attempt', async () => {
    const { scope, breaker } = fixture();
    const seen: CallContext[] = [];
    const bulkhead = new BulkheadPolicy('few', BULKHEAD_DEFAULTS, scope);
    const observed = new CircuitBreakerPolicy(
      'observed',
      {
        ...CIRCUIT_BREAKER_DEFAULTS,
        classify: (_, context) => {
          seen.push(context);
          return 'success';
        },
      },
      scope,
    );
    await compose(breaker, bulkhead, observed).execute((context) => {
      seen.push(context);
      context.properties.set('a', 1);
      return context.signal;
    });
    const [inner, outer] = seen;
    expect(inner).not.toBe(outer);
    expect(outer?.signal).toBe(inner?.signal);
    expect(outer?.properties.get('a')).toBe(1);
  });
});
