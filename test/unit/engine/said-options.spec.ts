import { describe, expect, it } from '@jest/globals';

import type { PolicyEventOf } from '../../../lib/engine/index.js';
import { createRegistry } from '../../../lib/options/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

function fixture(options: object = {}) {
  const registry = createRegistry(options, { clock: new ManualClock() });
  const updates: PolicyEventOf<'updated'>[] = [];
  registry.on('updated', (event) => void updates.push(event));
  return { registry, updates };
}

describe('options said in code', () => {
  it('are one with the policy: the same again gets it, and others are a fault that says what to do', () => {
    const { registry } = fixture();
    const limiter = registry.rateLimiter('sms', { limit: 5, interval: '1s' });
    expect(registry.rateLimiter('sms', { limit: 5, interval: '1s' })).toBe(limiter);
    expect(registry.rateLimiter('sms')).toBe(limiter);
    registry.circuitBreaker('payments');
    expect(() => registry.circuitBreaker('payments', { failureThreshold: 2 })).toThrow(
      'circuit breaker "payments" exists with other options',
    );
    expect(() => registry.rateLimiter('sms', { limit: 6, interval: '1s' })).toThrow(
      new TypeError(
        'rate limiter "sms" exists with other options; ' +
          "say its options in one place, or change them with registry.update('sms', …)",
      ),
    );
    expect(() => registry.declare('rate_limiter', 'sms', { limit: 6 })).toThrow(TypeError);
  });

  it('are not said where they are wrong: the next may say others', () => {
    const { registry } = fixture();
    expect(() => registry.timeout('slow', { duration: -1 })).toThrow('duration');
    expect(registry.timeout('slow', { duration: 50 }).options.duration).toBe(50);
    expect(() => registry.update('slow', { duration: 'soon' }, { kind: 'timeout' })).toThrow('duration');
    expect(registry.timeout('slow', { duration: 50 }).options.duration).toBe(50);
  });

  it('are kept where a later change is wrong', () => {
    const { registry } = fixture();
    registry.circuitBreaker('payments', { failureThreshold: 3 });
    registry.update('payments', { failureThreshold: 4 });
    expect(() => registry.update('payments', { failureThreshold: -1 })).toThrow('failureThreshold');
    registry.refresh();
    expect(registry.circuitBreaker('payments', { failureThreshold: 3 }).options.failureThreshold).toBe(4);
    registry.update('payments', { failureThreshold: undefined });
    expect(registry.circuitBreaker('payments').options.failureThreshold).toBe(3);
  });

  it('belong to one kind and one name', () => {
    const { registry } = fixture();
    registry.timeout('a', { duration: 50 });
    expect(registry.timeout('b', { duration: 60 }).options.duration).toBe(60);
    expect(registry.circuitBreaker('a', { failureThreshold: 2 }).options.failureThreshold).toBe(2);
    expect(registry.timeout('a').options.duration).toBe(50);
  });

  it('are forgotten with their policy, which may then be made anew', () => {
    const { registry } = fixture();
    const before = registry.timeout('slow', { duration: 50 });
    expect(registry.remove('slow')).toBe(false);
    expect(registry.remove('slow', 'timeout')).toBe(true);
    expect(registry.remove('slow', 'timeout')).toBe(false);
    const after = registry.timeout('slow', { duration: 60 });
    expect(after).not.toBe(before);
    expect(after.options.duration).toBe(60);
  });

  it('that come later hold for a policy that was made without any', () => {
    const { registry } = fixture();
    const limiter = registry.circuitBreaker('payments');
    expect(registry.declare('circuit_breaker', 'payments', { failureThreshold: 2 })).toBe(limiter);
    expect(limiter.options.failureThreshold).toBe(2);
  });
});

describe('a change of options', () => {
  it('is told with what has changed and, where they are known, by whom and why', () => {
    const { registry, updates } = fixture({ timeouts: { slow: 50 } });
    registry.update('payments', { failureThreshold: 2 });
    registry.update('payments', { failureThreshold: 3 }, { actor: 'ann' });
    registry.update('slow', { duration: 10 }, { kind: 'timeout', reason: 'too slow' });
    expect(updates.map(({ at: _, type, ...event }) => [type, event])).toStrictEqual([
      ['updated', { policy: 'circuit_breaker', name: 'payments', changes: { failureThreshold: 2 } }],
      ['updated', { policy: 'circuit_breaker', name: 'payments', changes: { failureThreshold: 3 }, actor: 'ann' }],
      ['updated', { policy: 'timeout', name: 'slow', changes: { duration: 10 }, reason: 'too slow' }],
    ]);
  });

  it('of the configuration is told of the policies that it concerns, with the options that differ', () => {
    const { registry, updates } = fixture({ breakers: { a: { failureThreshold: 2 } }, timeouts: { t: 100 } });
    const [a, b, t] = [registry.circuitBreaker('a'), registry.circuitBreaker('b'), registry.timeout('t')];
    registry.reconfigure({ breakers: { a: { failureThreshold: 7 } }, timeouts: { t: 100 } });
    expect([a, b, t].map(({ options }) => options)).toMatchObject([{ failureThreshold: 7 }, {}, { duration: 100 }]);
    expect(updates.map(({ policy, name, changes }) => ({ policy, name, changes }))).toEqual([
      { policy: 'circuit_breaker', name: 'a', changes: { failureThreshold: 7 } },
    ]);
    registry.refresh();
    expect(updates).toHaveLength(1);
  });

  it('of the configuration that is wrong changes nothing', () => {
    const { registry, updates } = fixture({ breakers: { a: { failureThreshold: 2 } } });
    const a = registry.circuitBreaker('a');
    expect(() => registry.reconfigure({ breakers: { a: { failureThreshold: 0 } } })).toThrow('failureThreshold');
    registry.refresh();
    expect(a.options.failureThreshold).toBe(2);
    expect(updates).toEqual([]);
  });

  it('of the configuration that is wrong only with what was said in code changes nothing either', () => {
    const { registry, updates } = fixture({ presets: { mine: { failureThreshold: 2 } } });
    const a = registry.circuitBreaker('a', { preset: 'mine' });
    expect(() => registry.reconfigure({ enabled: false, presets: {} })).toThrow('preset');
    registry.refresh();
    expect([a.options.failureThreshold, registry.enabled, updates]).toEqual([2, true, []]);
  });

  it('of the configuration switches all policies where the switch itself has changed, and only there', () => {
    const { registry } = fixture({ enabled: true });
    expect(registry.enabled).toBe(true);
    registry.reconfigure({ enabled: false });
    expect(registry.enabled).toBe(false);
    registry.enabled = true;
    registry.reconfigure({ enabled: false, breakers: { a: {} } });
    expect(registry.enabled).toBe(true);
    registry.reconfigure({ enabled: true });
    registry.reconfigure({ enabled: false });
    expect(registry.enabled).toBe(false);
  });
});
