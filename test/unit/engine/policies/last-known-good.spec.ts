import { describe, expect, it } from '@jest/globals';

import {
  FallbackPolicy,
  RETRY_DEFAULTS,
  RetryPolicy,
  Scope,
  compose,
  isObservingFallback,
  lastKnownGood,
} from '../../../../lib/engine/index.js';
import type { LastKnownGoodOptions } from '../../../../lib/engine/index.js';
import { keyOfArguments } from '../../../../lib/engine/policies/arguments-key.js';
import { ManualClock } from '../../../../lib/testing/index.js';

const failure = new Error('no');
const empty = (size: number) => Object.fromEntries(Array.from({ length: size }, (_, name) => [name, undefined]));
const throwing = (): never => {
  throw new Error('do not touch');
};

function fixture(options: LastKnownGoodOptions = {}, handler = lastKnownGood(options)) {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const scope = new Scope({ clock, random: () => 0, onFault: (fault, where) => faults.push([fault, where]) });
  const policy = new FallbackPolicy('', { handlers: [handler], on: [] }, scope);
  const call = (args: readonly unknown[], work: () => unknown, operation = 'Quotes.get') =>
    policy.execute(work, { args, operation });
  return {
    clock,
    scope,
    policy,
    faults,
    call,
    well: (value: unknown, ...args: unknown[]) => call(args, () => Promise.resolve(value)),
    ill: (...args: unknown[]) => call(args, () => Promise.reject(failure)),
  };
}

describe('lastKnownGood', () => {
  it('answers a failed call with the last good answer for the same arguments', async () => {
    const { well, ill } = fixture();
    const answer = { price: 1 };
    await well({ price: 0 }, 'X', 1);
    await well(answer, 'X', 1);
    await well({ price: 2 }, 'Y', 1);
    expect(await ill('X', 1)).toBe(answer);
    expect(await ill('X', 1)).toBe(answer);
  });

  it('remembers answers that are nothing', async () => {
    const { well, ill } = fixture();
    await well(undefined, 'X');
    await expect(ill('X')).resolves.toBeUndefined();
  });

  it('remembers what a call without a promise returned', async () => {
    const { call, ill } = fixture();
    await call(['X'], () => 'plain');
    await expect(ill('X')).resolves.toBe('plain');
  });

  it('rethrows the very error where there is no answer', async () => {
    const { well, ill, faults } = fixture();
    await well('fine', 'X');
    await expect(ill('Y')).rejects.toBe(failure);
    await expect(ill()).rejects.toBe(failure);
    expect([Object.hasOwn(failure, 'cause'), faults]).toEqual([false, []]);
  });

  it('does not remember what another fallback answered', async () => {
    const { scope } = fixture();
    const good = lastKnownGood();
    const policy = new FallbackPolicy('', { handlers: [good, () => 'spare'], on: [] }, scope);
    const fails = () => policy.execute(() => Promise.reject(failure), { args: ['X'] });
    await expect(fails()).resolves.toBe('spare');
    await expect(fails()).resolves.toBe('spare');
    await policy.execute(() => 'good', { args: ['X'] });
    await expect(fails()).resolves.toBe('good');
  });

  it('forgets an answer that is older than maxAge', async () => {
    const { clock, well, ill } = fixture({ maxAge: 1_000 });
    await clock.advance(5_000);
    await well('fine', 'X');
    await clock.advance(1_000);
    await expect(ill('X')).resolves.toBe('fine');
    clock.stepWall(1e9);
    await expect(ill('X')).resolves.toBe('fine');
    await clock.advance(1);
    await expect(ill('X')).rejects.toBe(failure);
  });

  it('keeps an answer for ever where no age is said', async () => {
    const { clock, well, ill } = fixture();
    await well('fine', 'X');
    await clock.advance(1e12);
    await expect(ill('X')).resolves.toBe('fine');
  });

  it('keeps at most maxEntries answers, those that were used last', async () => {
    const { well, ill } = fixture({ maxEntries: 2 });
    await well('x', 'X');
    await well('y', 'Y');
    await ill('X');
    await well('z', 'Z');
    await expect(ill('X')).resolves.toBe('x');
    await expect(ill('Z')).resolves.toBe('z');
    await expect(ill('Y')).rejects.toBe(failure);
    await well('x2', 'X');
    await well('w', 'W');
    await expect(ill('X')).resolves.toBe('x2');
    await expect(ill('Z')).rejects.toBe(failure);
  });

  it('keeps a thousand answers by default', async () => {
    const { well, ill } = fixture();
    for (let n = 0; n <= 1_000; n++) await well(n, n);
    await expect(ill(0)).rejects.toBe(failure);
    await expect(ill(1)).resolves.toBe(1);
  });

  it('tells calls apart by a key of your own', async () => {
    const { well, ill } = fixture({ maxEntries: 1, key: (user: { id?: number }) => user.id?.toString() as string });
    await well('fine', { id: 1, seen: new Map() });
    await well('kept out, and takes nobody’s place', {});
    await expect(ill({})).rejects.toBe(failure);
    await expect(ill({ id: 1 })).resolves.toBe('fine');
    await expect(ill({ id: 2 })).rejects.toBe(failure);
  });

  it('passes a call by whose key is no text, or fails: that fault is reported', async () => {
    const without = fixture({ key: () => undefined as unknown as string });
    await without.well('fine', 'X');
    await expect(without.ill('X')).rejects.toBe(failure);
    const broken = fixture({ key: throwing });
    await expect(broken.well('fine', 'X')).resolves.toBe('fine');
    await expect(broken.ill('X')).rejects.toBe(failure);
    expect(broken.faults).toMatchObject([
      [{ message: 'do not touch' }, 'an observer of fallback'],
      [{ message: 'do not touch' }, 'the key of a last known good answer'],
    ]);
  });

  it('keeps the answers of two operations apart, and of two applications', async () => {
    const shared = lastKnownGood();
    const [one, other] = [fixture({}, shared), fixture({}, shared)];
    await one.well('fine', 'X');
    await expect(one.call(['X'], () => Promise.reject(failure), 'Rates.get')).rejects.toBe(failure);
    await expect(other.ill('X')).rejects.toBe(failure);
    await expect(one.ill('X')).resolves.toBe('fine');
  });

  it('sees what a call gave in the end, not its tries', async () => {
    const { scope, policy, clock } = fixture();
    const retry = new RetryPolicy('', { ...RETRY_DEFAULTS, retryOnResult: (value) => value === 'bad' }, scope);
    const answers: unknown[] = ['bad', 'good'];
    const execute = (work: () => unknown) => compose(policy, retry).execute(work, { args: ['X'] });
    const first = execute(() => answers.shift());
    await clock.advance(1_000);
    await first;
    const second = execute(() => Promise.reject(failure));
    await clock.advance(10_000);
    expect(await second).toBe('good');
  });

  it('is known by what it observes', () => {
    expect(isObservingFallback(lastKnownGood())).toBe(true);
    for (const other of [() => 'spare', { observe: () => {} }, undefined, null, 'lastKnownGood']) {
      expect(isObservingFallback(other)).toBe(false);
    }
  });
});

