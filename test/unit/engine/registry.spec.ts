import { describe, expect, it } from '@jest/globals';

import { PolicyRegistry, keyedBreakers } from '../../../lib/engine/index.js';
import { createRegistry } from '../../../lib/options/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

const make = (options: object = {}) => createRegistry(options, { clock: new ManualClock() });

describe('a registry', () => {
  it('makes each kind of policy by name, each kind with names of its own', async () => {
    const registry = make({
      retries: { a: { maxAttempts: 4 } },
      timeouts: { a: 250 },
      bulkheads: { a: { maxConcurrent: 3 } },
      rateLimiters: { a: { limit: 5, interval: '1s' } },
      breakers: { a: { failureThreshold: 9 } },
    });
    const policies = [
      registry.circuitBreaker('a'),
      registry.retry('a'),
      registry.timeout('a'),
      registry.bulkhead('a'),
      registry.rateLimiter('a'),
    ] as const;
    expect(policies.map(({ policy, name }) => `${policy} ${name}`)).toEqual([
      'circuit_breaker a',
      'retry a',
      'timeout a',
      'bulkhead a',
      'rate_limiter a',
    ]);
    expect(policies.map(({ options }) => options)).toMatchObject([
      { failureThreshold: 9 },
      { maxAttempts: 4 },
      { duration: 250 },
      { maxConcurrent: 3 },
      { limit: 5, interval: 1_000 },
    ]);
    for (const policy of policies) {
      expect(policy.scope).toBe(registry.scope);
      await expect(policy.execute(() => policy.name)).resolves.toBe('a');
    }
    const again = [registry.retry('a'), registry.timeout('a'), registry.bulkhead('a'), registry.rateLimiter('a')];
    expect(again.every((policy, index) => policy === policies[index + 1])).toBe(true);
  });

  it('finds only what is there, and lists it in the order in which it was made', () => {
    const registry = make();
    expect(registry.find('b')).toBeUndefined();
    const [b, a] = [registry.circuitBreaker('b'), registry.circuitBreaker('a')];
    expect(registry.find('b')).toBe(b);
    expect(registry.circuitBreakers()).toEqual([b, a]);
    expect(registry.snapshot().map(({ name }) => name)).toEqual(['b', 'a']);
    a.isolate();
    expect(registry.summary()).toEqual({
      total: 2,
      closed: 1,
      open: 0,
      half_open: 0,
      isolated: 1,
      disabled: 0,
      metrics_only: 0,
    });
  });

  it('makes the parent of a breaker where there is none yet', () => {
    const registry = make({ breakers: { child: { parent: 'family' } } });
    registry.circuitBreaker('child');
    const parent = registry.find('family');
    expect(parent).toBeDefined();
    parent?.isolate();
    expect(registry.find('child')?.snapshot()).toMatchObject({ state: 'closed' });
    expect(registry.circuitBreakers()).toHaveLength(2);
  });

  it('is switched on and off as it was configured, and by hand', async () => {
    const registry = make({ enabled: false });
    expect(registry.enabled).toBe(false);
    const limiter = registry.rateLimiter('sms', { limit: 1, interval: '1s' });
    await limiter.execute(() => 1);
    await expect(limiter.execute(() => 2)).resolves.toBe(2);
    registry.enabled = true;
    await limiter.execute(() => 1);
    await expect(limiter.execute(() => 2)).rejects.toMatchObject({ code: 'ERR_RATE_LIMITED' });
    expect(new PolicyRegistry(registry.scope, registry.source).enabled).toBe(false);
  });

  it('plans what guards what, and what guards nothing', () => {
    const registry = make({ timeouts: { quick: 250, idle: 10 } });
    const quick = registry.timeout('quick');
    registry.timeout('idle');
    registry.guarded('Users.find', [quick]);
    const { enabled, methods, others } = registry.plan();
    expect(enabled).toBe(true);
    expect(methods).toEqual([
      {
        operation: 'Users.find',
        policies: [expect.objectContaining({ policy: 'timeout', name: 'quick', isKeyed: false })],
      },
    ]);
    expect(others.map(({ name }) => name)).toEqual(['idle']);
    expect(others[0]?.options['duration']).toEqual({ value: 10, origin: 'config' });
  });

  it('tells listeners of one type or of all, until they have had enough', () => {
    const registry = make();
    const heard: string[] = [];
    const stop = registry.on('isolated', ({ type }) => void heard.push(type));
    const stopAll = registry.on('*', ({ type }) => void heard.push(`* ${type}`));
    const breaker = registry.circuitBreaker('a');
    breaker.isolate();
    breaker.reset();
    stop();
    stopAll();
    breaker.isolate();
    expect(heard).toEqual(['isolated', '* isolated', '* reset']);
  });

  it('tries candidates through the breakers of their names', async () => {
    const registry = make();
    registry.circuitBreaker('first').isolate();
    await expect(registry.failover({ first: () => 1, second: () => 2 })).resolves.toBe(2);
    expect(registry.find('second')?.snapshot().totals.successes).toBe(1);
  });

  it('lets a coordinator meet each breaker that is made from then on', () => {
    const registry = make();
    const met: string[] = [];
    registry.circuitBreaker('before');
    registry.coordinator = { join: ({ name }) => void met.push(name) };
    registry.circuitBreaker('after');
    registry.circuitBreaker('after');
    registry.coordinator = null;
    registry.circuitBreaker('later');
    expect(met).toEqual(['after']);
  });

  it('lets the application go down', async () => {
    const registry = make();
    await registry.drain(1_000);
    expect(registry.scope.isClosing).toBe(true);
  });

  it('saves its breakers with the time of day, as text that restores them', async () => {
    const clock = new ManualClock(1_000);
    const registry = createRegistry({}, { clock });
    registry.circuitBreaker('a').isolate();
    await clock.advance(500);
    const saved = registry.toJSON();
    expect(saved).toMatchObject({ version: 1, savedAt: 1_500, breakers: [{ name: 'a', state: 'isolated' }] });
    const copy = make();
    copy.restore(JSON.stringify(registry));
    expect(copy.circuitBreaker('a').state).toBe('isolated');
  });
});

