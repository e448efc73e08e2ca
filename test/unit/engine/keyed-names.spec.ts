import { describe, expect, it } from '@jest/globals';
import { KeyedCircuitBreakerPolicy, keyedBreakers } from 'nest-circuit-breaker/engine';
import type { Executor } from 'nest-circuit-breaker/engine';
import { createRegistry } from 'nest-circuit-breaker/options';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { fail, succeed } from '../../fixtures/breaker.js';

function fixture() {
  const clock = new ManualClock();
  const registry = createRegistry(
    { breakers: { pay: { failureThreshold: 2 }, 'pay:eu': { failureThreshold: 1 } } },
    { clock },
  );
  const guard = (key: string, described = {}): Executor => {
    return new KeyedCircuitBreakerPolicy(keyedBreakers(registry, 'pay', described), () => key, registry.scope);
  };
  const names = (): string[] => registry.snapshot().map(({ name }) => name);
  return { clock, registry, guard, names };
}

describe('keyed breakers in a registry', () => {
  it('show in its snapshots and summary, each under its own name', async () => {
    const { registry, guard, names } = fixture();
    await succeed(guard('us'));
    await fail(guard('eu'));
    expect(names()).toEqual(['pay:us', 'pay:eu']);
    expect(registry.summary()).toMatchObject({ total: 2, closed: 1, open: 1 });
  });

  it('are configured together by their common name, and one by its own', async () => {
    const { registry, guard } = fixture();
    await fail(guard('us'));
    await fail(guard('eu'));
    expect(registry.snapshot().map(({ state, options }) => [state, options['failureThreshold']])).toEqual([
      ['closed', 2],
      ['open', 1],
    ]);
  });

  it('are one set for all methods that name them', async () => {
    const { guard, registry } = fixture();
    await fail(guard('us'));
    await fail(guard('us'));
    expect(registry.circuitBreaker('pay:us').state).toBe('open');
    expect(keyedBreakers(registry, 'pay').size).toBe(1);
  });

  it('take inline options, and refuse others for the same name', async () => {
    const { guard, registry } = fixture();
    const described = { inline: { breakDuration: '5s' }, maxKeys: 5 };
    await fail(guard('eu', described));
    expect(registry.circuitBreaker('pay:eu').snapshot()).toMatchObject({ state: 'open', retryAfter: 5_000 });
    expect(guard('us', { maxKeys: 5, inline: { breakDuration: '5s' } })).toBeDefined();
    expect(() => guard('us', { maxKeys: 6, inline: { breakDuration: '5s' } })).toThrow(
      /"pay" exists with other options/,
    );
  });

  it('[C58] leave the registry when they make room', async () => {
    const { guard, names } = fixture();
    for (const key of ['a', 'b', 'c', 'd']) await succeed(guard(key, { maxKeys: 2 }));
    expect(names()).toEqual(['pay:c', 'pay:d']);
  });

  it('can be removed by hand, and come back with the next call', async () => {
    const { guard, registry, names } = fixture();
    await fail(guard('eu'));
    registry.remove('pay:eu');
    expect(names()).toEqual([]);
    expect(await succeed(guard('eu'))).toMatchObject({ ok: true });
    expect(names()).toEqual(['pay:eu']);
  });

  it('[C60] share one where a key makes no name', async () => {
    const { guard, names } = fixture();
    for (const key of ['x'.repeat(10_000), 'a\r\nb', '', '__proto__']) {
      expect(await succeed(guard(key))).toMatchObject({ ok: true });
    }
    expect(names()).toEqual(['pay:*', 'pay:__proto__']);
  });

  it('[C56] belong to their registry', async () => {
    const [one, two] = [fixture(), fixture()];
    await fail(one.guard('eu'));
    expect(await succeed(two.guard('eu'))).toMatchObject({ ok: true });
  });
});
