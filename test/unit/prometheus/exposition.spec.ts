import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Counter, Registry } from 'prom-client';

import { CIRCUIT_STATES } from '../../../lib/engine/index.js';
import type { PolicyRegistry } from '../../../lib/engine/index.js';
import { createRegistry } from '../../../lib/options/index.js';
import { Exposition } from '../../../lib/prometheus/exposition.js';
import type { ExpositionOptions } from '../../../lib/prometheus/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

let clock: ManualClock;
let prometheus: Registry;
let detach: () => void;

beforeEach(() => {
  clock = new ManualClock();
  prometheus = new Registry();
});

afterEach(() => detach());

function expose(options: Parameters<typeof createRegistry>[0] = {}, exposition: ExpositionOptions = {}) {
  const policies = createRegistry(options, { clock });
  detach = Exposition.attach(prometheus, policies, exposition);
  return policies;
}

type Labels = Readonly<Record<string, string | number>>;

/** The series of a metric that carry these labels. */
async function series(name: string, labels: Labels = {}): Promise<{ labels: Labels; value: number }[]> {
  const metric = await prometheus.getSingleMetric(name)?.get();
  if (metric === undefined) throw new Error(`there is no metric ${name}`);
  return (metric.values as { labels: Labels; value: number }[]).filter((each) =>
    Object.entries(labels).every(([label, value]) => each.labels[label] === value),
  );
}

async function value(name: string, labels: Labels = {}): Promise<number | undefined> {
  const [only, ...others] = await series(name, labels);
  if (others.length > 0) throw new Error(`${name} has ${others.length + 1} series with ${JSON.stringify(labels)}`);
  return only?.value;
}

const succeed = (policies: PolicyRegistry, name: string, ms = 0) =>
  finish(
    policies.circuitBreaker(name).execute(() => after(ms)),
    ms,
  );
const fail = (policies: PolicyRegistry, name: string, ms = 0) =>
  finish(
    policies.circuitBreaker(name).execute(() => after(ms).then(() => Promise.reject(new Error('down')))),
    ms,
  );

const after = (ms: number): Promise<void> => new Promise((resolve) => void clock.schedule(ms, resolve));

async function finish(call: Promise<unknown>, ms: number): Promise<void> {
  const settled = call.catch(() => undefined);
  await clock.advance(ms);
  await settled;
}