describe('the breakers of one key each', () => {
  it('have the options of their common name', () => {
    const registry = make({ breakers: { pay: { failureThreshold: 7 } } });
    expect(keyedBreakers(registry, 'pay').options).toMatchObject({ failureThreshold: 7 });
    const inline = { inline: { failureThreshold: 8 } };
    expect(keyedBreakers(registry, 'order', inline).options).toMatchObject({ failureThreshold: 8 });
  });

  it('may be one that exists with options of its own, unless both say some: that is reported', () => {
    const faults: unknown[] = [];
    const registry = createRegistry({}, { clock: new ManualClock(), onFault: (fault) => void faults.push(fault) });
    const own = registry.circuitBreaker('pay:eu', { failureThreshold: 3 });
    expect(keyedBreakers(registry, 'pay').breakerOf('eu')).toBe(own);
    registry.circuitBreaker('order:eu', { failureThreshold: 3 });
    const shared = keyedBreakers(registry, 'order', { inline: { failureThreshold: 8 } }).breakerOf('eu');
    expect(shared.options.failureThreshold).toBe(8);
    expect(faults).toEqual([
      expect.objectContaining({ message: expect.stringContaining('"order:eu" exists with other options') }),
    ]);
  });

  it('say that they were described otherwise, and how to do it', () => {
    const registry = make();
    keyedBreakers(registry, 'pay', { maxKeys: 5 });
    expect(() => keyedBreakers(registry, 'pay', { maxKeys: 6 })).toThrow(
      new TypeError('keyed circuit breaker "pay" exists with other options; say its options in one place'),
    );
  });
});
