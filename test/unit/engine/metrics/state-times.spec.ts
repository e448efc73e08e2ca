import { describe, expect, it } from '@jest/globals';

import { MetricsFeed } from '../../../../lib/engine/index.js';
import type { BreakerReading, CircuitBreakerPolicy } from '../../../../lib/engine/index.js';
import { createRegistry } from '../../../../lib/options/index.js';
import { ManualClock } from '../../../../lib/testing/index.js';

const NONE = { closed: 0, open: 0, half_open: 0, isolated: 0, disabled: 0, metrics_only: 0 };

function fixture(maxNames?: number) {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const registry = createRegistry(
    { defaults: { failureThreshold: 1, breakDuration: '10s', successThreshold: 1 } },
    { clock, onFault: (fault) => void faults.push(fault) },
  );
  const sink = { count: () => undefined, callTook: () => undefined };
  const feed = new MetricsFeed(registry, sink, { maxNames });
  const readingOf = (label: string): BreakerReading | undefined => feed.read().find(({ breaker }) => breaker === label);
  const seconds = (label: string) => readingOf(label)?.stateSeconds;
  return { clock, registry, faults, feed, readingOf, seconds };
}

const succeed = (breaker: CircuitBreakerPolicy) => breaker.execute(() => Promise.resolve(1));
const fail = (breaker: CircuitBreakerPolicy) =>
  breaker.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);

describe('the time in each state', () => {
  it('begins with the breaker, though it is first read later', async () => {
    const { clock, registry, seconds } = fixture();
    registry.circuitBreaker('payments');
    await clock.advance(2_500);
    expect(seconds('payments')).toEqual({ ...NONE, closed: 2.5 });
    await clock.advance(1_500);
    expect(seconds('payments')).toEqual({ ...NONE, closed: 4 });
    expect(seconds('payments')).toEqual({ ...NONE, closed: 4 });
  });

  it('is summed up over transitions that nobody read in between', async () => {
    const { clock, registry, seconds } = fixture();
    const breaker = registry.circuitBreaker('payments');
    await clock.advance(1_000);
    await succeed(breaker);
    await clock.advance(1_000);
    await fail(breaker);
    await clock.advance(12_000);
    await succeed(breaker);
    await clock.advance(3_000);
    expect(seconds('payments')).toEqual({ ...NONE, closed: 5, open: 12 });
    breaker.isolate();
    await clock.advance(500);
    breaker.disable();
    await clock.advance(250);
    expect(seconds('payments')).toEqual({ ...NONE, closed: 5, open: 12, isolated: 0.5, disabled: 0.25 });
  });

  it('of a breaker whose first sign is a transition begins there', async () => {
    const { clock, registry, faults, seconds } = fixture();
    const breaker = registry.circuitBreaker('payments');
    await clock.advance(1_000);
    breaker.isolate();
    await clock.advance(2_000);
    breaker.reset();
    await clock.advance(500);
    expect(seconds('payments')).toEqual({ ...NONE, isolated: 2, closed: 0.5 });
    expect(faults).toEqual([]);
  });

  it('is set right by how a breaker stands, where a transition went unheard', async () => {
    const { clock, registry, seconds } = fixture();
    const other = fixture().registry;
    other.circuitBreaker('payments').isolate();
    registry.circuitBreaker('payments');
    await clock.advance(1_000);
    expect(seconds('payments')).toEqual({ ...NONE, closed: 1 });
    await clock.advance(1_000);
    registry.restore(JSON.stringify(other));
    await clock.advance(4_000);
    const sums = seconds('payments');
    expect(sums).toEqual({ ...NONE, closed: 2, isolated: 4 });
    await clock.advance(1_000);
    expect(seconds('payments')).toEqual({ ...NONE, closed: 2, isolated: 5 });
  });

  it('never counts twice nor backwards where the wall clock is set', async () => {
    const { clock, registry, seconds } = fixture();
    const breaker = registry.circuitBreaker('payments');
    await clock.advance(1_000);
    clock.stepWall(-3_600_000);
    expect(seconds('payments')).toEqual({ ...NONE, closed: 0 });
    await clock.advance(1_000);
    expect(seconds('payments')).toEqual({ ...NONE, closed: 1 });
    breaker.isolate();
    clock.stepWall(7_200_000);
    await clock.advance(1_000);
    expect(seconds('payments')).toEqual({ ...NONE, closed: 1, isolated: 1 });
  });

  it('is kept of a breaker that is removed, and starts again with the next of its name', async () => {
    const { clock, registry, feed, seconds } = fixture();
    registry.circuitBreaker('payments');
    await clock.advance(1_000);
    expect(seconds('payments')).toEqual({ ...NONE, closed: 1 });
    registry.remove('payments');
    await clock.advance(5_000);
    expect(feed.read()).toEqual([]);
    await clock.advance(5_000);
    registry.circuitBreaker('payments');
    await clock.advance(2_000);
    expect(seconds('payments')).toEqual({ ...NONE, closed: 3 });
  });

  it('of names beyond the limit is one sum', async () => {
    const { clock, registry, readingOf } = fixture(1);
    for (const name of ['a', 'b', 'c']) await succeed(registry.circuitBreaker(name));
    registry.circuitBreaker('c').isolate();
    await clock.advance(1_000);
    const [, other] = [readingOf('a'), readingOf('_other')];
    expect(other?.stateSeconds).toMatchObject({ closed: 1, isolated: 1 });
    expect(other?.states).toEqual({ ...NONE, closed: 1, isolated: 1 });
  });
});

describe('a reading', () => {
  it('has every state, the counts of the window, and its longest calls', async () => {
    const { clock, registry, readingOf } = fixture();
    const breaker = registry.circuitBreaker('payments', { failureThreshold: 5 });
    const took = async (ms: number, end: () => unknown): Promise<void> => {
      const call = breaker.execute(async () => {
        await Promise.resolve();
        await clock.advance(ms);
        return end();
      });
      await call.catch(() => undefined);
    };
    expect(readingOf('payments')).toMatchObject({
      states: { ...NONE, closed: 1 },
      failureRatio: 0,
      slowRatio: 0,
      window: { successes: 0, failures: 0 },
      longest: { success: 0, failure: 0 },
    });
    await took(120, () => 1);
    await took(80, () => 1);
    await took(50, () => 1);
    await took(400, () => Promise.reject(new Error('down')));
    const reading = readingOf('payments');
    expect(reading).toMatchObject({ failureRatio: 0.25, slowRatio: 0, window: { successes: 3, failures: 1 } });
    const { success, failure } = reading?.longest ?? { success: 0, failure: 0 };
    expect([Math.round(success), Math.round(failure)]).toEqual([120, 400]);
  });

  it('of several breakers has the highest ratios and longest calls, and the sums of the rest', async () => {
    const { registry, readingOf } = fixture(0);
    const options = { failureThreshold: 50, slowCallDuration: 100, slowCallRatio: 0.9 };
    const [a, b] = [registry.circuitBreaker('a', options), registry.circuitBreaker('b', options)];
    await fail(a);
    await succeed(a);
    await succeed(b);
    await succeed(b);
    expect(readingOf('_other')).toMatchObject({
      states: { ...NONE, closed: 2 },
      failureRatio: 0.5,
      window: { successes: 3, failures: 1 },
    });
  });
});
