import { describe, expect, it } from '@jest/globals';

import { OptionsError, createRegistry, parseOptions } from '../../../lib/options/index.js';
import { complaint, complaints } from './faults.js';

describe('a wrong option', () => {
  it('names the path, the value and the fix', () => {
    expect(() => parseOptions({ breakers: { payments: { failureRatio: 50 } } })).toThrow(
      'breakers.payments.failureRatio: expected 0–1, got 50. Did you mean 0.5?',
    );
  });

  it('comes with all others, at once, in one error', () => {
    const wrong = {
      strict: 'perhaps',
      defaults: { timeout: null },
      breakers: { payments: { failureTreshold: 3, failureRatio: '30%' }, inventory: { preset: 'databse' } },
      retries: { gentle: { jitter: 'ful' } },
    };
    expect(complaints(wrong)).toEqual([
      "strict: expected true or false, got 'perhaps'",
      "defaults.timeout: expected a duration such as 250 or '30s', got null. To switch it off, say false",
      "breakers.payments.failureRatio: expected 0–1, got '30%'. Did you mean 0.3?",
      'breakers.payments.failureTreshold: unknown option "failureTreshold", did you mean "failureThreshold"?',
      `retries.gentle.jitter: expected 'full', 'equal', 'decorrelated', 'none', got 'ful', did you mean "full"?`,
    ]);
    expect(() => createRegistry(wrong as never)).toThrow(OptionsError);
  });

  it('hides no fault of another breaker that only shows across options', () => {
    const breakers = { a: { failureRatio: 50 }, b: { slowCallRatio: 0.5 } };
    expect(complaints({ breakers })).toEqual([
      'breakers.a.failureRatio: expected 0–1, got 50. Did you mean 0.5?',
      expect.stringMatching(/^breakers\.b\.slowCallRatio: says nothing without slowCallDuration/),
    ]);
  });

  it('is an OptionsError with a code, a list of faults, and a line for each', () => {
    const error = new OptionsError([
      { path: 'a', message: 'is wrong' },
      { path: '', message: 'so is all' },
    ]);
    expect(error).toMatchObject({ name: 'OptionsError', code: 'ERR_INVALID_OPTIONS' });
    expect(error.message).toBe('Invalid options, 2 faults:\n  a: is wrong\n  so is all');
    expect(Object.isFrozen(error.faults)).toBe(true);
  });
});

describe('an unknown option', () => {
  it.each([
    ['failureTreshold', 'failureThreshold'],
    ['failure_threshold', 'failureThreshold'],
    ['FAILURERATIO', 'failureRatio'],
    ['timeoutMs', 'timeout'],
    ['threshold', 'failureThreshold'],
    ['volumeThreshold', 'minimumThroughput'],
    ['resetTimeout', 'breakDuration'],
    ['slidingWindowSize', 'samplingSize'],
  ])('[C63] %s is refused with %s', (written, meant) => {
    expect(complaint(written, 1)).toBe(`unknown option "${written}", did you mean "${meant}"?`);
  });

  it.each(['colour', 'x', 'constructor', 'toString', 'x'.repeat(10_240)])(
    '[C63] %.20s is refused without a guess',
    (key) => {
      const [line] = complaints({ breakers: { payments: { [key]: 1 } } });
      expect(line).toMatch(/unknown option "[^"]{1,40}"(… \(10240 characters\))?$/);
    },
  );

  it('[C63] is refused at every level', () => {
    const line = (path: string, key: string) => `${path}: unknown option "${key}"`;
    expect(
      complaints({ zeal: 1, retries: { r: { zeal: 1 } }, presets: { p: { zeal: 1 } }, defaults: { zeal: 1 } }),
    ).toEqual(
      expect.arrayContaining([
        line('zeal', 'zeal'),
        line('retries.r.zeal', 'zeal'),
        line('presets.p.zeal', 'zeal'),
        line('defaults.zeal', 'zeal'),
      ]),
    );
  });
});

