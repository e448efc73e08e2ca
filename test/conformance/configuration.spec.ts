import { inspect } from 'node:util';

import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CircuitBreaker, Retry, Timeout, compose } from 'nest-circuit-breaker';
import type { CircuitBreakerModuleOptions } from 'nest-circuit-breaker';
import { createRegistry, parseOptions } from 'nest-circuit-breaker/options';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { refusalOf, start } from '../fixtures/application.js';
import {
  ServiceError,
  fail,
  hang,
  makeBreaker,
  settledOf,
  succeed,
  times,
  trip,
  tripAndWait,
} from '../fixtures/breaker.js';
import { Kit } from '../fixtures/policies.js';

const make = (options: unknown) => createRegistry(options as CircuitBreakerModuleOptions, { clock: new ManualClock() });
const breakerOf = (options: unknown) => make({ breakers: { payments: options } }).circuitBreaker('payments');
const complaint = (step: () => unknown): string => {
  try {
    step();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected an error');
};

describe('a name', () => {
  it.each([
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '}x{',
    'a:b',
    '*',
    '"quoted"',
    '<b>',
    '%0d',
    '支付',
  ])('[C60] %p is safe: it names a breaker like any other', async (name) => {
    const registry = make({ breakers: JSON.parse(`{${JSON.stringify(name)}:{"failureThreshold":1}}`) as object });
    const breaker = registry.circuitBreaker(name);
    await fail(breaker);
    expect(breaker.state).toBe('open');
    expect(registry.find(name)).toBe(breaker);
    expect(registry.find('constructor') === breaker).toBe(name === 'constructor');
    const copy = make({});
    copy.restore(JSON.stringify(registry));
    expect(copy.find(name)?.state).toBe('open');
    expect(registry.remove(name)).toBe(true);
    expect(registry.find(name)).toBeUndefined();
  });

  it.each(['', '   ', '__proto__', 'a\r\nSet-Cookie: b', 'a\u0000b', '\u001b[31m', 'a\u2028b', 'x'.repeat(10_000)])(
    '[C60] %j is refused wherever it comes from, in a short message without its control characters',
    (name) => {
      const registry = make({});
      const messages = [
        complaint(() => registry.circuitBreaker(name)),
        complaint(() => registry.retry(name)),
        complaint(() => make({ breakers: JSON.parse(`{${JSON.stringify(name)}:{}}`) as object })),
        complaint(() => registry.update(name, { failureThreshold: 2 })),
      ];
      for (const message of messages) {
        expect(message.length).toBeLessThan(400);
        // oxlint-disable-next-line no-control-regex
        expect(message.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f]/);
      }
      expect(registry.snapshot()).toEqual([]);
      expect({}).not.toHaveProperty('failureThreshold');
    },
  );

  it('[C60] that a saved state brings is checked like any other, and then nothing has changed', () => {
    const registry = make({});
    registry.circuitBreaker('payments');
    for (const name of ['__proto__', 'a\r\nb', '', 'x'.repeat(10_000)]) {
      const saved = JSON.parse(JSON.stringify(registry)) as { breakers: { name: string; state: string }[] };
      const [first] = saved.breakers as [{ name: string; state: string }];
      saved.breakers = [
        { ...first, state: 'isolated' },
        { ...first, name },
      ];
      expect(() => registry.restore(saved)).toThrow(/name/);
      expect(registry.snapshot().map(({ state }) => state)).toEqual(['closed']);
    }
  });
});

