import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, it } from '@jest/globals';

import {
  BULKHEAD_DEFAULTS,
  BulkheadPolicy,
  CIRCUIT_BREAKER_DEFAULTS,
  CircuitBreakerPolicy,
  FallbackPolicy,
  HedgePolicy,
  RETRY_DEFAULTS,
  RetryPolicy,
  Scope,
  TimeoutPolicy,
  compose,
} from '../../../lib/engine/index.js';
import type { FallbackHandler } from '../../../lib/engine/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

function fixture() {
  const clock = new ManualClock();
  const scope = new Scope({ clock, random: () => 0 });
  return {
    clock,
    scope,
    breaker: new CircuitBreakerPolicy('rows', CIRCUIT_BREAKER_DEFAULTS, scope),
    retry: new RetryPolicy('', { ...RETRY_DEFAULTS, jitter: 'none', delay: 100 }, scope),
    timeout: new TimeoutPolicy('', { enabled: true, duration: 1_000 }, scope),
    bulkhead: new BulkheadPolicy('', { ...BULKHEAD_DEFAULTS, maxConcurrent: 1, maxQueue: 1 }, scope),
    hedge: new HedgePolicy('', { enabled: true, delay: 50, maxAttempts: 2 }, scope),
    fallback: (...handlers: FallbackHandler[]) => new FallbackPolicy('', { handlers, on: [] }, scope),
  };
}

const totals = (breaker: CircuitBreakerPolicy) => breaker.snapshot().totals;
const never = (): Promise<never> => new Promise(() => {});

async function collect(rows: AsyncIterable<unknown>): Promise<unknown[]> {
  const heard: unknown[] = [];
  try {
    for await (const row of rows) heard.push(row);
    heard.push('end');
  } catch (error) {
    heard.push(['error', error]);
  }
  return heard;
}

/** The attempts of a source: each gives its items and then throws, unless its list ends well. */
function attempts(...lists: readonly (readonly unknown[])[]) {
  const signals: AbortSignal[] = [];
  const source = async function* ({ signal }: { signal: AbortSignal }): AsyncGenerator<unknown> {
    const list = lists[signals.length] ?? [];
    signals.push(signal);
    for (const item of list) {
      if (item instanceof Error) throw item;
      yield item;
    }
  };
  return { source, signals };
}

const down = new Error('down');