describe('a count', () => {
  it.each([
    [null, 'got null'],
    [0, 'got 0'],
    [-1, 'got -1'],
    [Number.NaN, 'got NaN'],
    ['', "got ''"],
    ['five', "got 'five'"],
    [[5], 'got a list'],
    [true, 'got true'],
  ])('[C62] is a positive whole number, not %p', (value, got) => {
    expect(complaint('halfOpenMaxCalls', value)).toBe(`expected a positive whole number, ${got}`);
  });

  it('[C62] that is broken is refused with the next whole one', () => {
    expect(complaint('halfOpenMaxCalls', 2.5)).toBe('expected a positive whole number, got 2.5. Did you mean 3?');
  });

  it('[C62] is not infinite', () => {
    expect(complaint('halfOpenMaxCalls', Infinity)).toBe(
      'expected a positive whole number up to 9007199254740991, got Infinity',
    );
  });

  it('that looks like a share hints at the share', () => {
    expect(complaint('failureThreshold', 0.5)).toBe(
      'expected a positive whole number, got 0.5. Did you mean failureRatio: 0.5?',
    );
  });

  it('of samples is bounded: a window is memory', () => {
    expect(complaint('samplingSize', 1_000_000)).toBeUndefined();
    expect(complaint('samplingSize', 1_000_001)).toMatch(/up to 1000000, got 1000001$/);
  });
});

describe('a share', () => {
  it.each([
    [0, 'expected 0–1 and more than 0, got 0. To switch it off, say false'],
    [null, 'expected 0–1, got null. To switch it off, say false'],
    [-0.5, 'expected 0–1, got -0.5'],
    [1.5, 'expected 0–1, got 1.5. Did you mean 0.015?'],
    [101, 'expected 0–1, got 101'],
    [Number.NaN, 'expected 0–1, got NaN'],
    [Infinity, 'expected 0–1, got Infinity'],
    ['half', "expected 0–1, got 'half'"],
  ])('[C62] is over 0 and at most 1, not %p', (value, message) => {
    expect(complaint('failureRatio', value)).toBe(message);
  });

  it.each([0.000_1, 1, '0.5', '1', ' .25 '])('may be %p', (value) => {
    expect(complaint('failureRatio', value)).toBeUndefined();
  });
});

describe('other kinds of option', () => {
  it.each([
    ['critical', 'no', "expected true or false, got 'no'. Did you mean false?"],
    ['critical', 1, 'expected true or false, got 1. Did you mean true?'],
    ['classify', 'failure', "expected a function of (outcome, context), got 'failure'"],
    [
      'ignoreErrors',
      'NotFoundException',
      "expected an error class or a predicate, one or a list, got 'NotFoundException'",
    ],
    ['recordErrors', [Error, 404], 'expected an error class or a predicate, one or a list, got 404 at place 2'],
    ['settleOn', 'last', "expected 'complete', 'first', got 'last'"],
    ['initialState', 'half_open', "expected 'closed', 'open', 'isolated', 'disabled', 'metrics_only', got 'half_open'"],
    ['parent', '', 'expected a name, got an empty one. To switch it off, say false'],
    ['tags', [''], 'expected a name, got an empty one'],
    ['adaptive', 'sometimes', "expected true or a rule, got 'sometimes'"],
    ['breakDuration', 'long', "expected a duration such as 250 or '30s', got 'long'"],
    ['probe', {}, 'expected a function of (signal), got an object'],
  ])('%s: %p is refused', (option, value, message) => {
    expect(complaint(option, value)).toBe(message);
  });

  it.each([
    ['logger', 'verbose', "expected true, false, 'debug' or a logger with log, warn and error, got 'verbose'"],
    ['logger', { log: () => 1 }, "expected true, false, 'debug' or a logger with log, warn and error, got an object"],
    ['clock', { now: () => 1 }, 'expected a clock with now, wall and schedule, got an object'],
    ['drain', -1, "expected a duration such as 250 or '30s', got -1, which is negative"],
    ['breakers', [], 'expected an object with a name for each key, got a list'],
    ['breakers', new Map(), 'expected an object, got a Map'],
    ['retries', { r: { budget: 20 } }, 'expected 0–1, got 20. Did you mean 0.2?'],
    ['retries', { r: { budget: { ratio: 20 } } }, 'ratio: expected 0–1, got 20. Did you mean 0.2?'],
    [
      'retries',
      { r: { backoff: 'exponentail' } },
      `expected a function, 'constant', 'linear', 'exponential', got 'exponentail', did you mean "exponential"?`,
    ],
    ['bulkheads', { b: 0 }, 'expected a positive whole number, got 0'],
    ['bulkheads', { b: { maxQueue: -1 } }, 'expected a whole number of at least 0, got -1'],
    ['timeouts', { t: 'soon' }, "expected a duration such as 250 or '30s', got 'soon'"],
    ['rateLimiters', { r: 5 }, 'expected an object, got 5'],
  ])('%s: %p is refused', (option, value, message) => {
    expect(complaints({ [option]: value }).map((line) => line.replace(/^[^ ]+: /, ''))).toEqual([message]);
  });

  it.each([
    [null, 'expected an object, got null'],
    [5, 'expected an object, got 5'],
    [[], 'expected an object, got a list'],
    ['{}', "expected an object, got '{}'"],
    [Promise.resolve({}), 'expected an object, got a Promise; options that come later go to forRootAsync'],
  ])('the options as a whole are an object, not %p', (options, message) => {
    expect(complaints(options)).toEqual([`: ${message}`]);
  });
});

