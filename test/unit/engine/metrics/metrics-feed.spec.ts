import { describe, expect, it } from '@jest/globals';

import { MetricsFeed } from '../../../../lib/engine/index.js';
import type { BreakerReading, CallOutcome, CircuitBreakerPolicy, MetricsSink } from '../../../../lib/engine/index.js';
import { createRegistry } from '../../../../lib/options/index.js';
import { ManualClock } from '../../../../lib/testing/index.js';
import { Kit } from '../../../fixtures/policies.js';

/** A sink that writes down what it is told, in words. */
class Notes implements MetricsSink {
  private notes: string[] = [];

  count(counter: string, labels: object): void {
    this.notes.push([counter, ...Object.values(labels)].join(' '));
  }

  callTook(breaker: string, outcome: CallOutcome, seconds: number): void {
    this.notes.push(`took ${breaker} ${outcome} ${seconds}`);
  }

  /** What came since it was last read. */
  read(): readonly string[] {
    return this.notes.splice(0);
  }
}

function fixture(options: object = {}, maxNames?: number) {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const registry = createRegistry(options, { clock, onFault: (fault) => void faults.push(fault) });
  const sink = new Notes();
  const feed = maxNames === undefined ? new MetricsFeed(registry, sink) : new MetricsFeed(registry, sink, { maxNames });
  const readingOf = (label: string): BreakerReading => {
    const found = feed.read().find(({ breaker }) => breaker === label);
    if (found === undefined) throw new Error(`no reading of ${label}`);
    return found;
  };
  const seconds = (label: string) =>
    Object.fromEntries(Object.entries(readingOf(label).stateSeconds).filter(([, value]) => value !== 0));
  return { clock, registry, faults, sink, feed, readingOf, seconds };
}

const succeed = (breaker: CircuitBreakerPolicy) => breaker.execute(() => Promise.resolve(1));
const fail = (breaker: CircuitBreakerPolicy) =>
  breaker.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);

