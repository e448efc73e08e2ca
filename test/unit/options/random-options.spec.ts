import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { LayeredOptions, OptionsError, parseOptions } from '../../../lib/options/index.js';

/** How many random options are tried; raise it by the variable for a long search. */
const RUNS = Number(process.env['OPTIONS_RUNS'] ?? 1_000);

const BREAKER = [
  'enabled', 'preset', 'failureThreshold', 'failureRatio', 'slowCallDuration', 'slowCallRatio', 'minimumThroughput',
  'samplingDuration', 'samplingSize', 'breakDuration', 'halfOpenMaxCalls', 'successThreshold', 'halfOpenTimeout', 'timeout',
  'classify', 'ignoreErrors', 'recordErrors', 'settleOn', 'probe', 'probeInterval', 'parent', 'childrenOpenRatio', 'adaptive',
  'critical', 'initialState', 'tags',
]; // prettier-ignore
const RETRY = [
  'enabled', 'maxAttempts', 'delay', 'backoff', 'maxDelay', 'jitter', 'retryOn', 'abortOn', 'retryOnResult', 'budget',
  'maxElapsed', 'limit', 'interval', 'burst', 'maxWait', 'duration', 'maxConcurrent', 'maxQueue', 'queueTimeout', 'ratio',
]; // prettier-ignore
const SECTIONS = ['breakers', 'retries', 'timeouts', 'bulkheads', 'rateLimiters', 'presets'];
const MODULE = [
  'enabled',
  'strict',
  'defaults',
  'logger',
  'drain',
  'filter',
  'isGlobal',
  'clock',
  'random',
  ...SECTIONS,
];
const HOSTILE = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '',
  'x'.repeat(10_240),
  'a\r\nb',
  '}x{',
  'payments:eu',
];

const explode = (): never => {
  throw new Error('from inside');
};
const circle = (): object => {
  const loop: Record<string, unknown> = {};
  return Object.assign(loop, { failureThreshold: loop, breakers: loop, a: { b: loop } });
};
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const getter = (): object => Object.defineProperty({}, 'timeout', { enumerable: true, get: explode });
const badProxies = (): object[] =>
  (['get', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf', 'has'] as const).map(
    (trap) => new Proxy({ timeout: 1, a: {} }, { [trap]: explode }),
  );

/** A value that is made when it is needed: the search itself must not look at it, some blow up. */
type Made = () => unknown;

const constants = (...values: readonly unknown[]): fc.Arbitrary<Made> =>
  fc.constantFrom(...values.map((each) => () => each));
const later = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<Made> => arbitrary.map((each) => () => each);

const value: fc.Arbitrary<Made> = fc.oneof(
  { weight: 4, arbitrary: constants(1, 5, 0.5, '5', '0.5', '30s', 250, true, false, 'false', 'cache', 'closed') },
  constants(
    null,
    undefined,
    0,
    -0,
    -1,
    Number.NaN,
    Infinity,
    -Infinity,
    1e308,
    2 ** 31,
    10n,
    Symbol('s'),
    '',
    ...HOSTILE,
  ),
  constants(() => 1, explode, class Unwell extends Error {}, new Map(), new Date(0), /x/, Promise.resolve(1)),
  fc.constantFrom<Made>(circle, revoked, getter, ...badProxies().map((proxy) => () => proxy)),
  later(fc.string({ maxLength: 20 })),
  later(
    fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true, withSparseArray: true }),
  ),
);

function record(keys: readonly string[], values: fc.Arbitrary<Made>): fc.Arbitrary<Made> {
  const known = { weight: 12, arbitrary: fc.constantFrom(...keys) };
  const key = fc.oneof(known, fc.constantFrom(...HOSTILE), fc.string());
  return fc.array(fc.tuple(key, values), { maxLength: 6 }).map((entries) => () => {
    const object = {};
    for (const [name, make] of entries)
      Object.defineProperty(object, name, { value: make(), enumerable: true, configurable: true, writable: true });
    return object;
  });
}

const policy = fc.oneof({ weight: 5, arbitrary: record(BREAKER, value) }, record(RETRY, value), value);
const names = ['payments', 'payments:eu', 'inventory', 'mine', 'cache'];
const section = fc.oneof({ weight: 6, arbitrary: record(names, policy) }, value);
const options = fc.oneof(
  { weight: 8, arbitrary: record(MODULE, fc.oneof({ weight: 4, arbitrary: section }, policy)) },
  value,
);

/** All objects in it that the parser made are frozen; what belongs to the user it leaves alone. */
function isFrozenDeep(node: unknown, key = ''): boolean {
  if (node === null || typeof node !== 'object' || key === 'adaptive' || key === 'logger' || key === 'clock')
    return true;
  return Object.isFrozen(node) && Object.entries(node).every(([name, each]) => isFrozenDeep(each, name));
}

/** A list of faults, each with a short message, and nothing else. */
function expectFaults(error: unknown): void {
  if (!(error instanceof OptionsError)) throw error;
  const wrong = error.faults.find(({ path, message }) => message === '' || `${path}${message}`.length > 2_000);
  if (error.faults.length === 0 || wrong !== undefined)
    throw new Error(`a fault without words, or too many: ${wrong?.path}`);
}

describe('random options', () => {
  it('[C60] [C61] [C62] [C63] give a frozen configuration or a list of faults, never an exception from inside', () => {
    let passed = 0;
    fc.assert(
      fc.property(options, policy, (makeOptions, makeInline) => {
        const inline = makeInline();
        let source: LayeredOptions;
        try {
          const parsed = parseOptions(makeOptions());
          expect(isFrozenDeep(parsed)).toBe(true);
          source = new LayeredOptions(parsed);
          passed++;
        } catch (error) {
          expectFaults(error);
          source = new LayeredOptions();
        }
        for (const kind of ['circuit_breaker', 'retry', 'timeout', 'bulkhead', 'rate_limiter'] as const) {
          try {
            const resolved = source.resolve(kind, 'payments:eu', inline, undefined);
            if (!Object.isFrozen(resolved)) throw new Error(`${kind}: not frozen`);
          } catch (error) {
            expectFaults(error);
          }
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    // the search would prove little if nothing ever passed
    expect(passed).toBeGreaterThan(RUNS / 100);
  });
});
