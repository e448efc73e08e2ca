import { describe, expect, it } from '@jest/globals';
import {
  HEDGE_DEFAULTS,
  HedgePolicy,
  RETRY_DEFAULTS,
  RetryPolicy,
  Scope,
  TimeoutPolicy,
  compose,
} from 'nest-circuit-breaker/engine';
import type { CallContext, ExecuteOptions, Executor, HedgeOptions } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { HedgeAttempt } from '../../../../lib/engine/policies/hedge-attempt.js';
import { atTimers } from '../../../fixtures/at-timers.js';
import { ServiceError, settledOf, turn, withResolvers } from '../../../fixtures/breaker.js';
import { Watch } from '../../../fixtures/watch.js';

function fixture(options: Partial<HedgeOptions> = {}) {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const hedge = new HedgePolicy('twice', { ...HEDGE_DEFAULTS, ...options }, scope);
  const timeout = new TimeoutPolicy('', { enabled: true, duration: 100 }, scope);
  return { clock, scope, hedge, timeout, watch: new Watch('', scope) };
}

/** One call whose attempts end when the test says so. */
function call(guard: Executor, options?: ExecuteOptions) {
  const attempts: (ReturnType<typeof withResolvers> & { context: CallContext; signal: AbortSignal })[] = [];
  const answer = settledOf(
    guard.execute((context) => {
      const ends = withResolvers();
      attempts.push({ ...ends, context, signal: context.signal });
      return ends.promise;
    }, options),
  );
  return { attempts, answer };
}

/** A stream whose steps the test makes. */
function stream(guard: HedgePolicy) {
  const steps: ReturnType<typeof withResolvers>[][] = [];
  async function* rows(): AsyncGenerator<unknown> {
    const own = [withResolvers(), withResolvers()];
    steps.push(own);
    for (const step of own) yield await step.promise;
  }
  const heard: unknown[] = [];
  const reading = (async () => {
    for await (const row of guard.iterate(rows)) heard.push(row);
  })().catch((error: unknown) => void heard.push(error));
  return { steps, heard, reading };
}

