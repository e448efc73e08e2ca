import { describe, expect, it } from '@jest/globals';

import {
  LayeredOptions,
  OptionsError,
  createRegistry,
  exponentialBreak,
  withOverlays,
} from '../../../lib/options/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { faultsOf } from './faults.js';

const breaker = (options?: unknown, inline?: unknown, update?: unknown, name = 'payments') =>
  new LayeredOptions(options).resolve('circuit_breaker', name, inline, update);

const originsOf = (options?: unknown, inline?: unknown, update?: unknown) => {
  const source = new LayeredOptions(options);
  return source.originsOf(source.resolve('circuit_breaker', 'payments', inline, update));
};

describe('layers of options', () => {
  const options = withOverlays(
    {
      defaults: {
        breakDuration: '1s',
        timeout: '1s',
        successThreshold: 1,
        samplingDuration: '1s',
        halfOpenMaxCalls: 1,
      },
      presets: {
        mine: {
          timeout: '2s',
          successThreshold: 2,
          samplingDuration: '2s',
          halfOpenMaxCalls: 2,
          minimumThroughput: 2,
          failureRatio: 0.2,
        },
      },
      breakers: {
        payments: {
          preset: 'mine',
          samplingDuration: '4s',
          halfOpenMaxCalls: 4,
          minimumThroughput: 4,
          failureRatio: 0.4,
        },
      },
    },
    [
      {
        origin: 'config',
        options: { breakers: { payments: { halfOpenMaxCalls: 5, minimumThroughput: 5, failureRatio: 0.5 } } },
      },
      { origin: 'environment', options: { breakers: { payments: { minimumThroughput: '6', failureRatio: '0.6' } } } },
    ],
  );
  const inline = {
    successThreshold: 3,
    samplingDuration: '3s',
    halfOpenMaxCalls: 3,
    minimumThroughput: 3,
    failureRatio: 0.3,
  };
  const update = { failureRatio: 0.7 };

  it('are, weakest first: defaults, preset, inline, by name, file, environment, update', () => {
    expect(breaker(options, inline, update)).toMatchObject({
      breakDuration: 1_000,
      timeout: 2_000,
      successThreshold: 3,
      samplingDuration: 4_000,
      halfOpenMaxCalls: 5,
      minimumThroughput: 6,
      failureRatio: 0.7,
    });
  });

  it('are remembered for each option', () => {
    expect(originsOf(options, inline, update)).toMatchObject({
      enabled: 'default',
      breakDuration: 'defaults',
      timeout: 'preset:mine',
      successThreshold: 'inline',
      samplingDuration: 'config',
      halfOpenMaxCalls: 'config',
      minimumThroughput: 'environment',
      failureRatio: 'update',
      failureThreshold: 'update',
    });
  });

  it('let the strongest preset lie under all that is said by name', () => {
    const presets = { a: { timeout: '1s' }, b: { timeout: '2s' }, c: { timeout: '3s' } };
    const configured = { presets, defaults: { preset: 'a' } };
    expect(breaker(configured)).toMatchObject({ timeout: 1_000, preset: 'a' });
    expect(breaker(configured, { preset: 'b' })).toMatchObject({ timeout: 2_000, preset: 'b' });
    expect(breaker(configured, { preset: 'b' }, { preset: 'c' })).toMatchObject({ timeout: 3_000, preset: 'c' });
    expect(breaker(configured, { timeout: '9s' }, { preset: 'c' })).toMatchObject({ timeout: 9_000 });
  });

  it('leave what is undefined to weaker ones', () => {
    expect(breaker({ defaults: { timeout: '1s' } }, { timeout: undefined })).toMatchObject({ timeout: 1_000 });
  });

  it('switch off what weaker ones switch on', () => {
    const defaults = { timeout: '1s', slowCallDuration: '1s', parent: 'all', adaptive: true };
    const off = { timeout: false, slowCallDuration: 'false', parent: false, adaptive: false };
    expect(breaker({ defaults }, off)).toMatchObject({
      timeout: null,
      slowCallDuration: null,
      parent: null,
      adaptive: null,
    });
  });

  it('keep one window: the stronger choice replaces the weaker', () => {
    expect(breaker({ defaults: { samplingDuration: '5s' } }, { samplingSize: 50 })).toMatchObject({
      samplingDuration: null,
      samplingSize: 50,
    });
    expect(breaker({ defaults: { samplingSize: 50 } }, { samplingDuration: '5s' })).toMatchObject({
      samplingDuration: 5_000,
      samplingSize: null,
    });
    expect(originsOf({ defaults: { samplingSize: 50 } }, { samplingDuration: '5s' })).toMatchObject({
      samplingDuration: 'inline',
      samplingSize: 'default',
    });
  });

  it.each([
    [
      'retry',
      { retries: { gentle: { maxAttempts: 5, delay: '1s' } } },
      { delay: 2_000, jitter: 'none' },
      { maxAttempts: 5, delay: 1_000, jitter: 'none' },
    ],
    ['retry', { retries: { gentle: { budget: 0.5 } } }, {}, { budget: { ratio: 0.5, minPerMinute: 10 } }],
    ['retry', { retries: { gentle: { budget: false } } }, {}, { budget: null }],
    [
      'retry',
      { retries: { gentle: { budget: { minPerMinute: '0' } } } },
      {},
      { budget: { ratio: 0.2, minPerMinute: 0 } },
    ],
    ['timeout', { timeouts: { gentle: '2s' } }, { enabled: false }, { enabled: false, duration: 2_000 }],
    [
      'bulkhead',
      { bulkheads: { gentle: '4' } },
      { maxQueue: 2, maxConcurrent: 2 },
      { maxConcurrent: 4, maxQueue: 2, queueTimeout: null },
    ],
    ['rate_limiter', { rateLimiters: { gentle: { limit: 5 } } }, { interval: '2s' }, { limit: 5, interval: 2_000 }],
  ] as const)('serve a %s too: %j', (kind, configured, inlineOptions, expected) => {
    expect(new LayeredOptions(configured).resolve(kind, 'gentle', inlineOptions, undefined)).toMatchObject(expected);
  });

  it.each([
    ['timeout', 'timeouts.t (inline).duration', { enabled: true }],
    ['rate_limiter', 'rateLimiters.t (inline).limit', { interval: '1s' }],
  ] as const)('that all leave out what a %s needs are refused', (kind, path, inlineOptions) => {
    const [fault] = faultsOf(() => new LayeredOptions().resolve(kind, 't', inlineOptions, undefined));
    expect(fault).toMatchObject({ path, message: expect.stringContaining('got nothing') });
  });

  it('have their faults told by where they are said', () => {
    const source = new LayeredOptions({
      breakers: { payments: { samplingSize: 10 } },
    });
    const faults = (inlineOptions: unknown, updateOptions: unknown) =>
      faultsOf(() => source.resolve('circuit_breaker', 'payments', inlineOptions, updateOptions)).map(
        ({ path }) => path,
      );
    expect(faults({ failureRatio: 2 }, { timeOut: 3 })).toEqual([
      'breakers.payments (inline).failureRatio',
      'breakers.payments (update).timeOut',
    ]);
    expect(faults(undefined, { minimumThroughput: 11 })).toEqual(['breakers.payments (update).minimumThroughput']);
    expect(faults(5, undefined)).toEqual(['breakers.payments (inline)']);
  });

  it('of a source that names its places otherwise are told in its words', () => {
    const at = (path: readonly PropertyKey[]) => ['CIRCUIT_BREAKER', ...path].join('__').toUpperCase();
    const overlay = {
      origin: 'environment',
      options: {
        breakers: { a: { failureRatio: '7', colour: 1 } },
        defaults: { samplingSize: 5, minimumThroughput: 6 },
      },
      at,
    } as const;
    expect(faultsOf(() => new LayeredOptions(withOverlays({}, [overlay]))).map(({ path }) => path)).toEqual([
      'CIRCUIT_BREAKER__BREAKERS__A__FAILURERATIO',
      'CIRCUIT_BREAKER__BREAKERS__A__COLOUR',
      'CIRCUIT_BREAKER__DEFAULTS__MINIMUMTHROUGHPUT',
    ]);
  });

  it('of two sources speak of the application as a whole, the stronger counts', () => {
    const source = new LayeredOptions(
      withOverlays({ enabled: true, drain: '1s' }, [
        { origin: 'environment', options: { enabled: 'false', drain: '2s' } },
      ]),
    );
    expect(source.enabled).toBe(false);
    expect(source.options).toMatchObject({ drain: 2_000, strict: false, logger: true });
  });
});

