import { describe, expect, it } from '@jest/globals';
import { RETRY_DEFAULTS, RetryPolicy, Scope, compose } from 'nest-circuit-breaker/engine';
import type { RetryOptions } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { settledOf } from '../../../fixtures/breaker.js';
import { Watch } from '../../../fixtures/watch.js';

function fixture(options: Partial<RetryOptions> = {}) {
  const clock = new ManualClock();
  const faults: string[] = [];
  const scope = new Scope({ clock, onFault: (_, where) => void faults.push(where) });
  const retry = new RetryPolicy('', { ...RETRY_DEFAULTS, jitter: 'none', budget: null, ...options }, scope);
  return { clock, scope, retry, faults, watch: new Watch('', scope) };
}

const fails = (): Promise<never> => Promise.reject(new Error('no'));
const bug = (): never => {
  throw new TypeError('a bug');
};

describe('the defaults of a retry', () => {
  it('are those of the documents, and nobody can change them', () => {
    expect(RETRY_DEFAULTS).toEqual({
      enabled: true,
      maxAttempts: 3,
      delay: 200,
      backoff: 'exponential',
      maxDelay: 10_000,
      jitter: 'full',
      retryOn: [],
      abortOn: [],
      retryOnResult: null,
      retryOpenCircuit: false,
      respectRetryAfter: true,
      budget: { ratio: 0.2, minPerMinute: 10 },
      maxElapsed: null,
    });
    for (const part of [RETRY_DEFAULTS, RETRY_DEFAULTS.retryOn, RETRY_DEFAULTS.abortOn, RETRY_DEFAULTS.budget]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});

describe('a fault in a callback of a retry without a name', () => {
  it.each<[string, Partial<RetryOptions>, () => unknown]>([
    ['a predicate', { retryOn: [bug] }, fails],
    ['retryOnResult', { retryOnResult: bug }, () => 'fine'],
    ['backoff', { backoff: bug, maxAttempts: 2 }, fails],
  ])('is reported as one in %s', async (what, options, work) => {
    const { clock, retry, faults } = fixture(options);
    void settledOf(retry.execute(work));
    await clock.advance(1_000);
    expect(faults).toEqual([`${what} of retry`]);
  });

  it('is none where there is nothing to ask', async () => {
    const { retry, faults } = fixture();
    expect(await retry.execute(() => 'fine')).toBe('fine');
    expect(faults).toEqual([]);
  });
});

describe('a call that a predicate of its retry aborts', () => {
  it.each([true, false])('has ended with that, whatever the predicate answers: %p', async (answer) => {
    for (const failing of [true, false]) {
      const controller = new AbortController();
      const abort = (): boolean => {
        controller.abort('stop');
        return answer;
      };
      const { clock, retry, watch, scope } = fixture(failing ? { retryOn: [abort] } : { retryOnResult: abort });
      const work = failing ? fails : () => Promise.resolve('fine');
      const call = settledOf(compose(watch, retry).execute(work, { signal: controller.signal }));
      await clock.advance(1_000);
      expect(await call).toEqual({ ok: false, error: 'stop' });
      expect([watch.heard, scope.active, clock.pending]).toEqual([['ended'], 0, 0]);
    }
  });
});

describe('the budget of a retry', () => {
  it('counts calls while it limits them', async () => {
    const { clock, retry } = fixture({ maxAttempts: 2 });
    const triesOf = async (): Promise<number> => {
      let tries = 0;
      void settledOf(retry.execute(() => (tries++, fails())));
      await clock.advance(1_000);
      return tries;
    };
    const limited = { ...retry.options, budget: { ratio: 0.2, minPerMinute: 0 } };
    for (let call = 0; call < 10; call++) expect(await triesOf()).toBe(2);
    retry.update({ ...limited, enabled: false });
    for (let call = 0; call < 10; call++) expect(await triesOf()).toBe(1);
    retry.update(limited);
    for (let call = 1; call <= 11; call++) expect([call, await triesOf()]).toEqual([call, call % 5 === 0 ? 2 : 1]);
  });
});