describe('states', () => {
  it('has every state of every breaker, from before its first call', async () => {
    const policies = expose();
    policies.circuitBreaker('payments');
    policies.circuitBreaker('quotes').isolate();
    expect(await series('circuit_breaker_state')).toHaveLength(2 * CIRCUIT_STATES.length);
    expect(await value('circuit_breaker_state', { breaker: 'payments', state: 'closed' })).toBe(1);
    expect(await value('circuit_breaker_state', { breaker: 'payments', state: 'isolated' })).toBe(0);
    expect(await value('circuit_breaker_state', { breaker: 'quotes', state: 'isolated' })).toBe(1);
    expect(await value('circuit_breaker_state', { breaker: 'quotes', state: 'closed' })).toBe(0);
  });

  it('follows a breaker at the next scrape, and drops one that was removed', async () => {
    const policies = expose({ breakers: { payments: { failureThreshold: 1 } } });
    await fail(policies, 'payments');
    expect(await value('circuit_breaker_state', { breaker: 'payments', state: 'open' })).toBe(1);
    policies.circuitBreaker('payments').close();
    expect(await value('circuit_breaker_state', { breaker: 'payments', state: 'open' })).toBe(0);
    policies.remove('payments');
    expect(await series('circuit_breaker_state')).toEqual([]);
  });

  it('counts transitions by where from and where to', async () => {
    const policies = expose({
      breakers: { payments: { failureThreshold: 1, breakDuration: 1_000, successThreshold: 1 } },
    });
    await fail(policies, 'payments');
    await clock.advance(1_000);
    await succeed(policies, 'payments');
    policies.circuitBreaker('payments').isolate();
    policies.circuitBreaker('payments').metricsOnly();
    policies.circuitBreaker('payments').disable();
    policies.circuitBreaker('payments').reset();
    const transitions = (await series('circuit_breaker_transitions_total')).map(({ labels, value: count }) => [
      `${String(labels['from'])} → ${String(labels['to'])}`,
      count,
    ]);
    expect(transitions).toEqual([
      ['closed → open', 1],
      ['open → half_open', 1],
      ['half_open → closed', 1],
      ['closed → isolated', 1],
      ['isolated → metrics_only', 1],
      ['metrics_only → disabled', 1],
      ['disabled → closed', 1],
    ]);
  });

  it('counts neither a changed option nor the reset of a closed breaker as a transition', async () => {
    const policies = expose();
    policies.circuitBreaker('payments').reset();
    policies.update('payments', { failureThreshold: 7 });
    expect(await series('circuit_breaker_transitions_total')).toEqual([]);
  });

  it('adds up the seconds in each state', async () => {
    const policies = expose({ breakers: { payments: { failureThreshold: 1, breakDuration: 30_000 } } });
    policies.circuitBreaker('payments');
    await clock.advance(5_000);
    await fail(policies, 'payments');
    await clock.advance(12_000);
    const seconds = (state: string) => value('circuit_breaker_state_seconds_total', { breaker: 'payments', state });
    expect(await seconds('closed')).toBe(5);
    expect(await seconds('open')).toBe(12);
    expect(await seconds('half_open')).toBe(0);
    policies.circuitBreaker('payments').close();
    await clock.advance(3_000);
    expect(await seconds('closed')).toBe(8);
    expect(await seconds('open')).toBe(12);
  });

  it('finds the seconds of a state that no event told of', async () => {
    const policies = expose();
    policies.circuitBreaker('payments').isolate();
    const saved = JSON.stringify(policies);
    policies.circuitBreaker('payments').close();
    await clock.advance(4_000);
    await series('circuit_breaker_state_seconds_total');
    policies.restore(saved);
    await clock.advance(6_000);
    const seconds = (state: string) => value('circuit_breaker_state_seconds_total', { breaker: 'payments', state });
    expect((await seconds('isolated')) ?? 0).toBeGreaterThanOrEqual(6);
    expect(((await seconds('isolated')) ?? 0) + ((await seconds('closed')) ?? 0)).toBe(10);
  });

  it('counts no time of a breaker that is not there', async () => {
    const policies = expose();
    const seconds = () => value('circuit_breaker_state_seconds_total', { breaker: 'payments', state: 'closed' });
    policies.circuitBreaker('payments');
    await clock.advance(5_000);
    expect(await seconds()).toBe(5);
    policies.remove('payments');
    await clock.advance(10_000);
    expect(await seconds()).toBeUndefined();
    policies.circuitBreaker('payments');
    await clock.advance(2_000);
    expect(await seconds()).toBe(7);
  });

  it('survives a step of the wall clock', async () => {
    const policies = expose();
    policies.circuitBreaker('payments');
    await clock.advance(4_000);
    await series('circuit_breaker_state_seconds_total');
    clock.stepWall(-3_600_000);
    await clock.advance(2_000);
    clock.stepWall(7_200_000);
    await clock.advance(2_000);
    expect(await value('circuit_breaker_state_seconds_total', { breaker: 'payments', state: 'closed' })).toBe(8);
  });
});