describe('options that contradict each other', () => {
  const breaker = (options: object) => complaints({ breakers: { payments: options } });

  it('[C63] are a window of time and of calls in one layer', () => {
    expect(breaker({ samplingSize: 10, samplingDuration: '10s' })).toEqual([
      'breakers.payments.samplingDuration: say samplingDuration or samplingSize, not both: the window is made of time or of calls',
    ]);
  });

  it('[C63] are a minimum that the window never holds', () => {
    expect(breaker({ samplingSize: 10, minimumThroughput: 11 })).toEqual([
      'breakers.payments.minimumThroughput: expected at most samplingSize (10), got 11: the window never holds as many. Did you mean 10?',
    ]);
    expect(breaker({ samplingSize: 10, minimumThroughput: 10 })).toEqual([]);
  });

  it('[C63] are told where the stronger of two layers speaks', () => {
    expect(complaints({ defaults: { minimumThroughput: 50 }, breakers: { payments: { samplingSize: 10 } } })).toEqual([
      'breakers.payments.samplingSize: expected at least minimumThroughput (50, said at defaults.minimumThroughput), got 10. Say minimumThroughput: 10 beside it?',
    ]);
  });

  it('[C63] are a share of slow calls without saying what is slow', () => {
    expect(breaker({ slowCallRatio: 0.5 })).toHaveLength(1);
    expect(breaker({ slowCallRatio: 0.5, slowCallDuration: '1s' })).toEqual([]);
    expect(complaints({ defaults: { slowCallRatio: 0.5 } })).toEqual([]);
  });

  it('[C63] are an interval of probes without a probe', () => {
    expect(breaker({ probeInterval: '1s' })).toHaveLength(1);
    expect(breaker({ probeInterval: '1s', probe: () => Promise.resolve() })).toEqual([]);
  });

  it('[C63] are a breaker above itself, and parents in a circle', () => {
    expect(breaker({ parent: 'payments' })).toEqual([
      'breakers.payments.parent: expected another breaker, got the breaker itself',
    ]);
    const breakers = { a: { parent: 'b' }, b: { parent: 'c' }, c: { parent: 'a' }, d: { parent: 'a' } };
    expect(complaints({ breakers })).toEqual(['breakers.a.parent: parents make a circle: a → b → c → a']);
  });
});
