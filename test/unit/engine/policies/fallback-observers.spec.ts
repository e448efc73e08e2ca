import { describe, expect, it } from '@jest/globals';
import { FallbackPolicy, Scope, compose } from 'nest-circuit-breaker/engine';
import type { ErrorMatcher, FallbackHandler } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { settledOf, turn } from '../../../fixtures/breaker.js';
import { Watch } from '../../../fixtures/watch.js';

function fixture(handlers: FallbackHandler[], on: ErrorMatcher[] = []) {
  const faults: string[] = [];
  const scope = new Scope({ clock: new ManualClock(), onFault: (_, where) => void faults.push(where) });
  return { scope, faults, fallback: new FallbackPolicy('', { handlers, on }, scope), watch: new Watch('', scope) };
}

const failure = new Error('no');
const fails = (): Promise<never> => Promise.reject(failure);

async function* rows(...items: unknown[]): AsyncGenerator<unknown> {
  for (const item of items) {
    if (item instanceof Error) throw item;
    yield await Promise.resolve(item);
  }
}

async function collect(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const heard: unknown[] = [];
  try {
    for await (const item of items) heard.push(item);
  } catch (error) {
    heard.push(error);
  }
  return heard;
}

describe('a fallback that observes', () => {
  const observing = () => {
    const seen: unknown[] = [];
    const handler: FallbackHandler = Object.assign(() => 'spare', {
      observe: (value: unknown) => void seen.push(value),
    });
    return { seen, handler };
  };

  it('sees what a call gave, beside others that don’t', async () => {
    const { seen, handler } = observing();
    const { fallback, faults } = fixture([() => 'first', handler, () => 'last']);
    expect(await fallback.execute(() => Promise.resolve('fine'))).toBe('fine');
    expect([seen, faults]).toEqual([['fine'], []]);
  });

  it('sees nothing of a stream, its own or one that stands in', async () => {
    const { seen, handler } = observing();
    const { fallback, faults } = fixture([handler]);
    expect(await collect(fallback.iterate(() => rows(1, 2)))).toEqual([1, 2]);
    expect(await collect(fallback.iterate(() => rows(failure)))).toEqual(['spare']);
    expect([seen, faults]).toEqual([[], []]);
  });

  it('is reported without a name where the policy has none', async () => {
    const handler: FallbackHandler = Object.assign(() => 'spare', {
      observe: () => {
        throw new TypeError('a bug');
      },
    });
    const { fallback, faults } = fixture([handler]);
    expect(await fallback.execute(() => 'fine')).toBe('fine');
    expect(faults).toEqual(['an observer of fallback']);
  });
});

describe('a stream that stands in for another', () => {
  it('fails as it is once an item of it has passed', async () => {
    const late = new Error('late');
    let asked = 0;
    const { fallback } = fixture([() => rows(7, late), () => ++asked]);
    expect(await collect(fallback.iterate(() => rows(failure)))).toEqual([7, late]);
    expect([asked, late.cause]).toEqual([0, failure]);
  });
});

describe('a call that the predicate of its fallback aborts', () => {
  it.each([true, false])('has ended with that, whatever the predicate answers: %p', async (answer) => {
    const controller = new AbortController();
    const predicate = (): boolean => {
      controller.abort('stop');
      return answer;
    };
    const { scope, fallback, watch } = fixture([() => 'spare'], [predicate]);
    const call = settledOf(compose(watch, fallback).execute(fails, { signal: controller.signal }));
    expect(await call).toEqual({ ok: false, error: 'stop' });
    await turn();
    expect([watch.heard, scope.active]).toEqual([['ended'], 0]);
  });
});