describe('calls', () => {
  it('counts calls by outcome', async () => {
    const policies = expose();
    await succeed(policies, 'payments');
    await succeed(policies, 'payments');
    await fail(policies, 'payments');
    policies.circuitBreaker('payments').acquire().ignore();
    using late = policies.circuitBreaker('payments').acquire();
    policies.circuitBreaker('payments').isolate();
    late.success();
    const calls = (outcome: string) => value('circuit_breaker_calls_total', { breaker: 'payments', outcome });
    expect(await calls('success')).toBe(2);
    expect(await calls('failure')).toBe(1);
    expect(await calls('ignored')).toBe(1);
    expect(await calls('stale')).toBe(1);
  });

  it('puts durations in seconds into buckets, by outcome', async () => {
    const policies = expose({}, { buckets: [0.1, 1] });
    await succeed(policies, 'payments', 100);
    await succeed(policies, 'payments', 400);
    await fail(policies, 'payments', 2_000);
    const duration = (outcome: string, le: string | number) =>
      value('circuit_breaker_call_duration_seconds', { breaker: 'payments', outcome, le });
    expect(await duration('success', 0.1)).toBe(1);
    expect(await duration('success', 1)).toBe(2);
    expect(await duration('failure', 1)).toBe(0);
    expect(await duration('failure', '+Inf')).toBe(1);
    const text = await prometheus.metrics();
    expect(text).toContain('circuit_breaker_call_duration_seconds_sum{breaker="payments",outcome="success"} 0.5');
  });

  it('counts refusals, and apart from them what would have been refused', async () => {
    const policies = expose({ breakers: { trial: { failureThreshold: 1, initialState: 'metrics_only' } } });
    policies.circuitBreaker('payments').isolate();
    await succeed(policies, 'payments');
    await succeed(policies, 'payments');
    await fail(policies, 'trial');
    await succeed(policies, 'trial');
    expect(await value('circuit_breaker_refused_total', { breaker: 'payments' })).toBe(2);
    expect(await value('circuit_breaker_refused_total', { breaker: 'trial' })).toBeUndefined();
    expect(await value('circuit_breaker_would_refuse_total', { breaker: 'trial' })).toBe(1);
    expect(await series('circuit_breaker_calls_total', { breaker: 'payments' })).toEqual([]);
  });

  it('shows the ratios of the window', async () => {
    const policies = expose({ breakers: { payments: { failureRatio: 1, slowCallDuration: 1_000 } } });
    await fail(policies, 'payments');
    await succeed(policies, 'payments', 1_000);
    await succeed(policies, 'payments');
    await succeed(policies, 'payments');
    expect(await value('circuit_breaker_failure_ratio', { breaker: 'payments' })).toBe(0.25);
    expect(await value('circuit_breaker_slow_ratio', { breaker: 'payments' })).toBe(0.25);
    expect(await value('circuit_breaker_slow_calls_total', { breaker: 'payments' })).toBe(1);
  });
});

describe('other policies', () => {
  it('counts retries and calls that ran out of them', async () => {
    const policies = expose({ retries: { gentle: { maxAttempts: 3, delay: 10, jitter: 'none' } } });
    await finish(
      policies.retry('gentle').execute(() => Promise.reject(new Error('down'))),
      1_000,
    );
    expect(await value('circuit_breaker_retries_total', { name: 'gentle' })).toBe(2);
    expect(await value('circuit_breaker_retries_exhausted_total', { name: 'gentle', reason: 'attempts' })).toBe(1);
  });

  it('counts timeouts, of timeouts and of breakers', async () => {
    const policies = expose({ timeouts: { quick: '1s' }, breakers: { payments: { timeout: '2s' } } });
    const hang = () => new Promise<never>(() => undefined);
    await finish(policies.timeout('quick').execute(hang), 1_000);
    await finish(policies.circuitBreaker('payments').execute(hang), 2_000);
    expect(await value('circuit_breaker_timeouts_total', { name: 'quick' })).toBe(1);
    expect(await value('circuit_breaker_timeouts_total', { name: 'payments' })).toBe(1);
  });

  it('counts what a bulkhead and a rate limiter refuse, apart from breakers', async () => {
    const policies = expose({
      bulkheads: { narrow: { maxConcurrent: 1 } },
      rateLimiters: { slow: { limit: 1, interval: '1s' } },
    });
    const first = policies.bulkhead('narrow').execute(() => after(10));
    await finish(
      policies.bulkhead('narrow').execute(() => after(10)),
      0,
    );
    await finish(first, 10);
    await finish(
      policies.rateLimiter('slow').execute(() => after(0)),
      0,
    );
    await finish(
      policies.rateLimiter('slow').execute(() => after(0)),
      0,
    );
    expect(await value('circuit_breaker_bulkhead_refused_total', { name: 'narrow' })).toBe(1);
    expect(await value('circuit_breaker_rate_limited_total', { name: 'slow' })).toBe(1);
    expect(await series('circuit_breaker_refused_total')).toEqual([]);
  });
});

