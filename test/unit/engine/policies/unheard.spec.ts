import { describe, expect, it } from '@jest/globals';
import {
  BULKHEAD_DEFAULTS,
  BulkheadPolicy,
  FallbackPolicy,
  HedgePolicy,
  RATE_LIMITER_DEFAULTS,
  RETRY_DEFAULTS,
  RateLimiterPolicy,
  RetryPolicy,
  Scope,
  TimeoutPolicy,
} from 'nest-circuit-breaker/engine';
import type { Executor, PolicyEvent, PolicyEventType, RetryOptions } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { settledOf } from '../../../fixtures/breaker.js';

/** Notes how often it is asked for the date: each event has one. */
class DatedClock extends ManualClock {
  dates = 0;

  override wall(): number {
    this.dates++;
    return super.wall();
  }
}

const failure = new Error('no');
const fails = (): Promise<never> => Promise.reject(failure);
const never = (): Promise<never> => new Promise(() => {});
const retry = (scope: Scope, options: Partial<RetryOptions>) =>
  new RetryPolicy('p', { ...RETRY_DEFAULTS, jitter: 'none', ...options }, scope);

interface Case {
  readonly type: PolicyEventType;
  readonly guard: (scope: Scope) => Executor;
  readonly work: () => unknown;
  /** Calls before the one that the event is of. */
  readonly before?: () => unknown;
  readonly details: Record<string, unknown>;
}

const cases: Case[] = [
  {
    type: 'retried',
    guard: (scope) => retry(scope, { maxAttempts: 2, abortOn: [] }),
    work: fails,
    details: { policy: 'retry', attempt: 2, delay: 200, error: failure },
  },
  {
    type: 'retries_exhausted',
    guard: (scope) => retry(scope, { maxAttempts: 1 }),
    work: fails,
    details: { policy: 'retry', attempts: 1, reason: 'attempts', error: failure },
  },
  {
    type: 'fell_back',
    guard: (scope) => new FallbackPolicy('p', { handlers: [() => 'spare'], on: [] }, scope),
    work: fails,
    details: { policy: 'fallback', error: failure },
  },
  {
    type: 'refused',
    guard: (scope) => new BulkheadPolicy('p', { ...BULKHEAD_DEFAULTS, maxConcurrent: 1 }, scope),
    before: never,
    work: fails,
    details: { policy: 'bulkhead', retryAfter: null },
  },
  {
    type: 'refused',
    guard: (scope) => new RateLimiterPolicy('p', { ...RATE_LIMITER_DEFAULTS, limit: 1 }, scope),
    before: fails,
    work: fails,
    details: { policy: 'rate_limiter', retryAfter: 1_000 },
  },
  {
    type: 'hedged',
    guard: (scope) => new HedgePolicy('p', { enabled: true, delay: 100, maxAttempts: 2 }, scope),
    work: never,
    details: { policy: 'hedge', attempt: 2 },
  },
  {
    type: 'timed_out',
    guard: (scope) => new TimeoutPolicy('p', { enabled: true, duration: 100 }, scope),
    work: never,
    details: { policy: 'timeout', duration: 100 },
  },
];

async function run({ guard, work, before, type }: Case, isHeard: boolean, operation?: string) {
  const clock = new DatedClock();
  const scope = new Scope({ clock });
  const policy = guard(scope);
  if (before !== undefined) void settledOf(policy.execute(before));
  const events: PolicyEvent[] = [];
  if (isHeard) scope.events.on(type, (event) => void events.push(event));
  void settledOf(policy.execute(work, operation === undefined ? undefined : { operation }));
  await clock.advance(1_000);
  return { events, dates: clock.dates };
}

describe.each(cases)('the event $type of a $details.policy', (each) => {
  const expected = { type: each.type, name: 'p', at: expect.any(Date), ...each.details };

  it('is not made where nobody listens', async () => {
    expect((await run(each, false)).dates).toBe(0);
  });

  it('tells what happened, and nothing of an operation where the call has none', async () => {
    const { events, dates } = await run(each, true);
    expect(events).toStrictEqual([expected]);
    expect(dates).toBe(1);
  });

  it('names the operation where the call has one', async () => {
    expect((await run(each, true, 'Quotes.get')).events).toStrictEqual([{ ...expected, operation: 'Quotes.get' }]);
  });
});
