import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, it } from '@jest/globals';

import {
  CIRCUIT_BREAKER_DEFAULTS,
  CircuitBreakerPolicy,
  Scope,
  TimeoutPolicy,
  compose,
} from '../../../lib/engine/index.js';
import { Deferred, promiseOf } from '../../../lib/engine/promises.js';
import { ManualClock } from '../../../lib/testing/index.js';

describe('what a method returned', () => {
  it('is a promise as it stands, where only the platform speaks for it', () => {
    const promise = Promise.resolve(1);
    expect(promiseOf(promise)).toBe(promise);
  });

  it.each([
    ['a subclass', () => new (class extends Promise<string> {})((resolve) => resolve('fine'))],
    ['one with a then of its own', () => Object.assign(Promise.resolve('no'), { then: (ok: (v: string) => void) => ok('fine') })],
    ['one of another constructor', () => Object.assign(Promise.resolve('fine'), { constructor: class {} })],
    ['a thenable', () => ({ then: (ok: (value: string) => void) => ok('fine') })],
    ['a function that is one', () => Object.assign(() => 0, { then: (ok: (value: string) => void) => ok('fine') })],
    ['one that inherits it', () => Object.create({ then: (ok: (value: string) => void) => ok('fine') }) as object],
  ])('is followed as a promise of the platform where it is %s', async (_, make) => {
    const returned = make();
    const promise = promiseOf(returned);
    expect(promise).not.toBe(returned);
    expect(Object.getPrototypeOf(promise)).toBe(Promise.prototype);
    await expect(promise).resolves.toBe('fine');
  }); // prettier-ignore

  it.each([undefined, null, 0, '', 'then', 5n, Symbol('then'), {}, [], () => 0])('is a value already: %p', (value) => {
    expect(promiseOf(value)).toBeUndefined();
  });

  it('is a value where a primitive has a then by its prototype', () => {
    Object.defineProperty(Number.prototype, 'then', { value: () => undefined, configurable: true });
    try {
      expect(promiseOf(5)).toBeUndefined();
    } finally {
      Reflect.deleteProperty(Number.prototype, 'then');
    }
  });
});

describe('a promise that is interrupted', () => {
  it.each([
    ['resolved', (deferred: Deferred) => deferred.resolve('fine'), { status: 'fulfilled', value: 'fine' }],
    ['rejected', (deferred: Deferred) => deferred.reject('down'), { status: 'rejected', reason: 'down' }],
  ])('may be %s before, meanwhile and afterwards; the first word counts', async (_, settle, expected) => {
    const settled = async (deferred: Deferred) => (await Promise.allSettled([deferred.promise]))[0];
    const plain = new Deferred();
    settle(plain);
    plain.resolve('late');
    expect(await settled(plain)).toEqual(expected);

    const meanwhile = new Deferred();
    meanwhile.interrupt(() => undefined);
    settle(meanwhile);
    meanwhile.resolve('late');
    meanwhile.reject('late');
    expect(await settled(meanwhile)).toEqual(expected);

    const within = new Deferred();
    within.interrupt(() => settle(within));
    expect(await settled(within)).toEqual(expected);
  });

  it('runs every task, in order, in the context in which it was made, and not at once', async () => {
    const storage = new AsyncLocalStorage<string>();
    const ran: string[] = [];
    const deferred = storage.run('own', () => new Deferred());
    storage.run('timer', () => {
      for (const name of ['first', 'second']) deferred.interrupt(() => ran.push(`${name} in ${storage.getStore()}`));
    });
    expect(ran).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ran).toEqual(['first in own', 'second in own']);
    storage.run('timer', () => deferred.interrupt(() => ran.push(`third in ${storage.getStore()}`)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(ran).toEqual(['first in own', 'second in own', 'third in own']);
    deferred.resolve('fine');
    expect(await deferred.promise).toBe('fine');
  });
});

describe('a pipeline that has served many calls', () => {
  it('serves as many at once again, each with its own answer', async () => {
    const clock = new ManualClock();
    const scope = new Scope({ clock });
    const breaker = new CircuitBreakerPolicy('payments', CIRCUIT_BREAKER_DEFAULTS, scope);
    const pipeline = compose(breaker, new TimeoutPolicy('', { enabled: true, duration: 1_000 }, scope));
    const error = new Error('at once');
    for (let round = 0; round < 2; round++) {
      const calls = Array.from({ length: 1_100 }, (_, n) => pipeline.execute(() => Promise.resolve(n)));
      expect(await Promise.all(calls)).toEqual(Array.from({ length: 1_100 }, (_, n) => n));
      const { signal } = new AbortController();
      await expect(pipeline.execute(() => 'at once', { signal })).resolves.toBe('at once');
      const throws = (): never => {
        throw error;
      };
      await expect(pipeline.execute(throws, { signal })).rejects.toBe(error);
      await expect(pipeline.execute(throws)).rejects.toBe(error);
      const late = pipeline.execute(() => new Promise(() => {})).catch((reason: unknown) => reason);
      await clock.advance(1_000);
      expect(await late).toMatchObject({ code: 'ERR_CALL_TIMEOUT' });
    }
    expect(scope.active).toBe(0);
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, totals: { calls: 2_208, stale: 0 } });
  });
});