describe('the key of arguments', () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);

  it.each<[string, unknown[], unknown[]]>([
    ['the order of keys', [{ a: 1, b: 2 }], [{ b: 2, a: 1 }]],
    ['a missing last argument', ['X', undefined], ['X']],
    ['missing last arguments', ['X', 'Y', undefined, undefined], ['X', 'Y']],
    ['an undefined property', [{ a: 1, b: undefined }], [{ a: 1 }]],
    ['a signal', ['X', new AbortController().signal], ['X']],
    ['a signal among options', ['X', { signal: new AbortController().signal }], ['X', {}]],
    ['the sign of zero', [0], [-0]],
    ['the prototype of a plain object', [Object.assign(Object.create(null), { a: 1 })], [{ a: 1 }]],
    ['which of two equal dates', [new Date(5)], [new Date(5)]],
  ])('does not depend on %s', (_, one, other) => {
    expect(keyOfArguments(one)).toBeDefined();
    expect(keyOfArguments(one)).toBe(keyOfArguments(other));
  });

  it('differs for all these', () => {
    const many: unknown[][] = [
      [], ['1'], [1], [1n], ['1n'], [null], ['null'], [undefined, 1], [true], ['true'], [Number.NaN], ['NaN'], [Infinity],
      [[]], [{}], [[1, 2]], [[12]], [1, 2], [12], [[1], 2], ['1,2'], ['1', '2'], [{ a: 1 }], [{ a: '1' }], [['a', 1]], [{ a: { b: 1 } }],
      [new Date(5)], ['@5'], [new Date(6)], [{ a: [] }], [{ a: {} }], ['"'], ['\\"'], ['['], [['[']], [[undefined]], [[null]],
      [{ __proto__: null, a: 2 }], [JSON.parse('{"__proto__":1}')], [{ '"a":1,"b"': 2 }], [{ a: 1, b: 2 }],
    ]; // prettier-ignore
    expect(new Set(many.map((args) => keyOfArguments(args))).size).toBe(many.length);
    expect(many.map((args) => keyOfArguments(args))).not.toContain(undefined);
  });

  it.each<[string, unknown]>([
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a Map', new Map()],
    ['a Set', new Set([1])],
    ['an object of a class', new (class User {})()],
    ['an error', new Error('x')],
    ['a buffer', Buffer.from('x')],
    ['a promise', Promise.resolve()],
    ['a cycle', cyclic],
    ['a symbol as a key', { [Symbol('x')]: 1 }],
    ['a function inside', { a: [{ toJSON: () => 'x' }] }],
    ['a getter that throws', { get a() { return throwing(); } }], // prettier-ignore
    ['a proxy that throws', new Proxy({}, { ownKeys: throwing })],
    ['a long text', 'x'.repeat(5_000)],
    ['many short texts', Array(3_000).fill('x')],
    ['a long list', Array(1e6)],
    ['a wide tree', Array(50).fill(Array(50).fill([1, 2]))],
    ['a deep list', JSON.parse('['.repeat(100) + ']'.repeat(100))],
    ['many properties that say nothing', empty(4_096)],
  ])('is none for %s', (_, arg) => {
    expect(keyOfArguments(['X', arg])).toBeUndefined();
  });

  it.each<[string, (size: number) => unknown, number]>([
    ['4,096 characters long', (size) => 'x'.repeat(size - 2), 4_096],
    ['of 4,096 values', (size) => empty(size - 1), 4_096],
    ['of lists 16 deep in a list', (size) => JSON.parse('['.repeat(size + 1) + ']'.repeat(size + 1)), 16],
  ])('is at most %s', (_, make, limit) => {
    expect(keyOfArguments([make(limit)])).toBeDefined();
    expect(keyOfArguments([make(limit + 1)])).toBeUndefined();
  });
});
