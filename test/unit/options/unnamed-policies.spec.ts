import { describe, expect, it } from '@jest/globals';

import { bulkhead, fallback, hedge, lastKnownGood, rateLimiter, retry, timeout } from '../../../lib/options/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { faultsOf } from './faults.js';

const never = () => new Promise<never>(() => undefined);

describe('a policy without a name', () => {
  it('is a time-out by its duration or by options', () => {
    expect(timeout('2s').options).toEqual({ enabled: true, duration: 2_000 });
    expect(timeout({ duration: '2s' }).options).toEqual(timeout(2_000).options);
    expect(timeout('2s').name).toBe('');
  });

  it('is a bulkhead by its size or by options', () => {
    expect(bulkhead(3).options).toEqual(bulkhead({ maxConcurrent: 3 }).options);
    expect(bulkhead().options).toEqual({ enabled: true, maxConcurrent: 10, maxQueue: 0, queueTimeout: null });
  });

  it('is a retry, a hedge, a rate limiter by what differs from the defaults', () => {
    expect(retry().options).toMatchObject({
      maxAttempts: 3,
      delay: 200,
      backoff: 'exponential',
      maxDelay: 10_000,
      jitter: 'full',
      budget: { ratio: 0.2, minPerMinute: 10 },
      maxElapsed: null,
    });
    expect(hedge({ delay: '50ms' }).options).toEqual({ enabled: true, delay: 50, maxAttempts: 2 });
    expect(rateLimiter({ limit: 5 }).options).toMatchObject({ limit: 5, interval: 1_000 });
  });

  it('lives by the clock it is given', async () => {
    const clock = new ManualClock();
    const answer = timeout('1s', { clock })
      .execute(never)
      .catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await answer).toMatchObject({ code: 'ERR_CALL_TIMEOUT' });
  });

  it('takes chance from where it is told', async () => {
    const clock = new ManualClock();
    const delays: number[] = [];
    const policy = retry({ maxAttempts: 2, delay: '1s' }, { clock, random: () => 0.25 });
    policy.scope.events.on('retried', ({ delay }) => delays.push(delay));
    const answer = policy.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
    await clock.advance(1_000);
    await answer;
    expect(delays).toEqual([250]);
  });

  it('backs off by a function of durations as users write them', async () => {
    const clock = new ManualClock();
    const starts: number[] = [];
    const policy = retry({ maxAttempts: 3, backoff: (attempt) => `${attempt}s` }, { clock });
    const answer = policy.execute(() => {
      starts.push(clock.now());
      return Promise.reject(new Error('down'));
    }).catch(() => undefined); // prettier-ignore
    await clock.advance(10_000);
    await answer;
    expect(starts).toEqual([0, 1_000, 3_000]);
  });

  it.each([
    ['retry', () => retry({ maxAttempt: 3, delay: 'soon' } as never), ['retry.delay', 'retry.maxAttempt']],
    ['timeout', () => timeout('soon'), ['timeout.duration']],
    ['timeout', () => timeout({}), ['timeout.duration']],
    ['timeout', () => timeout(0), ['timeout.duration']],
    ['bulkhead', () => bulkhead(0), ['bulkhead.maxConcurrent']],
    ['rateLimiter', () => rateLimiter({} as never), ['rateLimiter.limit']],
    ['hedge', () => hedge(null as never), ['hedge']],
    ['fallback', () => fallback([]), ['fallback.handlers']],
    ['fallback', () => fallback('cached' as never, { on: 404 as never }), ['fallback.handlers', 'fallback.on']],
    [
      'lastKnownGood',
      () => lastKnownGood({ maxAge: 'ages', maxEntries: 0 }),
      ['lastKnownGood.maxAge', 'lastKnownGood.maxEntries'],
    ],
  ])('%s has all its faults told at once', (_kind, make, paths) => {
    expect(faultsOf(make).map(({ path }) => path)).toEqual(paths);
  });
});

describe('a fallback without a name', () => {
  it('answers for the errors it is made for', async () => {
    const policy = fallback([() => Promise.reject(new Error('no cache')), () => 'default'], { on: RangeError });
    await expect(policy.execute(() => Promise.reject(new RangeError('x')))).resolves.toBe('default');
    await expect(policy.execute(() => Promise.reject(new SyntaxError('y')))).rejects.toThrow('y');
  });

  it('may be the last known good answer, for a time', async () => {
    const clock = new ManualClock();
    const policy = fallback(lastKnownGood({ maxAge: '1m' }), { clock });
    const call = (work: () => unknown) => policy.execute(work, { args: ['EUR'] });
    await expect(call(() => 1.1)).resolves.toBe(1.1);
    await clock.advance(60_000);
    await expect(call(() => Promise.reject(new Error('down')))).resolves.toBe(1.1);
    await clock.advance(1);
    await expect(call(() => Promise.reject(new Error('down')))).rejects.toThrow('down');
  });
});