describe('options', () => {
  const hostile = [
    '{"__proto__":{"polluted":true}}',
    '{"defaults":{"__proto__":{"polluted":true,"failureThreshold":1}}}',
    '{"presets":{"flaky":{"__proto__":{"polluted":true}}}}',
    '{"breakers":{"payments":{"__proto__":{"polluted":true}}}}',
    '{"breakers":{"payments":{"constructor":{"prototype":{"polluted":true}}}}}',
    '{"breakers":{"__proto__":{"polluted":true}}}',
    '{"retries":{"__proto__":{"polluted":true}}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
  ];

  it.each(hostile)('[C61] from JSON pollute no prototype: %s', (json) => {
    expect(() => make(JSON.parse(json))).toThrow(/__proto__|constructor/);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(make({}).circuitBreaker('other').options.failureThreshold).toBe(5);
  });

  it('[C61] by way of an update, inline or a saved state pollute none either', () => {
    const registry = make({});
    const own = JSON.parse('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
    expect(() => registry.update('payments', own)).toThrow(/__proto__/);
    expect(() => registry.circuitBreaker('other', own)).toThrow(/__proto__/);
    const saved = JSON.parse(JSON.stringify(registry)) as Record<string, unknown>;
    registry.restore(JSON.stringify(saved).replace('{', '{"__proto__":{"polluted":true},'));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each([
    ['failureThreshold', '5', 5],
    ['failureRatio', '0.25', 0.25],
    ['breakDuration', '30s', 30_000],
    ['breakDuration', '1.5s', 1_500],
    ['breakDuration', '5m', 300_000],
    ['breakDuration', '250', 250],
    ['samplingDuration', '250ms', 250],
    ['samplingSize', '50', 50],
    ['timeout', '2 s', 2_000],
    ['halfOpenMaxCalls', '1', 1],
  ])('[C62] %s: %p is parsed', (option, value, expected) => {
    expect(breakerOf({ [option]: value }).options).toMatchObject({ [option]: expected });
    expect(breakerOf({ [option]: value }).snapshot().options).toMatchObject({ [option]: expected });
  });

  const wrong = [Number.NaN, -1, Infinity, -Infinity, 0, null, '', 'soon', '-5s', '1e999', [], {}, true, 2 ** 53];
  const numbers = ['failureThreshold', 'minimumThroughput', 'samplingSize', 'halfOpenMaxCalls', 'successThreshold'];
  const durations = ['samplingDuration', 'breakDuration', 'halfOpenTimeout', 'timeout', 'slowCallDuration'];

  it.each([...numbers, ...durations])(
    '[C62] %s: NaN, -1, Infinity, 0, null, nonsense are refused by name',
    (option) => {
      for (const value of wrong) {
        const message = complaint(() => breakerOf({ [option]: value }));
        expect(message).toContain(`breakers.payments.${option}`);
      }
      if (numbers.includes(option)) expect(complaint(() => breakerOf({ [option]: 1.5 }))).toContain(option);
      else expect(complaint(() => breakerOf({ [option]: 2 ** 31 }))).toContain(option);
    },
  );

  it.each([0, -0.1, 1.1, 50, Number.NaN, Infinity, null, '50%', 'half'])(
    '[C62] failureRatio: %p is refused, with the value and the fix',
    (value) => {
      expect(complaint(() => breakerOf({ failureRatio: value }))).toContain('breakers.payments.failureRatio');
    },
  );

  it('[C62] a message names the path, the value and the fix', () => {
    expect(complaint(() => breakerOf({ failureRatio: 50 }))).toMatch(
      /breakers\.payments\.failureRatio: expected .*got 50.*Did you mean 0\.5\?/,
    );
  });

  it('[C62] wrong ones of the other policies are refused, too', () => {
    const cases: [string, string, unknown][] = [
      ['retries', 'maxAttempts', 0],
      ['retries', 'delay', 'soon'],
      ['retries', 'maxAttempts', 1.5],
      ['bulkheads', 'maxConcurrent', 0],
      ['bulkheads', 'maxQueue', -1],
      ['rateLimiters', 'limit', Number.NaN],
      ['timeouts', 'duration', 2 ** 31],
    ];
    for (const [kind, option, value] of cases) {
      const valid = kind === 'rateLimiters' ? { limit: 1, interval: 1 } : kind === 'timeouts' ? { duration: 1 } : {};
      const message = complaint(() => make({ [kind]: { some: { ...valid, [option]: value } } }));
      expect(message).toContain(`${kind}.some.${option}`);
    }
  });

  it('[C63] unknown ones are errors, with the nearest known one', () => {
    expect(complaint(() => breakerOf({ failureTreshold: 3 }))).toMatch(
      /unknown option "failureTreshold", did you mean "failureThreshold"\?/,
    );
    expect(complaint(() => make({ breaker: {} }))).toMatch(/unknown option "breaker", did you mean "breakers"\?/);
    expect(complaint(() => make({ breakers: { payments: { preset: 'external-ap' } } }))).toContain('external-api');
    expect(complaint(() => make({}).update('payments', { timeOut: 5 }))).toContain('timeout');
  });

  it('[C63] contradictory ones are errors', () => {
    const contradictions = [
      { samplingSize: 10, samplingDuration: '1s' },
      { samplingSize: 10, minimumThroughput: 20 },
      { parent: 'payments' },
    ];
    for (const options of contradictions) expect(complaint(() => breakerOf(options))).toContain('payments');
    expect(complaint(() => make({ breakers: { a: { parent: 'b' }, b: { parent: 'a' } } }))).toMatch(/a|b/);
  });

  it('[C63] all faults are told at once, and a Nest application does not start with one', async () => {
    const message = complaint(() => breakerOf({ failureRatio: 50, timeout: -1, colour: 'red' }));
    for (const option of ['failureRatio', 'timeout', 'colour']) expect(message).toContain(option);
    const options = { breakers: { payments: { failureRatio: 50 } } };
    expect(await refusalOf({ options })).toContain('breakers.payments.failureRatio');
  });

  it('[C63] an update that is wrong changes nothing', () => {
    const { breaker, registry, heard } = makeBreaker({ failureThreshold: 3 });
    const { options } = breaker;
    for (const changes of [{ failureRatio: 50 }, { failureTreshold: 3 }, { timeout: null }, { samplingSize: 0 }]) {
      expect(() => registry.update('payments', changes)).toThrow(Object.keys(changes)[0]);
    }
    expect(breaker.options).toBe(options);
    expect(heard()).toEqual([]);
  });

  it('[C63] an update replaces what an earlier one has said, and what contradicts it', () => {
    const { breaker, registry } = makeBreaker({ samplingSize: 50, failureThreshold: 3 });
    const shape = () => [breaker.options.samplingDuration, breaker.options.samplingSize];
    registry.update('payments', { samplingDuration: '5s' });
    expect(shape()).toEqual([5_000, null]);
    registry.update('payments', { samplingSize: 10 });
    expect(shape()).toEqual([null, 10]);
    registry.update('payments', { samplingDuration: 700 });
    expect(shape()).toEqual([700, null]);
    registry.update('payments', { samplingDuration: undefined });
    expect(shape()).toEqual([null, 50]);
    expect(() => registry.update('payments', { samplingDuration: 700, samplingSize: 10 })).toThrow('not both');
    expect(shape()).toEqual([null, 50]);
  });

  it('[C63] that were parsed are frozen, and those that were given are left as they were', () => {
    const given = { breakers: { payments: { failureThreshold: '3', tags: ['a'] } } };
    const before = JSON.stringify(given);
    const parsed = parseOptions(given as never);
    expect(JSON.stringify(given)).toBe(before);
    expect(Object.isFrozen(parsed)).toBe(true);
    expect(Object.isFrozen(breakerOf({}).options)).toBe(true);
  });
});

describe('errors', () => {
  const SECRET = 'card-4242-4242';

  it('[C64] leak no arguments: neither message, nor fields, nor what inspection or JSON shows', async () => {
    const kit = new Kit();
    const bulkhead = kit.bulkhead({ maxConcurrent: 1 });
    const limiter = kit.rateLimiter({ limit: 1, interval: 60_000 });
    const isolated = kit.breaker({ initialState: 'isolated' }, 'isolated');
    hang(bulkhead);
    await limiter.execute(() => 1);
    const guards = [isolated, bulkhead, limiter, kit.timeout(10), compose(kit.breaker({ timeout: 10 }, 'slow'))];
    const errors = guards.map((guard) =>
      settledOf(guard.execute(() => new Promise(() => {}), { args: [SECRET], operation: 'pay' })),
    );
    await kit.clock.advance(10);
    const codes: unknown[] = [];
    for (const settled of await Promise.all(errors)) {
      const error = (settled.ok ? undefined : settled.error) as Error & { code: string };
      codes.push(error.code);
      const shown = [
        error.message,
        String(error.stack),
        inspect(error, { depth: 9, showHidden: true }),
        JSON.stringify(error),
      ];
      for (const text of shown) expect(text).not.toContain(SECRET);
    }
    expect(codes).toEqual([
      'ERR_CIRCUIT_OPEN', 'ERR_BULKHEAD_FULL', 'ERR_RATE_LIMITED', 'ERR_CALL_TIMEOUT', 'ERR_CALL_TIMEOUT',
    ]); // prettier-ignore
  });

  it('[C64] nor do the log, a snapshot and a saved state', async () => {
    @Injectable()
    class Payments {
      @Retry({ maxAttempts: 2, delay: 1 })
      @CircuitBreaker('payments', { failureThreshold: 1 })
      @Timeout('1s')
      async pay(card: string): Promise<never> {
        throw new ServiceError(`cannot charge ${card}`);
      }
    }
    const { module, registry, clock, log } = await start({ providers: [Payments], options: { logger: true } });
    const settled = settledOf(module.get(Payments).pay(SECRET));
    await clock.advance(100);
    await settled;
    expect(registry.circuitBreaker('payments').state).toBe('open');
    const shown = [JSON.stringify(registry), JSON.stringify(registry.snapshot()), inspect(registry.snapshot(), { depth: 9 }), ...log.texts()];
    for (const text of shown) expect(text).not.toContain(SECRET);
    await module.close();
  }); // prettier-ignore
});

describe('reading', () => {
  it('[C65] never changes the state: a break that is over still reads open, with retryAfter 0', async () => {
    const bench = makeBreaker({ failureThreshold: 1 });
    await trip(bench);
    await bench.clock.advance(3_600_000);
    bench.heard();
    for (let i = 0; i < 3; i++) {
      expect(bench.breaker.state).toBe('open');
      expect(bench.breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 0, color: 'red' });
      expect(bench.registry.summary()).toMatchObject({ total: 1, open: 1, half_open: 0 });
      JSON.stringify(bench.registry);
      inspect(bench.breaker, { depth: 9, getters: true });
    }
    expect(bench.heard()).toEqual([]);
    const first = hang(bench.breaker);
    expect([first.hasRun, bench.breaker.state]).toEqual([true, 'half_open']); // reading took no permit
  });

  it('[C65] leaves probes past their deadline and states set for a time as they are', async () => {
    const bench = makeBreaker({ failureThreshold: 1, halfOpenMaxCalls: 1, halfOpenTimeout: 100 });
    await tripAndWait(bench);
    hang(bench.breaker);
    await bench.clock.advance(5_000);
    bench.heard();
    expect(bench.breaker.snapshot().state).toBe('half_open');
    bench.breaker.isolate({ for: 100 });
    await bench.clock.advance(100);
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'isolated', retryAfter: 0 });
    bench.breaker.disable({ for: 100 });
    await bench.clock.advance(100);
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'disabled', retryAfter: null });
    expect(bench.heard()).toEqual(['isolated', 'disabled']);
    await succeed(bench.breaker);
    expect(bench.breaker.state).toBe('closed');
  });

  it('[C65] a window that has grown old is read as empty, and is as it was', async () => {
    const bench = makeBreaker({ failureThreshold: 99, samplingDuration: 1_000 });
    await times(3, () => fail(bench.breaker));
    await bench.clock.advance(500);
    const before = JSON.stringify(bench.breaker.snapshot());
    expect(JSON.stringify(bench.breaker.snapshot())).toBe(before);
    await bench.clock.advance(5_000);
    expect(bench.breaker.snapshot().window.calls).toBe(0);
    expect(bench.breaker.snapshot().totals.failures).toBe(3);
  });

  it('[C65] a snapshot is frozen through and through', async () => {
    const bench = makeBreaker({ tags: ['eu'] });
    await fail(bench.breaker);
    const frozen = (value: unknown): boolean =>
      value === null || typeof value !== 'object' || value instanceof Date || (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen(bench.breaker.snapshot())).toBe(true);
    const names = 'name state color since retryAfter nextAttemptAt window totals inFlight successRate latency lastSuccessAt lastFailureAt lastError options tags';
    for (const name of names.split(' ')) expect(bench.breaker.snapshot()).toHaveProperty(name);
  }); // prettier-ignore
});

