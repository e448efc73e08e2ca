import { describe, expect, it } from '@jest/globals';

import { createRegistry, parseOptions } from '../../../lib/options/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { faultsOf } from './faults.js';

const fail = () => Promise.reject(new Error('down'));

describe('a registry made without Nest', () => {
  it('needs no argument: breakers appear on first use, with the default options', () => {
    const registry = createRegistry();
    expect(registry.circuitBreaker('payments').options).toMatchObject({
      failureThreshold: 5,
      failureRatio: 0.5,
      minimumThroughput: 20,
      samplingDuration: 30_000,
      breakDuration: 30_000,
      halfOpenMaxCalls: 3,
      successThreshold: 2,
      halfOpenTimeout: 30_000,
      timeout: null,
    });
  });

  it('lives by the clock it is given, in the options or beside them', async () => {
    for (const make of [
      (clock: ManualClock) => createRegistry({ clock, breakers: { b: { failureThreshold: 1, breakDuration: '5s' } } }),
      (clock: ManualClock) =>
        createRegistry({ breakers: { b: { failureThreshold: 1, breakDuration: '5s' } } }, { clock }),
    ]) {
      const clock = new ManualClock();
      const breaker = make(clock).circuitBreaker('b');
      await expect(breaker.execute(fail)).rejects.toThrow('down');
      await clock.advance(4_000);
      expect(breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 1_000 });
    }
  });

  it('takes options that are parsed already', () => {
    const parsed = parseOptions({ breakers: { b: { failureThreshold: 2 } } });
    expect(parseOptions(parsed)).toBe(parsed);
    expect(createRegistry(parsed).circuitBreaker('b').options).toMatchObject({ failureThreshold: 2 });
  });

  it('passes calls through where it is switched off', async () => {
    const registry = createRegistry({ enabled: false, breakers: { b: { failureThreshold: 1 } } });
    await expect(registry.circuitBreaker('b').execute(fail)).rejects.toThrow('down');
    await expect(registry.circuitBreaker('b').execute(() => 1)).resolves.toBe(1);
  });

  it('[C59] refuses a second set of options for one name', () => {
    const registry = createRegistry();
    const breaker = registry.circuitBreaker('payments', { failureThreshold: 3 });
    expect(registry.circuitBreaker('payments', { failureThreshold: 3 })).toBe(breaker);
    expect(() => registry.circuitBreaker('payments', { failureThreshold: 4 })).toThrow(/exists with other options/);
  });

  it('changes options while it works, and keeps the old ones when the new are wrong', () => {
    const registry = createRegistry({ breakers: { payments: { failureRatio: 0.5 } } });
    const payments = registry.circuitBreaker('payments');
    registry.update('payments', { failureRatio: '0.3' });
    expect(payments.options.failureRatio).toBe(0.3);
    expect(faultsOf(() => registry.update('payments', { failureRatio: 30, timeuot: 1 }))).toEqual([
      { path: 'breakers.payments (update).failureRatio', message: 'expected 0–1, got 30. Did you mean 0.3?' },
      { path: 'breakers.payments (update).timeuot', message: 'unknown option "timeuot", did you mean "timeout"?' },
    ]);
    expect(payments.options.failureRatio).toBe(0.3);
    registry.update('payments', { failureRatio: undefined });
    expect(payments.options.failureRatio).toBe(0.5);
  });

  it('tells with an update who made it and why, where that was said', () => {
    const registry = createRegistry({});
    const events: object[] = [];
    registry.on('updated', ({ at: _, ...event }) => void events.push(event));
    registry.update('payments', { failureRatio: 0.3 }, { actor: 'ann', reason: 'careful' });
    registry.update('orders', { maxAttempts: 5 }, { kind: 'retry', actor: 'bob' });
    registry.update('payments', { failureRatio: 0.4 });
    expect(events).toEqual([
      { type: 'updated', policy: 'circuit_breaker', name: 'payments', changes: { failureRatio: 0.3 }, actor: 'ann', reason: 'careful' },
      { type: 'updated', policy: 'retry', name: 'orders', changes: { maxAttempts: 5 }, actor: 'bob' },
      { type: 'updated', policy: 'circuit_breaker', name: 'payments', changes: { failureRatio: 0.4 } },
    ]); // prettier-ignore
    expect(registry.retry('orders').options.maxAttempts).toBe(5);
  });

  it('reads durations at run time as users write them', () => {
    const clock = new ManualClock();
    const breaker = createRegistry({}, { clock }).circuitBreaker('b');
    breaker.isolate({ for: '10m' });
    expect(breaker.snapshot().retryAfter).toBe(600_000);
    expect(() => breaker.isolate({ for: '10 parsecs' })).toThrow(
      "expected a duration such as 250 or '30s', got '10 parsecs'",
    );
  });

  it('tells a logger of faults in callbacks', async () => {
    const lines: unknown[][] = [];
    const write = (...line: unknown[]) => void lines.push(line);
    const classify = () => {
      throw new TypeError('cannot judge');
    };
    const registry = createRegistry({
      logger: { log: write, warn: write, error: write },
      breakers: { b: { classify } },
    });
    await registry.circuitBreaker('b').execute(() => 1);
    expect(lines).toEqual([['A fault in the classification of circuit breaker "b"', new TypeError('cannot judge')]]);
  });

  it.each([
    [
      'warns of a faulty callback once, however often it fails',
      {},
      ['a fault in the classification of circuit breaker "b": TypeError: cannot judge'],
    ],
    ['keeps silent where logger is false', { logger: false }, []],
  ])('%s', async (_title, options, expected) => {
    const warnings: unknown[] = [];
    const { emitWarning } = process;
    process.emitWarning = ((warning: unknown) => void warnings.push(warning)) as typeof emitWarning;
    try {
      const classify = () => {
        throw new TypeError('cannot judge');
      };
      const breaker = createRegistry({ ...options, breakers: { b: { classify } } }).circuitBreaker('b');
      await breaker.execute(() => 1);
      await breaker.execute(() => 1);
    } finally {
      process.emitWarning = emitWarning;
    }
    expect(warnings).toEqual(expected);
  });
});
