import { describe, expect, it } from '@jest/globals';

import { LayeredOptions, createRegistry, parseOptions } from '../../../lib/options/index.js';
import { complaints, faultsOf } from './faults.js';

const named = (name: string) => JSON.parse(`{"breakers":{${JSON.stringify(name)}:{"failureThreshold":2}}}`) as object;

describe('a name', () => {
  it.each([
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '}x{',
    'a.b',
    'a b',
    'ключ',
    '支付',
    "'; DROP",
    '🙂',
  ])('[C60] %s is one like any other', (name) => {
    const registry = createRegistry(named(name));
    expect(registry.circuitBreaker(name).options).toMatchObject({ failureThreshold: 2 });
    expect(registry.circuitBreaker('other').options).toMatchObject({ failureThreshold: 5 });
  });

  it.each([
    ['', 'expected a name, got an empty one'],
    ['  ', 'expected a name, got an empty one'],
    ['__proto__', "expected a name, got '__proto__', which is refused for safety's sake"],
    ['a\r\nb', "expected a name without control characters, got 'a\\r\\nb'"],
    ['a\u0000', "expected a name without control characters, got 'a\\u0000'"],
    ['a\u2028', "expected a name without control characters, got 'a\u2028'"],
  ])('[C60] %j is refused, in configuration and in code', (name, message) => {
    expect(complaints(named(name))).toEqual([expect.stringContaining(message)]);
    expect(faultsOf(() => createRegistry().circuitBreaker(name))).toEqual([
      { path: 'name of a circuit breaker', message },
    ]);
  });

  it('[C60] of 10 kB is refused in a short message', () => {
    const [line] = complaints(named('x'.repeat(10_240)));
    expect(line).toMatch(/: expected a name of at most 256 characters, got 'x{40}'… \(10240 characters\)$/);
    expect(line?.length).toBeLessThan(250);
  });
});

describe('options from JSON', () => {
  it('[C61] cannot reach a prototype', () => {
    const hostile = JSON.parse(`{
      "__proto__": { "enabled": false },
      "defaults": { "__proto__": { "timeout": 1 } },
      "presets": { "p": { "constructor": { "prototype": { "polluted": true } } } },
      "breakers": { "__proto__": { "polluted": true }, "a": { "__proto__": { "polluted": true } } }
    }`) as unknown;
    expect(complaints(hostile)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('unknown option "__proto__"'),
        expect.stringContaining('defaults.__proto__: unknown option "__proto__"'),
        expect.stringContaining('breakers.__proto__: expected a name'),
      ]),
    );
    expect({}).not.toHaveProperty('polluted');
    expect({}).not.toHaveProperty('timeout');
  });

  it('[C61] are read by their own keys alone', () => {
    const inherited = Object.create({ enabled: false, defaults: { timeout: 1 } }) as object;
    expect(parseOptions(inherited)).toMatchObject({ enabled: true });
    const source = new LayeredOptions({ defaults: Object.create({ timeout: 1 }) as object });
    expect(source.resolve('circuit_breaker', 'a', Object.create({ timeout: 2 }), undefined)).toMatchObject({
      timeout: null,
    });
  });

  it('[C61] by way of an update cannot reach one either', () => {
    const registry = createRegistry();
    const update = JSON.parse('{ "__proto__": { "polluted": true } }') as Record<string, unknown>;
    expect(() => registry.update('a', { ...update })).toThrow('unknown option "__proto__"');
    expect({}).not.toHaveProperty('polluted');
  });

  it('may say what they are checked by', () => {
    expect(complaints({ $schema: './circuit-breaker.schema.json' })).toEqual([]);
  });
});

describe('objects that do not want to be read', () => {
  const throwing = (): never => {
    throw new Error('no');
  };

  it('are faults, not exceptions', () => {
    const circle: Record<string, unknown> = { failureThreshold: 2 };
    circle['tags'] = circle;
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();
    const wrong = {
      get strict(): boolean {
        return throwing();
      },
      defaults: new Proxy({}, { ownKeys: throwing }),
      breakers: { a: circle, b: new Proxy({ timeout: 1 }, { get: throwing }), c: revoked },
      logger: revoked,
      clock: new Proxy({}, { get: throwing }),
    };
    expect(complaints(wrong)).toEqual([
      'strict: cannot be read: it throws when looked at',
      'defaults: cannot be read: it throws when looked at',
      'breakers.a.tags: leads back to itself; expected no circle',
      expect.stringMatching(/^breakers\.b: /),
      expect.stringMatching(/^breakers\.c: /),
      'logger: cannot be read: it throws when looked at',
      expect.stringMatching(/^clock: expected a clock/),
    ]);
  });

  it('are read once: what was checked is what is used', () => {
    let reads = 0;
    const shifty = {
      get failureThreshold() {
        return ++reads === 1 ? 2 : -1;
      },
    };
    const registry = createRegistry({ breakers: { a: shifty } });
    expect(registry.circuitBreaker('a').options.failureThreshold).toBe(2);
    expect(reads).toBe(1);
  });

  it('may be the same object in several places', () => {
    const shared = { failureThreshold: 2 };
    expect(complaints({ breakers: { a: shared, b: shared }, presets: { c: shared } })).toEqual([]);
  });

  it('may be deep or long without end', () => {
    const deep: Record<string, unknown> = {};
    let inner = deep;
    for (let depth = 0; depth < 10_000; depth++) inner = inner['a'] = {} as Record<string, unknown>;
    expect(complaints({ breakers: { b: deep } })).toEqual([
      expect.stringMatching(/^breakers\.b(\.a)+: is nested too deeply$/),
      expect.stringContaining('unknown option "a"'),
    ]);
    const tags: string[] = [];
    tags.length = 2 ** 32 - 1;
    expect(complaints({ defaults: { tags } })).toEqual([
      'defaults.tags: expected at most 10000 entries, got 4294967295',
    ]);
  });

  it('change nothing afterwards: what was parsed is a frozen copy', () => {
    const written = { breakers: { a: { failureThreshold: 2 } } };
    const source = new LayeredOptions(written);
    written.breakers.a.failureThreshold = 9;
    expect(source.resolve('circuit_breaker', 'a', undefined, undefined)).toMatchObject({ failureThreshold: 2 });
    const [fragment] = source.options.fragments;
    expect([source.options, fragment, fragment?.said, fragment?.said.breakers?.['a']].every(Object.isFrozen)).toBe(
      true,
    );
  });
});
