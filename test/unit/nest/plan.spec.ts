import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Bulkhead, CircuitBreaker, Fallback, Hedge, Retry, Timeout, formatPlan } from 'nest-circuit-breaker';
import { createRegistry, withOverlays } from 'nest-circuit-breaker/options';

import { start } from '../../fixtures/application.js';

@Injectable()
class Quotes {
  @Fallback('cached', { on: RangeError })
  @Retry({ maxAttempts: 2 })
  @CircuitBreaker('quotes', { successThreshold: 4, breakDuration: '1m' })
  @Timeout('quick')
  async quote(): Promise<string> {
    return 'fresh';
  }

  @Hedge({ delay: '150ms' })
  @CircuitBreaker('places', { key: (city: string) => city, failureThreshold: 7 })
  @Bulkhead(3)
  async place(city: string): Promise<string> {
    return city;
  }

  async cached(): Promise<string> {
    return 'old';
  }
}

const options = withOverlays(
  {
    defaults: { minimumThroughput: 11 },
    breakers: { quotes: { preset: 'cache', breakDuration: '2m' }, idle: {} },
    timeouts: { quick: '1s' },
  },
  [{ origin: 'environment', options: { breakers: { quotes: { failureRatio: '0.3' } } } }],
);
const parts = { providers: [Quotes], options };

describe('the plan', () => {
  it('tells each guarded method with its policies, the outermost first', async () => {
    const { module, registry } = await start(parts);
    const told = registry
      .plan()
      .methods.map(({ operation, policies }) => [
        operation,
        ...policies.map(({ policy, name, isKeyed }) => `${policy} ${name}${isKeyed ? ' (keyed)' : ''}`),
      ]);
    expect(told).toEqual([
      ['Quotes.place', 'hedge Quotes.place', 'circuit_breaker places (keyed)', 'bulkhead Quotes.place'],
      ['Quotes.quote', 'fallback Quotes.quote', 'retry Quotes.quote', 'circuit_breaker quotes', 'timeout quick'],
    ]);
    await module.close();
  });

  it('says of every option where it came from', async () => {
    const { module, registry } = await start(parts);
    registry.update('quotes', { halfOpenMaxCalls: 9 });
    const [place, quote] = registry.plan().methods;
    expect(quote?.policies[2]?.options).toMatchObject({
      slowCallDuration: { value: null, origin: 'default' },
      minimumThroughput: { value: 25, origin: 'preset:cache' },
      samplingDuration: { value: 45_000, origin: 'preset:cache' },
      successThreshold: { value: 4, origin: 'inline' },
      breakDuration: { value: 120_000, origin: 'config' },
      failureRatio: { value: 0.3, origin: 'environment' },
      halfOpenMaxCalls: { value: 9, origin: 'update' },
    });
    expect(quote?.policies[0]?.options).toMatchObject({
      handlers: { value: ['cached()'], origin: 'inline' },
      on: { value: ['RangeError'], origin: 'inline' },
    });
    expect(quote?.policies[1]?.options).toMatchObject({
      maxAttempts: { value: 2, origin: 'inline' },
      budget: { value: { ratio: 0.2, minPerMinute: 10 }, origin: 'default' },
    });
    expect(quote?.policies[3]?.options['duration']).toEqual({ value: 1_000, origin: 'config' });
    expect(place?.policies[0]?.options).toMatchObject({
      delay: { value: 150, origin: 'inline' },
      maxAttempts: { value: 2, origin: 'default' },
    });
    expect(place?.policies[1]?.options).toMatchObject({
      failureThreshold: { value: 7, origin: 'inline' },
      minimumThroughput: { value: 11, origin: 'defaults' },
    });
    await module.close();
  });

  it('tells what guards no method apart, and the many of a key once', async () => {
    const { module, registry } = await start(parts);
    await module.get(Quotes).place('Basel');
    expect(registry.find('places:Basel')).toBeDefined();
    expect(registry.plan().others.map(({ policy, name }) => `${policy} ${name}`)).toEqual(['circuit_breaker idle']);
    await module.close();
  });

  it('is plain JSON that nothing can change', async () => {
    const { module, registry } = await start(parts);
    registry.circuitBreaker('odd', {
      classify: () => 'success',
      breakDuration: () => 5,
      adaptive: { adapt: () => ({}) },
    });
    const plan = registry.plan();
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    const isFrozen = (value: unknown): boolean =>
      value === null || typeof value !== 'object' || (Object.isFrozen(value) && Object.values(value).every(isFrozen));
    expect(isFrozen(plan)).toBe(true);
    await module.close();
  });

  it('is told at start-up, at debug level', async () => {
    const { module, log } = await start(parts);
    expect(log.texts('debug')).toEqual([expect.stringContaining('Quotes.quote\n')]);
    await module.close();
  });

  it('is not told where there is nothing to tell', async () => {
    const { module, log } = await start({});
    expect(log.texts('debug')).toEqual([]);
    await module.close();
  });
});

describe('the plan as text', () => {
  it('shows options by where they came from, the strongest first, and leaves out what is off by default', async () => {
    const { module, registry } = await start(parts);
    registry.update('quotes', { halfOpenMaxCalls: 9 });
    const [place, quote, besides] = formatPlan(registry.plan()).split('\n\n');
    expect(place?.split('\n').slice(0, 9)).toEqual([
      'Quotes.place',
      '  1. hedge "Quotes.place"',
      '     inline: delay 150 ms',
      '     default: maxAttempts 2',
      '  2. circuit breaker "places", one for each key',
      '     inline: failureThreshold 7, failureRatio off',
      '     defaults: minimumThroughput 11',
      '     default: samplingDuration 30 s, breakDuration 30 s, halfOpenMaxCalls 3, successThreshold 2,',
      '       halfOpenTimeout 30 s, settleOn complete, critical true, initialState closed',
    ]);
    expect(quote?.split('\n')).toEqual([
      'Quotes.quote',
      '  1. fallback',
      '     inline: handlers cached(), on RangeError',
      '  2. retry "Quotes.quote"',
      '     inline: maxAttempts 2',
      '     default: delay 200 ms, backoff exponential, maxDelay 10 s, jitter full, retryOpenCircuit false,',
      '       respectRetryAfter true, budget (ratio 0.2, minPerMinute 10)',
      '  3. circuit breaker "quotes"',
      '     update: halfOpenMaxCalls 9',
      '     environment: failureThreshold off, failureRatio 0.3',
      '     config: breakDuration 2 min, preset cache',
      '     inline: successThreshold 4',
      '     preset:cache: minimumThroughput 25, samplingDuration 45 s',
      '     default: halfOpenTimeout 2 min, settleOn complete, critical true, initialState closed',
      '  4. timeout "quick"',
      '     config: duration 1 s',
    ]);
    expect(besides?.split('\n').slice(0, 2)).toEqual(['Besides', '  -  circuit breaker "idle"']);
    await module.close();
  });

  it('says so when all is switched off', () => {
    const registry = createRegistry({ enabled: false, timeouts: { quick: 250 } });
    registry.timeout('quick');
    expect(formatPlan(registry.plan()).split('\n')).toEqual([
      'Switched off: every policy passes calls through.',
      '',
      'Besides',
      '  -  timeout "quick"',
      '     config: duration 250 ms',
    ]);
  });
});