describe('trip rules', () => {
  const rules = (inline: object, defaults: object = {}) => {
    const { failureThreshold, failureRatio, slowCallDuration, slowCallRatio } = breaker({ defaults }, inline);
    return [failureThreshold, failureRatio, slowCallDuration, slowCallRatio];
  };

  it('apply both by default when none is named', () => {
    expect(rules({})).toEqual([5, 0.5, null, null]);
    expect(rules({ minimumThroughput: 5, timeout: '1s' })).toEqual([5, 0.5, null, null]);
  });

  it('apply alone when named', () => {
    expect(rules({ failureThreshold: 3 })).toEqual([3, null, null, null]);
    expect(rules({ failureRatio: 0.3 })).toEqual([null, 0.3, null, null]);
    expect(rules({ slowCallDuration: '2s' })).toEqual([null, null, 2_000, 1]);
    expect(rules({ failureThreshold: 3, slowCallDuration: '2s', slowCallRatio: 0.5 })).toEqual([3, null, 2_000, 0.5]);
  });

  it('apply together from whatever layer above the built-in defaults', () => {
    expect(rules({ failureRatio: 0.3 }, { failureThreshold: 7 })).toEqual([7, 0.3, null, null]);
    expect(breaker({ breakers: { payments: { preset: 'cache' } } }, { failureThreshold: 3 })).toMatchObject({
      failureThreshold: 3,
      failureRatio: 0.85,
    });
  });

  it('are switched off by false, which names none', () => {
    expect(rules({ failureThreshold: false })).toEqual([null, 0.5, null, null]);
    expect(rules({ failureRatio: false })).toEqual([5, null, null, null]);
    expect(rules({ failureRatio: false, failureThreshold: 'false' })).toEqual([null, null, null, null]);
    expect(rules({ failureThreshold: false }, { failureThreshold: 7, failureRatio: 0.3 })).toEqual([
      null,
      0.3,
      null,
      null,
    ]);
  });

  it('that are off because another is named say by whom', () => {
    expect(originsOf({ defaults: { failureThreshold: 3 } })).toMatchObject({ failureRatio: 'defaults' });
    expect(originsOf({}, { failureThreshold: false })).toMatchObject({
      failureThreshold: 'inline',
      failureRatio: 'default',
    });
  });
});

