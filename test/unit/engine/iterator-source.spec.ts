import { describe, expect, it } from '@jest/globals';

import { CIRCUIT_BREAKER_DEFAULTS, CircuitBreakerPolicy, Scope, isAsyncIterable } from '../../../lib/engine/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

const breaker = () =>
  new CircuitBreakerPolicy('rows', CIRCUIT_BREAKER_DEFAULTS, new Scope({ clock: new ManualClock() }));
const answering = (answer: unknown) => ({ [Symbol.asyncIterator]: () => ({ next: () => answer }) }) as never;

describe('an iterator', () => {
  it.each([null, undefined, 7, 'done', () => ({ done: true })])(
    'has to answer with an object: %p is a failure that says so',
    async (answer) => {
      for (const given of [answer, Promise.resolve(answer)]) {
        const rows = breaker().iterate(() => answering(given));
        await expect(rows.next()).rejects.toThrow(new TypeError('an iterator has to answer with an object'));
      }
    },
  );

  it('may say that it is done with anything that is true, and may answer at once', async () => {
    const rows = (answer: object) =>
      breaker()
        .iterate(() => answering(answer))
        .next();
    expect(await rows({ done: 1, value: 'end' })).toEqual({ done: true, value: 'end' });
    expect(await rows({ done: 0, value: 'item' })).toEqual({ done: false, value: 'item' });
    expect(await rows({ value: 'item' })).toEqual({ done: false, value: 'item' });
  });

  it('gets what is thrown into the iteration, where it takes it', async () => {
    const thrown: unknown[] = [];
    const iterator = {
      next: () => Promise.resolve({ done: false, value: 1 }),
      throw: (...args: unknown[]) => {
        thrown.push(args);
        return Promise.resolve({ done: false, value: 'taken' });
      },
    };
    const rows = breaker().iterate(() => ({ [Symbol.asyncIterator]: () => iterator }) as never);
    await rows.next();
    expect(await rows.throw('mine')).toEqual({ done: false, value: 'taken' });
    expect(thrown).toEqual([['mine']]);
  });
});

describe('an AsyncIterable', () => {
  it('is an object or a function with the method, and nothing else', () => {
    const method = { [Symbol.asyncIterator]: () => undefined };
    expect([method, Object.assign(() => undefined, method)].map(isAsyncIterable)).toEqual([true, true]);
    const others = [null, undefined, 'text', 5, [], {}, { [Symbol.asyncIterator]: 5 }, () => undefined];
    expect(others.map(isAsyncIterable)).toEqual(others.map(() => false));
  });

  it('is not asked of a primitive, whatever its prototype says', () => {
    Object.defineProperty(Number.prototype, Symbol.asyncIterator, { value: () => undefined, configurable: true });
    try {
      expect(isAsyncIterable(5)).toBe(false);
    } finally {
      Reflect.deleteProperty(Number.prototype, Symbol.asyncIterator);
    }
  });
});