describe('a retry on a stream', () => {
  it('[C50] starts over until the first item, and passes the breaker each time', async () => {
    const { retry, breaker, clock } = fixture();
    const { source, signals } = attempts([down], [down], [1, 2]);
    const heard = collect(compose(retry, breaker).iterate(source));
    await clock.advance(1_000);
    expect(await heard).toEqual([1, 2, 'end']);
    expect(signals).toHaveLength(3);
    expect(totals(breaker)).toMatchObject({ calls: 3, failures: 2, successes: 1 });
  });

  it('hands on the error as it is once an item has passed', async () => {
    const { retry, breaker, clock } = fixture();
    const broken = new Error('broken');
    const { source, signals } = attempts([1, broken], [2]);
    const heard = collect(compose(retry, breaker).iterate(source));
    await clock.advance(1_000);
    expect(await heard).toEqual([1, ['error', broken]]);
    expect(signals).toHaveLength(1);
    expect(broken.cause).toBeUndefined();
  });

  it('ends with the last error, and its stream holds nothing then', async () => {
    const { retry, breaker, scope, clock } = fixture();
    const { source, signals } = attempts([down], [down], [down], [1]);
    const heard = collect(compose(retry, breaker).iterate(source));
    await clock.advance(1_000);
    expect(await heard).toEqual([['error', down]]);
    expect([signals.length, scope.active, scope.waiters.size]).toEqual([3, 0, 0]);
  });

  it('starts over on a chain of its own where an attempt was timed out and still runs', async () => {
    const { retry, breaker, timeout, clock } = fixture();
    const signals: AbortSignal[] = [];
    const heard = collect(
      compose(retry, breaker, timeout).iterate(async function* ({ signal }) {
        signals.push(signal);
        if (signals.length === 1) await never();
        yield signals.length;
      }),
    );
    await clock.advance(2_000);
    expect(await heard).toEqual([2, 'end']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(totals(breaker)).toMatchObject({ calls: 2, timeouts: 1, failures: 1, successes: 1 });
  });

  it('stops waiting when the iteration is left', async () => {
    const { retry, clock, scope } = fixture();
    const { source, signals } = attempts([down], [1]);
    const rows = retry.iterate(source);
    const waiting = rows.next();
    await clock.advance(50);
    await rows.return(undefined);
    expect(await waiting).toEqual({ done: true, value: undefined });
    await clock.advance(1_000);
    expect([signals.length, scope.active, scope.waiters.size, clock.pending]).toEqual([1, 0, 0, 0]);
  });

  it('hears nothing more of an attempt that it gave up, even where the same chain serves the next', async () => {
    const { retry, fallback, breaker, timeout, clock } = fixture();
    const vain = fallback(() => new Promise((_, reject) => void clock.schedule(10, () => reject(down))));
    const answers: ((row: string) => void)[] = [];
    const rows = compose(retry, vain, breaker, timeout).iterate(() => ({
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise<IteratorResult<string>>((resolve) => answers.push((value) => resolve({ done: false, value }))),
        return: () => Promise.resolve({ done: true, value: undefined }),
      }),
    }));
    const first = rows.next();
    await clock.advance(1_110);
    answers[0]?.('of the first');
    await clock.advance(0);
    answers[1]?.('of the second');
    expect(await first).toEqual({ done: false, value: 'of the second' });
    await rows.return(undefined);
    expect(totals(breaker)).toMatchObject({ calls: 2, failures: 1, ignored: 1 });
  });

  it('answers who leaves between two attempts at once, whatever the attempt before still does', async () => {
    const { retry, timeout, clock } = fixture();
    const rows = compose(retry, timeout).iterate(async function* () {
      yield await never();
    });
    const waiting = rows.next();
    await clock.advance(1_050);
    expect(await rows.return('left')).toEqual({ done: true, value: 'left' });
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it('[C80] goes on in the context of the iteration', async () => {
    const { retry, clock } = fixture();
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const run = (name: string) =>
      storage.run(name, () =>
        collect(
          retry.iterate(async function* ({ attempt }) {
            seen.push([name, attempt, storage.getStore()]);
            if (attempt === 1) throw down;
            yield 1;
          }),
        ),
      );
    const both = [run('a'), run('b')];
    await clock.advance(1_000);
    await Promise.all(both);
    expect(seen.map((line) => (line as unknown[])[0] === (line as unknown[])[2])).toEqual([true, true, true, true]);
  });
});

describe('a fallback on a stream', () => {
  it('answers with one item where it gives a value, a list or a promise of one', async () => {
    const { fallback, breaker } = fixture();
    for (const [handler, item] of [
      [() => 'cached', 'cached'],
      [() => [1, 2], [1, 2]],
      [() => Promise.resolve('cached'), 'cached'],
      [() => undefined, undefined],
    ] as const) {
      const heard = await collect(compose(fallback(handler), breaker).iterate(attempts([down]).source));
      expect(heard).toEqual([item, 'end']);
    }
    expect(totals(breaker)).toMatchObject({ calls: 4, failures: 4 });
  });

  it('splices in the items of an AsyncIterable, given or promised', async () => {
    const { fallback, breaker } = fixture();
    const other = () => attempts([7, 8]).source({ signal: new AbortController().signal });
    for (const handler of [other, async () => other()]) {
      const heard = await collect(compose(fallback(handler), breaker).iterate(attempts([down]).source));
      expect(heard).toEqual([7, 8, 'end']);
    }
  });

  it('serves only until the first item: later errors reach the consumer as they are', async () => {
    const { fallback, breaker } = fixture();
    const late = new Error('late');
    const heard = await collect(compose(fallback(() => 'cached'), breaker).iterate(attempts([1, late]).source)); // prettier-ignore
    expect(heard).toEqual([1, ['error', late]]);
    expect(late.cause).toBeUndefined();
  });

  it('[C42] that throws, or whose stream fails at once, gives way to the next, and then to its error', async () => {
    const { fallback, breaker } = fixture();
    const first = new Error('first');
    const second = new Error('second');
    const failing = () => attempts([second]).source({ signal: new AbortController().signal });
    const saved = compose(
      fallback(failing, () => 'cached'),
      breaker,
    );
    expect(await collect(saved.iterate(attempts([first]).source))).toEqual(['cached', 'end']);
    const lost = compose(fallback(failing), breaker);
    expect(await collect(lost.iterate(attempts([first]).source))).toEqual([['error', second]]);
    expect(second.cause).toBe(first);
  });

  it('is pulled from, and left, like the stream it stands in for', async () => {
    const { fallback, breaker, timeout } = fixture();
    const log: unknown[] = [];
    const other = async function* (): AsyncGenerator<unknown> {
      try {
        for (let i = 1; ; i++) {
          log.push(`made ${i}`);
          yield i;
        }
      } finally {
        log.push('left');
      }
    };
    const rows = compose(timeout, fallback(other), breaker).iterate(attempts([down]).source);
    expect(await rows.next()).toEqual({ done: false, value: 1 });
    expect(await rows.next()).toEqual({ done: false, value: 2 });
    expect(log).toEqual(['made 1', 'made 2']);
    await rows.return(undefined);
    expect(log).toEqual(['made 1', 'made 2', 'left']);
  });

  it('answers for an open circuit too', async () => {
    const { fallback, breaker } = fixture();
    breaker.isolate();
    expect(await collect(compose(fallback(() => 'cached'), breaker).iterate(attempts([1]).source))).toEqual(['cached', 'end']); // prettier-ignore
  });
});

describe('a bulkhead on a stream', () => {
  it('holds its place until the stream ends, and lets the next one in', async () => {
    const { bulkhead } = fixture();
    const first = bulkhead.iterate(attempts([1, 2]).source);
    await first.next();
    const queued = collect(bulkhead.iterate(attempts(['queued']).source));
    await first.next();
    expect([bulkhead.running, bulkhead.queued]).toEqual([1, 1]);
    await expect(bulkhead.iterate(attempts([3]).source).next()).rejects.toMatchObject({ code: 'ERR_BULKHEAD_FULL' });
    await first.next();
    expect(await queued).toEqual(['queued', 'end']);
    expect([bulkhead.running, bulkhead.queued]).toEqual([0, 0]);
  });

  it('gives its place back when the stream is left, once the generator has cleaned up', async () => {
    const { bulkhead, clock } = fixture();
    let cleanUp = (): void => {};
    const rows = bulkhead.iterate(async function* () {
      try {
        yield 1;
      } finally {
        await new Promise<void>((resolve) => (cleanUp = resolve));
      }
    });
    await rows.next();
    const left = rows.return(undefined);
    await clock.advance(0);
    expect(bulkhead.running).toBe(1);
    cleanUp();
    await left;
    expect(bulkhead.running).toBe(0);
  });

  it('[C46] keeps the place of a source that outlives its time-out', async () => {
    const { bulkhead, timeout, clock } = fixture();
    let finish = (): void => {};
    const rows = compose(timeout, bulkhead).iterate(async function* () {
      await new Promise<void>((resolve) => (finish = resolve));
      yield 1;
    });
    const outcome = rows.next().catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await outcome).toMatchObject({ code: 'ERR_CALL_TIMEOUT' });
    expect(bulkhead.running).toBe(1);
    finish();
    await clock.advance(0);
    expect(bulkhead.running).toBe(0);
  });

  it('keeps the place of an iterator without a return() until its last step is over', async () => {
    const { bulkhead, clock } = fixture();
    let finish = (): void => {};
    const next = () =>
      new Promise<IteratorResult<number>>((resolve) => (finish = () => resolve({ done: false, value: 1 })));
    const rows = bulkhead.iterate(() => ({ [Symbol.asyncIterator]: () => ({ next }) }));
    void rows.next();
    await rows.return(undefined);
    expect(bulkhead.running).toBe(1);
    finish();
    await clock.advance(0);
    expect(bulkhead.running).toBe(0);
  });

  it('forgets a stream that is left while it waits for a place', async () => {
    const { bulkhead, scope } = fixture();
    const first = bulkhead.iterate(attempts([1]).source);
    await first.next();
    const { source, signals } = attempts([2]);
    const second = bulkhead.iterate(source);
    const waiting = second.next();
    await second.return(undefined);
    expect(await waiting).toEqual({ done: true, value: undefined });
    await first.return(undefined);
    expect([bulkhead.running, bulkhead.queued, signals.length, scope.active]).toEqual([0, 0, 0, 0]);
  });
});