describe('the log', () => {
  it('[C66] is not flooded by a flood of refusals', async () => {
    const { module, registry, clock, log } = await start({ options: { breakers: { payments: { breakDuration: '10m' } } } });
    const breaker = registry.circuitBreaker('payments');
    await times(5, () => fail(breaker));
    const before = log.lines.length;
    for (let second = 0; second < 60; second++) {
      await times(100, () => succeed(breaker));
      await clock.advance(1_000);
    }
    expect(log.lines.length - before).toBeLessThanOrEqual(7);
    expect(log.texts().join('\n')).toMatch(/1,?000 calls refused/);
    await module.close();
  }); // prettier-ignore

  it('[C66] nor by many breakers that flap, beyond what happens', async () => {
    const { module, registry, clock, log } = await start({ options: { defaults: { failureThreshold: 1, breakDuration: 100, successThreshold: 1 } } });
    const breaker = registry.circuitBreaker('payments');
    for (let i = 0; i < 10; i++) {
      await fail(breaker);
      await times(50, () => succeed(breaker));
      await clock.advance(100);
      await succeed(breaker);
    }
    const transitions = breaker.snapshot().totals.transitions;
    expect(transitions).toBe(30);
    expect(log.lines.length).toBeLessThanOrEqual(transitions + 10);
    await module.close();
  }); // prettier-ignore
});