describe('label values', () => {
  it('takes no more names than it may; later breakers share one label', async () => {
    const policies = expose({}, { maxNames: 2 });
    for (const name of ['a', 'b', 'c', 'd']) await fail(policies, name);
    policies.circuitBreaker('d').isolate();
    expect(await value('circuit_breaker_calls_total', { breaker: '_other', outcome: 'failure' })).toBe(2);
    expect(await value('circuit_breaker_calls_total', { breaker: 'a', outcome: 'failure' })).toBe(1);
    expect(await value('circuit_breaker_state', { breaker: '_other', state: 'closed' })).toBe(1);
    expect(await value('circuit_breaker_state', { breaker: '_other', state: 'isolated' })).toBe(1);
    expect(await value('circuit_breaker_failure_ratio', { breaker: '_other' })).toBe(1);
    const breakers = (await series('circuit_breaker_state')).map(({ labels }) => labels['breaker']);
    expect([...new Set(breakers)]).toEqual(['a', 'b', '_other']);
  });
});

describe('resilience4j names', () => {
  it('are absent unless asked for', async () => {
    expose().circuitBreaker('payments');
    expect(await prometheus.metrics()).not.toContain('resilience4j');
  });

  it('say what its Grafana boards ask for, in its words and units', async () => {
    const policies = expose(
      { breakers: { payments: { failureRatio: 1, timeout: '5s' } }, retries: { gentle: { maxAttempts: 1 } } },
      { resilience4jNames: true, buckets: [1] },
    );
    await fail(policies, 'payments', 500);
    for (let i = 0; i < 3; i++) await succeed(policies, 'payments', 250);
    policies.circuitBreaker('quotes').isolate();
    await succeed(policies, 'quotes');
    const text = (await prometheus.metrics()).split('\n');
    expect(text).toEqual(
      expect.arrayContaining([
        'resilience4j_circuitbreaker_state{name="payments",state="closed"} 1',
        'resilience4j_circuitbreaker_state{name="quotes",state="forced_open"} 1',
        'resilience4j_circuitbreaker_state{name="quotes",state="closed"} 0',
        'resilience4j_circuitbreaker_calls_seconds_count{name="payments",kind="successful"} 3',
        'resilience4j_circuitbreaker_calls_seconds_sum{name="payments",kind="successful"} 0.75',
        'resilience4j_circuitbreaker_calls_seconds_count{name="payments",kind="failed"} 1',
        'resilience4j_circuitbreaker_calls_seconds_max{name="payments",kind="failed"} 0.5',
        'resilience4j_circuitbreaker_not_permitted_calls_total{name="quotes",kind="not_permitted"} 1',
        'resilience4j_circuitbreaker_buffered_calls{name="payments",kind="successful"} 3',
        'resilience4j_circuitbreaker_buffered_calls{name="payments",kind="failed"} 1',
        'resilience4j_circuitbreaker_failure_rate{name="payments"} 25',
        'resilience4j_circuitbreaker_failure_rate{name="quotes"} -1',
      ]),
    );
  });
});

describe('a Prometheus registry', () => {
  it('serves two applications of one process, and is empty once both are gone', async () => {
    const first = expose();
    const detachFirst = detach;
    const second = expose();
    await fail(first, 'payments');
    await fail(second, 'payments');
    await succeed(second, 'quotes');
    expect(await value('circuit_breaker_calls_total', { breaker: 'payments', outcome: 'failure' })).toBe(2);
    expect(await value('circuit_breaker_state', { breaker: 'payments', state: 'closed' })).toBe(2);
    detachFirst();
    await fail(first, 'payments');
    expect(await value('circuit_breaker_calls_total', { breaker: 'payments', outcome: 'failure' })).toBe(2);
    expect(await value('circuit_breaker_state', { breaker: 'payments', state: 'closed' })).toBe(1);
    detach();
    expect(await prometheus.metrics()).toBe('\n');
  });

  it('that has a metric of that name already is an error, and stays as it was', () => {
    new Counter({ name: 'circuit_breaker_state', help: 'somebody else', registers: [prometheus] });
    detach = () => undefined;
    const policies = createRegistry({}, { clock });
    expect(() => Exposition.attach(prometheus, policies)).toThrow(/has a metric "circuit_breaker_state" already/);
    expect(prometheus.getMetricsAsArray()).toHaveLength(1);
    expect(policies.scope.events.hears('succeeded')).toBe(false);
  });

  it('hears nothing more once it is detached', () => {
    const policies = expose();
    expect(policies.scope.events.hears('succeeded')).toBe(true);
    detach();
    expect(policies.scope.events.hears('succeeded')).toBe(false);
  });
});