describe('what a breaker gets that nobody said', () => {
  it('is a minimum no larger than the window', () => {
    expect(breaker({}, { samplingSize: 7 })).toMatchObject({ minimumThroughput: 7 });
    expect(breaker({}, { samplingSize: 70 })).toMatchObject({ minimumThroughput: 20 });
  });

  it('is a deadline of probes as long as the break', () => {
    expect(breaker({}, { breakDuration: '7s' })).toMatchObject({ halfOpenTimeout: 7_000 });
    expect(breaker({}, { breakDuration: '7s', halfOpenTimeout: '1s' })).toMatchObject({ halfOpenTimeout: 1_000 });
    expect(breaker({}, { breakDuration: () => '7s' })).toMatchObject({ halfOpenTimeout: null });
    expect(breaker({}, { adaptive: true })).toMatchObject({ halfOpenTimeout: null });
  });
});

describe('a break by function', () => {
  const context = {} as never;

  it('may answer with a duration as users write it', () => {
    const { breakDuration } = breaker({}, { breakDuration: (attempt: number) => `${attempt}s` });
    expect((breakDuration as (attempt: number, context: never) => number)(3, context)).toBe(3_000);
  });

  it('keeps its name, and is the same for the same function', () => {
    const doubling = (attempt: number) => 1_000 * 2 ** attempt;
    const first = breaker({}, { breakDuration: doubling });
    expect(first.breakDuration).toBe(breaker({}, { breakDuration: doubling }).breakDuration);
    expect((first.breakDuration as () => unknown).name).toBe('doubling');
  });

  it('that answers with anything else breaks for the default time, and is reported', async () => {
    const clock = new ManualClock();
    const faults: string[] = [];
    const registry = createRegistry(
      { breakers: { b: { failureThreshold: 1, breakDuration: () => 'for ever' } } },
      { clock, onFault: (fault, where) => faults.push(`${where}: ${(fault as Error).message}`) },
    );
    const b = registry.circuitBreaker('b');
    await expect(b.execute(() => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(b.snapshot().retryAfter).toBe(30_000);
    expect(faults).toEqual([`breakDuration of "b": expected a duration such as 250 or '30s', got 'for ever'`]);
  });

  it('may be exponentialBreak, in the same words', () => {
    const generate = exponentialBreak({ initial: '1s', max: '5s', factor: '3' as never });
    expect([1, 2, 3].map((attempt) => generate(attempt, context))).toEqual([1_000, 3_000, 5_000]);
    expect(
      faultsOf(() => exponentialBreak({ initial: '1 parsec', factor: 0.5, jitter: 2, maximum: 1 } as never)),
    ).toEqual([
      { path: 'exponentialBreak.initial', message: "expected a duration such as 250 or '30s', got '1 parsec'" },
      { path: 'exponentialBreak.factor', message: 'expected a number of at least 1, got 0.5' },
      { path: 'exponentialBreak.jitter', message: 'expected 0–1, got 2' },
      { path: 'exponentialBreak.maximum', message: 'unknown option "maximum"' },
    ]);
    expect(faultsOf(() => exponentialBreak({ initial: '10s', max: '5s' }))).toHaveLength(1);
  });
});

describe('keyed names', () => {
  const breakers = { payments: { timeout: '1s', failureThreshold: 3 }, 'payments:eu': { failureThreshold: 4 } };

  it('are configured by the common name, and added to by their own', () => {
    expect(breaker({ breakers }, undefined, undefined, 'payments:us')).toMatchObject({
      timeout: 1_000,
      failureThreshold: 3,
    });
    expect(breaker({ breakers }, undefined, undefined, 'payments:eu')).toMatchObject({
      timeout: 1_000,
      failureThreshold: 4,
    });
    expect(breaker({ breakers }, undefined, undefined, 'payments:eu:visa')).toMatchObject({ failureThreshold: 4 });
    expect(breaker({ breakers }, undefined, undefined, 'paymentsx:eu')).toMatchObject({ failureThreshold: 5 });
  });

  it('hear a file say more of the common name over what code says of theirs', () => {
    const options = withOverlays({ breakers }, [
      { origin: 'config', options: { breakers: { payments: { failureThreshold: 9 } } } },
    ]);
    expect(breaker(options, undefined, undefined, 'payments:eu')).toMatchObject({ failureThreshold: 9 });
  });

  it('count as configured with the common one; names of other policies have no keys', () => {
    const source = new LayeredOptions({ breakers, timeouts: { quick: '1s' } });
    expect(source.isConfigured('circuit_breaker', 'payments:us')).toBe(true);
    expect(source.isConfigured('circuit_breaker', 'orders')).toBe(false);
    expect(source.isConfigured('timeout', 'quick')).toBe(true);
    expect(source.isConfigured('timeout', 'quick:er')).toBe(false);
    expect(source.names('circuit_breaker')).toEqual(['payments', 'payments:eu']);
  });
});

describe('parents', () => {
  it('that stand above all others do not stand above themselves', () => {
    const options = { defaults: { parent: 'backbone' } };
    expect(breaker(options)).toMatchObject({ parent: 'backbone' });
    expect(breaker(options, undefined, undefined, 'backbone')).toMatchObject({ parent: null });
  });

  it('in a circle that code makes are refused when it closes', () => {
    const source = new LayeredOptions();
    source.resolve('circuit_breaker', 'a', { parent: 'b' }, undefined);
    expect(faultsOf(() => source.resolve('circuit_breaker', 'b', { parent: 'a' }, undefined))).toEqual([
      { path: 'breakers.a.parent', message: 'parents make a circle: a → b → a' },
    ]);
    source.resolve('circuit_breaker', 'a', undefined, undefined);
    expect(faultsOf(() => source.resolve('circuit_breaker', 'b', { parent: 'a' }, undefined))).toEqual([]);
  });
});

describe('resolved options', () => {
  const source = new LayeredOptions({ breakers: { payments: { preset: 'database' } } });

  it('are frozen', () => {
    const options = source.resolve(
      'circuit_breaker',
      'payments',
      { ignoreErrors: [Error], tags: ['a'] },
      { timeout: 5 },
    );
    expect([options, options.ignoreErrors, options.tags].every(Object.isFrozen)).toBe(true);
  });

  it('are one object for all who say the same: a hundred thousand breakers cost one', () => {
    const plain = (name: string) => source.resolve('circuit_breaker', name, undefined, undefined);
    const inline = { failureThreshold: 2 };
    expect(plain('a')).toBe(plain('b'));
    expect(plain('payments:eu')).toBe(plain('payments'));
    expect(plain('payments')).not.toBe(plain('a'));
    expect(source.resolve('circuit_breaker', 'a', inline, undefined)).toBe(
      source.resolve('circuit_breaker', 'b', inline, undefined),
    );
  });
});

describe('feature modules', () => {
  it('add policies and presets, which files still overrule', () => {
    const source = new LayeredOptions(
      withOverlays({}, [{ origin: 'config', options: { breakers: { payments: { timeout: '9s' } } } }]),
    );
    source.add({
      breakers: { payments: { preset: 'ours', timeout: '1s' } },
      presets: { ours: { failureThreshold: 2 } },
      timeouts: { quick: 50 },
    });
    expect(source.resolve('circuit_breaker', 'payments', undefined, undefined)).toMatchObject({
      failureThreshold: 2,
      timeout: 9_000,
    });
    expect(source.resolve('timeout', 'quick', undefined, undefined)).toMatchObject({ duration: 50 });
  });

  it('[C59] may say the same as another one, and nothing else', () => {
    const source = new LayeredOptions({ breakers: { payments: { timeout: '1s' } } });
    source.add({ breakers: { payments: { timeout: 1_000 } } });
    expect(faultsOf(() => source.add({ breakers: { payments: { timeout: '2s' }, orders: {} } }))).toEqual([
      {
        path: 'breakers.payments',
        message: 'is configured by two modules, with different options. Say its options in one of them',
      },
    ]);
    expect(source.isConfigured('circuit_breaker', 'orders')).toBe(false);
  });

  it('cannot change what holds for all', () => {
    expect(faultsOf(() => new LayeredOptions().add({ defaults: {}, enabled: false })).map(({ path }) => path)).toEqual([
      'defaults',
      'enabled',
    ]);
  });

  it('keep what they said when the options are replaced', () => {
    const source = new LayeredOptions({ breakers: { payments: { timeout: '1s' } } });
    source.add({ breakers: { orders: { timeout: '3s' } } });
    source.replace({ breakers: { payments: { timeout: '2s' } }, enabled: false });
    expect(source.resolve('circuit_breaker', 'payments', undefined, undefined)).toMatchObject({ timeout: 2_000 });
    expect(source.resolve('circuit_breaker', 'orders', undefined, undefined)).toMatchObject({ timeout: 3_000 });
    expect(source.enabled).toBe(false);
    expect(() => source.replace({ breakers: { payments: { timeout: 'x' } } })).toThrow(OptionsError);
    expect(source.resolve('circuit_breaker', 'payments', undefined, undefined)).toMatchObject({ timeout: 2_000 });
  });
});