describe('a feed of metrics', () => {
  it('tells how each call ended, and how long it took in seconds', async () => {
    const { clock, registry, sink } = fixture({ defaults: { slowCallDuration: 200 } });
    const breaker = registry.circuitBreaker('payments');
    const took = async (ms: number, end: () => unknown): Promise<void> => {
      const waited = Promise.resolve(); // the clock moves while the call is under way
      const call = breaker.execute(async () => {
        await waited;
        await clock.advance(ms);
        return end();
      });
      await call.catch(() => undefined);
    };
    await took(100, () => 'fine');
    await took(300, () => Promise.reject(new Error('down')));
    await took(50, () => Promise.reject(Object.assign(new Error('not found'), { status: 404 })));
    await took(40, () => breaker.reset());
    expect(sink.read()).toEqual([
      'calls payments success',
      'took payments success 0.1',
      'calls payments failure',
      'took payments failure 0.3',
      'slowCalls payments',
      'calls payments ignored',
      'took payments ignored 0.05',
      'calls payments stale',
      'took payments stale 0.04',
    ]);
  });

  it('tells of transitions, and takes an update of options or a reset of what is closed for none', async () => {
    const { clock, registry, sink } = fixture({ defaults: { failureThreshold: 1, breakDuration: '1s' } });
    const breaker = registry.circuitBreaker('payments');
    breaker.reset();
    registry.update('payments', { failureThreshold: 1, successThreshold: 1 });
    registry.update('payments', { breakDuration: 1_000 });
    await fail(breaker);
    await breaker.execute(() => 1).catch(() => undefined);
    await clock.advance(1_000);
    await succeed(breaker);
    breaker.isolate();
    breaker.disable();
    breaker.reset();
    expect(sink.read().filter((note) => !note.startsWith('took'))).toEqual([
      'calls payments failure',
      'transitions payments closed open',
      'refused payments',
      'transitions payments open half_open',
      'calls payments success',
      'transitions payments half_open closed',
      'transitions payments closed isolated',
      'transitions payments isolated disabled',
      'transitions payments disabled closed',
    ]);
  });

  it('tells apart what was refused from what would have been', async () => {
    const { registry, sink } = fixture({ defaults: { failureThreshold: 1 } });
    const breaker = registry.circuitBreaker('payments');
    breaker.metricsOnly();
    await fail(breaker);
    await succeed(breaker);
    expect(sink.read().filter((note) => /refuse/i.test(note))).toEqual(['wouldRefuse payments']);
  });

  it('counts every other policy by its name, or by the operation that it guards', async () => {
    const kit = new Kit();
    const { clock, registry } = kit;
    const sink = new Notes();
    const feed = new MetricsFeed(registry, sink);
    const hang = (): Promise<never> => new Promise(() => {});
    const down = (): Promise<never> => Promise.reject(new Error('down'));
    const ends = async (...calls: readonly Promise<unknown>[]): Promise<void> => {
      const settled = Promise.allSettled(calls);
      await clock.advance(10_000);
      await settled;
    };

    const few = registry.bulkhead('few', { maxConcurrent: 1 });
    const held = new AbortController();
    const holding = few.execute(hang, { signal: held.signal });
    await ends(few.execute(() => 1));
    held.abort();
    await ends(holding);
    const sms = registry.rateLimiter('sms', { limit: 1, interval: '1s' });
    await ends(
      sms.execute(() => 1),
      sms.execute(() => 1),
    );
    const timeout = kit.timeout(100);
    await ends(timeout.execute(hang, { operation: 'Users.find' }), timeout.execute(hang));
    await ends(kit.retry({ maxAttempts: 2 }).execute(down, { operation: 'Users.find' }));
    await ends(kit.retry({ maxAttempts: 2 }, 'patient').execute(down, { operation: 'Users.find' }));
    await ends(kit.fallback(() => 1).execute(down));
    await ends(kit.hedge({ delay: 100 }).execute(({ attempt }) => (attempt === 1 ? hang() : 'second')));
    expect(sink.read()).toEqual([
      'bulkheadRefused few',
      'rateLimited sms',
      'timeouts Users.find',
      'timeouts unnamed',
      'retries Users.find',
      'retriesExhausted Users.find attempts',
      'retries patient',
      'retriesExhausted patient attempts',
      'fallbacks unnamed',
      'hedges unnamed',
    ]);
    expect(feed.read()).toEqual([]);
  });

  it('counts names beyond its limit under one, breakers and other policies each', async () => {
    const { registry, sink, feed, readingOf } = fixture({ defaults: { failureThreshold: 1 } }, 1);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => registry.circuitBreaker(name)) as [
      CircuitBreakerPolicy,
      CircuitBreakerPolicy,
      CircuitBreakerPolicy,
    ];
    await succeed(a);
    await succeed(b);
    await fail(b);
    await fail(c);
    await registry.rateLimiter('sms', { limit: 1, interval: '1s' }).execute(() => 1);
    await registry
      .rateLimiter('sms')
      .execute(() => 1)
      .catch(() => undefined);
    expect(sink.read().filter((note) => /^(calls|rate)/.test(note))).toEqual([
      'calls a success',
      'calls _other success',
      'calls _other failure',
      'calls _other failure',
      'rateLimited sms',
    ]);
    expect(feed.read().map(({ breaker }) => breaker)).toEqual(['a', '_other']);
    expect(readingOf('_other')).toMatchObject({
      states: { closed: 0, open: 2, half_open: 0, isolated: 0, disabled: 0, metrics_only: 0 },
      window: { successes: 1, failures: 2 },
      failureRatio: 1,
    });
  });

  it('counts the end of a call whose breaker has been removed meanwhile', async () => {
    const { registry, faults, sink, feed } = fixture();
    const breaker = registry.circuitBreaker('payments');
    const call = breaker.execute(async () => {
      await Promise.resolve();
      registry.remove('payments');
    });
    await call;
    expect(sink.read()).toEqual(['calls payments success', 'took payments success 0']);
    expect([faults, feed.read()]).toEqual([[], []]);
  });

  it('hears no more once it is closed', async () => {
    const { registry, sink, feed } = fixture();
    feed.close();
    feed.close();
    await succeed(registry.circuitBreaker('payments'));
    expect(sink.read()).toEqual([]);
    expect(registry.scope.events.hears('succeeded')).toBe(false);
  });
});
