import { describe, expect, it } from '@jest/globals';

import { visibleArguments } from '../../../../lib/engine/index.js';

/* oxlint-disable no-unused-vars, prefer-rest-params, no-eval */
class Service {
  cached(_item: string) {
    return 1;
  }
  async *rows(_a: number, _b: number) {
    yield 1;
  }
}

describe('the arguments that a function can see', () => {
  it.each([
    [0, () => 1],
    [0, async () => 1],
    [1, (error: unknown) => error],
    [2, (a: unknown, b: unknown) => [a, b]],
    [1, ({ code }: { code: string }) => code],
    [1, Service.prototype.cached],
    [2, Service.prototype.rows],
    [0, () => [...'spread'].map((letter = 'x') => letter)],
  ])('are its parameters: %i', (count, fn) => {
    expect(visibleArguments(fn as never)).toBe(count);
  });

  it.each([
    ['rest parameters', (...all: unknown[]) => all],
    ['rest after others', (_a: unknown, ...all: unknown[]) => all],
    ['a default', (a = 1) => a],
    ['a default within a pattern', ({ a = 1 }) => a],
    [
      'its arguments',
      function (this: unknown) {
        return arguments;
      },
    ],
    ['eval', () => eval('1')],
    ['a comment among its parameters', new Function('a /* ) */, b = 2', 'return b')],
    ['no source of its own', ((a: unknown) => a).bind(null)],
    ['a built-in’s', Math.max],
    ['a proxy’s', new Proxy((a: unknown) => a, {})],
  ])('may be any number with %s', (_what, fn) => {
    expect(visibleArguments(fn as never)).toBe(Infinity);
  });
});