describe('a hedge', () => {
  it('says its kind and its name to who asks', async () => {
    const { hedge } = fixture();
    expect(await hedge.execute(({ policy, name }) => [policy, name])).toEqual(['hedge', 'twice']);
  });

  it('takes new options for calls that begin from then on', async () => {
    const { clock, hedge } = fixture({ delay: 100 });
    const before = call(hedge);
    hedge.update({ enabled: true, delay: 30, maxAttempts: 3 });
    expect(hedge.options).toEqual({ enabled: true, delay: 30, maxAttempts: 3 });
    const after = call(hedge);
    await clock.advance(60);
    expect([before.attempts.length, after.attempts.length]).toEqual([1, 3]);
    await clock.advance(40);
    expect([before.attempts.length, after.attempts.length]).toEqual([2, 3]);
  });

  it('tells a lost attempt why it is aborted', async () => {
    const { clock, hedge } = fixture();
    const { attempts, answer } = call(hedge);
    await clock.advance(1_000);
    attempts[1]?.resolve('second');
    await answer;
    expect(attempts[0]?.signal.reason).toMatchObject({
      name: 'AbortError',
      message: 'Another attempt at this call has answered',
    });
  });

  it('fails with the first attempt’s error, though it came first', async () => {
    const { hedge } = fixture();
    const { attempts, answer } = call(hedge);
    const [first, second] = [new ServiceError('one'), new ServiceError('two')];
    attempts[0]?.reject(first);
    await turn();
    attempts[1]?.reject(second);
    const settled = await answer;
    expect(settled.ok === false && settled.error).toBe(first);
  });

  it('makes one attempt more where one fails in the very moment in which the delay is over', async () => {
    const { clock, hedge } = fixture({ maxAttempts: 3 });
    let fired = 0;
    atTimers(clock, 'before', () => {
      if (fired++ === 0) attempts[0]?.reject(new ServiceError('no'));
    });
    const { attempts } = call(hedge);
    await clock.advance(1_000);
    expect(attempts.length).toBe(2);
    await clock.advance(1_000);
    expect(attempts.length).toBe(3);
  });

  it('tells its end when the last attempt that a limit gave up has ended', async () => {
    const { clock, hedge, timeout, watch } = fixture({ delay: 50 });
    const { attempts, answer } = call(compose(watch, hedge, timeout));
    await clock.advance(150);
    expect(await answer).toMatchObject({ ok: false, error: { code: 'ERR_CALL_TIMEOUT' } });
    expect(watch.heard).toEqual(['failed live']);
    attempts[0]?.resolve();
    await turn();
    expect(watch.heard).toEqual(['failed live']);
    attempts[1]?.resolve();
    await turn();
    expect(watch.heard).toEqual(['failed live', 'ended']);
  });

  it('succeeds live where work below goes on after the answer', async () => {
    const { clock, hedge, scope, timeout, watch } = fixture();
    const retry = new RetryPolicy('', { ...RETRY_DEFAULTS, jitter: 'none' }, scope);
    const { attempts, answer } = call(compose(watch, hedge, retry, timeout));
    await clock.advance(300); // the limit is over, and so is the wait of the retry
    attempts[1]?.resolve('second try');
    expect(await answer).toEqual({ ok: true, value: 'second try' });
    expect(watch.heard).toEqual(['succeeded live']);
    attempts[0]?.resolve();
    await turn();
    expect(watch.heard).toEqual(['succeeded live', 'ended']);
  });

  it('has ended with the abort of its caller once all attempts have', async () => {
    const { clock, hedge, watch } = fixture();
    const controller = new AbortController();
    const { attempts, answer } = call(compose(watch, hedge), { signal: controller.signal });
    await clock.advance(1_000);
    controller.abort('stop');
    expect(await answer).toEqual({ ok: false, error: 'stop' });
    expect(attempts.map(({ signal }) => signal.reason as unknown)).toEqual(['stop', 'stop']);
    for (const attempt of attempts) {
      expect(watch.heard).toEqual([]);
      attempt.resolve();
      await turn();
    }
    expect(watch.heard).toEqual(['ended']);
  });

  it('is tried again below a retry with attempts of its own, whatever became of those before', async () => {
    const { clock, hedge, scope, timeout, watch } = fixture({ delay: 50 });
    const retry = new RetryPolicy('', { ...RETRY_DEFAULTS, jitter: 'none' }, scope);
    const { attempts, answer } = call(compose(watch, retry, hedge, timeout));
    await clock.advance(100); // the first attempt is over its limit …
    attempts[0]?.resolve('late'); // … and ends before the second fails
    await turn();
    attempts[1]?.reject(new ServiceError('no'));
    await clock.advance(200);
    expect(attempts.length).toBe(3);
    await clock.advance(50);
    expect(attempts.map(({ context }) => context.attempt)).toEqual([1, 2, 2, 3]);
    attempts[2]?.resolve('fine');
    expect(await answer).toEqual({ ok: true, value: 'fine' });
    attempts[3]?.resolve('late');
    await turn();
    expect(watch.heard).toEqual(['succeeded live', 'ended']);
  });
});

describe('a hedge on a stream', () => {
  it('fails with the error of the stream that won', async () => {
    const { clock, hedge } = fixture();
    const { steps, heard, reading } = stream(hedge);
    await clock.advance(1_000);
    steps[1]?.[0]?.resolve(1);
    await turn();
    const error = new ServiceError('late');
    steps[1]?.[1]?.reject(error);
    await reading;
    expect(heard).toEqual([1, error]);
    expect(steps.length).toBe(2);
  });

  it('fails with its one stream’s error, and starts no other, once that has given an item', async () => {
    const { clock, hedge } = fixture();
    const { steps, heard, reading } = stream(hedge);
    steps[0]?.[0]?.resolve(1);
    await turn();
    const error = new ServiceError('late');
    steps[0]?.[1]?.reject(error);
    await reading;
    await clock.advance(1_000);
    expect([heard, steps.length]).toEqual([[1, error], 1]);
  });

  it('asks the stream that won for its next items', async () => {
    const { clock, hedge } = fixture();
    const { steps, heard, reading } = stream(hedge);
    await clock.advance(1_000);
    for (const [index, step] of (steps[1] ?? []).entries()) {
      step.resolve(index);
      await turn();
    }
    await reading;
    expect(heard).toEqual([0, 1]);
  });
});

describe('an attempt of a hedge', () => {
  it('is started once by its hedge, and by nobody else', () => {
    const chain = { outer: undefined } as never;
    const attempt = new HedgeAttempt({} as never, chain, {} as never);
    expect(() => attempt.enter()).toThrow(new TypeError('an attempt is started, not entered'));
    expect(() => attempt.fork()).toThrow(new TypeError('an attempt is started once'));
  });
});