describe('a hedge on a stream', () => {
  it('takes the stream whose first item comes first, and leaves the other', async () => {
    const { hedge, breaker, clock } = fixture();
    const signals: AbortSignal[] = [];
    const heard = collect(
      compose(hedge, breaker).iterate(async function* ({ signal }) {
        const attempt = signals.push(signal);
        if (attempt === 1) await never();
        yield `${attempt}: first`;
        yield `${attempt}: second`;
      }),
    );
    await clock.advance(50);
    expect(await heard).toEqual(['2: first', '2: second', 'end']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(totals(breaker)).toMatchObject({ calls: 2, successes: 1, ignored: 1 });
  });

  it('starts nothing more once an item has passed', async () => {
    const { hedge, clock } = fixture();
    const { source, signals } = attempts([1, 2, 3]);
    const rows = hedge.iterate(source);
    await rows.next();
    await clock.advance(1_000);
    await rows.return(undefined);
    expect(signals).toHaveLength(1);
  });
});

describe('all of them around one stream', () => {
  it('end together: each is left with nothing', async () => {
    const { fallback, retry, breaker, bulkhead, hedge, timeout, clock, scope } = fixture();
    const stack = compose(fallback(() => 'cached'), retry, breaker, bulkhead, hedge, timeout); // prettier-ignore
    for (const lists of [[[1, 2]], [[down], [3]], [[down], [down], [down]], [[4, down]], [[]]]) {
      const heard = collect(stack.iterate(attempts(...lists).source));
      await clock.advance(5_000);
      expect((await heard).length).toBeGreaterThan(0);
    }
    const left = stack.iterate(attempts([1, 2]).source);
    await left.next();
    await left.return(undefined);
    expect([scope.active, scope.waiters.size, scope.abortable.size, bulkhead.running]).toEqual([0, 0, 0, 0]);
    expect(breaker.snapshot().inFlight).toBe(0);
  });
});
