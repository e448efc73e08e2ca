import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, it } from '@jest/globals';

import {
  CIRCUIT_BREAKER_DEFAULTS,
  CircuitBreakerPolicy,
  Scope,
  TimeoutPolicy,
  compose,
} from '../../../lib/engine/index.js';
import type { CircuitBreakerOptions } from '../../../lib/engine/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

function fixture(options: Partial<CircuitBreakerOptions> = {}) {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const breaker = new CircuitBreakerPolicy('rows', { ...CIRCUIT_BREAKER_DEFAULTS, ...options }, scope);
  const timeout = new TimeoutPolicy('', { enabled: true, duration: 1_000 }, scope);
  return { clock, scope, breaker, timeout };
}

const totals = (breaker: CircuitBreakerPolicy) => breaker.snapshot().totals;

async function* upTo(n: number): AsyncGenerator<number, string, unknown> {
  for (let i = 1; i <= n; i++) yield i;
  return 'end';
}

/** A source by hand: `next()` hangs until it is told what to answer. */
class Pulled implements AsyncIterableIterator<number> {
  pulls: (readonly unknown[])[] = [];
  returns: (readonly unknown[])[] = [];
  private waiting: ((result: IteratorResult<number>) => void)[] = [];
  private failing: ((error: unknown) => void)[] = [];

  next(...args: unknown[]): Promise<IteratorResult<number>> {
    this.pulls.push(args);
    return new Promise((resolve, reject) => {
      this.waiting.push(resolve);
      this.failing.push(reject);
    });
  }

  return(...args: unknown[]): Promise<IteratorResult<number>> {
    this.returns.push(args);
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  give(value: number): void {
    this.waiting.shift()?.({ done: false, value });
    this.failing.shift();
  }

  fail(error: unknown): void {
    this.failing.shift()?.(error);
    this.waiting.shift();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a guarded iteration', () => {
  it('hands on every item in order, and is one success', async () => {
    const { breaker } = fixture();
    const seen: number[] = [];
    for await (const row of breaker.iterate(() => upTo(3))) seen.push(row);
    expect(seen).toEqual([1, 2, 3]);
    expect(totals(breaker)).toMatchObject({ calls: 1, successes: 1, ignored: 0 });
    expect(breaker.snapshot().inFlight).toBe(0);
  });

  it('ends with what the generator returned, and stays ended', async () => {
    const { breaker } = fixture();
    const rows = breaker.iterate(() => upTo(1));
    expect(await rows.next()).toEqual({ done: false, value: 1 });
    expect(await rows.next()).toEqual({ done: true, value: 'end' });
    expect(await rows.next()).toEqual({ done: true, value: undefined });
    expect(totals(breaker)).toMatchObject({ calls: 1, successes: 1 });
  });

  it('rejects with the very error of the source, counts it once, and is over then', async () => {
    const { breaker } = fixture();
    const error = Object.freeze(new Error('down'));
    const rows = breaker.iterate(async function* () {
      yield 1;
      throw error;
    });
    await rows.next();
    await expect(rows.next()).rejects.toBe(error);
    expect(await rows.next()).toEqual({ done: true, value: undefined });
    expect(totals(breaker)).toMatchObject({ calls: 1, failures: 1, successes: 0 });
  });

  it.each([
    ['a source that throws', (): AsyncIterable<number> => { throw new RangeError('no'); }, RangeError],
    ['an answer that is no AsyncIterable', (): AsyncIterable<number> => [1] as never, TypeError],
    ['no answer', (): AsyncIterable<number> => undefined as never, TypeError],
    ['a next() that throws', () => ({ [Symbol.asyncIterator]: () => ({ next: () => { throw new RangeError('no'); } }) }), RangeError],
    ['a next() that answers with no object', () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(7 as never) }) }), TypeError],
    ['a result whose getter throws', () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ get done(): boolean { throw new RangeError('no'); }, value: 1 } as never) }) }), RangeError],
  ])('[C28] counts %s as a failure, and rejects with it', async (_what, source, type) => {
    const { breaker } = fixture();
    await expect(breaker.iterate(source as () => AsyncIterable<number>).next()).rejects.toBeInstanceOf(type);
    expect(totals(breaker)).toMatchObject({ calls: 1, failures: 1 });
    expect(breaker.snapshot().inFlight).toBe(0);
  }); // prettier-ignore

  it('says so where there is nothing to iterate', async () => {
    const { breaker } = fixture();
    await expect(breaker.iterate(() => ({}) as never).next()).rejects.toThrow('expected an AsyncIterable to guard');
  });

  it('[C35] is admitted at the first pull, and not before', async () => {
    const { breaker, scope } = fixture();
    let opened = 0;
    const rows = breaker.iterate(() => (opened++, upTo(2)));
    breaker.isolate();
    expect([opened, scope.active]).toEqual([0, 0]);
    await expect(rows.next()).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    expect(opened).toBe(0);
    expect(totals(breaker)).toMatchObject({ calls: 0, refused: 1 });
  });

  it('[C39] that never starts holds nothing, however it is left', async () => {
    const { breaker, scope } = fixture();
    let opened = 0;
    const make = () => breaker.iterate(() => (opened++, upTo(2)));
    make();
    const returned = make();
    expect(await returned.return('left')).toEqual({ done: true, value: 'left' });
    expect(await returned.next()).toEqual({ done: true, value: undefined });
    const thrown = make();
    await expect(thrown.throw(new Error('mine'))).rejects.toThrow('mine');
    expect(await thrown.next()).toEqual({ done: true, value: undefined });
    expect([opened, scope.active, scope.abortable.size]).toEqual([0, 0, 0]);
    expect(totals(breaker)).toMatchObject({ calls: 0, ignored: 0 });
  });

  it('[C39] that is left early is neutral, and its generator has cleaned up by then', async () => {
    const { breaker, scope } = fixture();
    const log: string[] = [];
    for await (const row of breaker.iterate(async function* ({ signal }) {
      try {
        yield 1;
        yield 2;
      } finally {
        await Promise.resolve();
        log.push(`cleaned up, ${signal.aborted ? 'aborted' : 'in peace'}`);
      }
    })) {
      if (row === 1) break;
    }
    log.push('after the loop');
    expect(log).toEqual(['cleaned up, in peace', 'after the loop']);
    expect(totals(breaker)).toMatchObject({ calls: 1, ignored: 1, successes: 0, failures: 0 });
    expect([scope.active, scope.abortable.size, breaker.snapshot().inFlight]).toEqual([0, 0, 0]);
  });

  it('[C39] gives a probe its permit back when it is left early', async () => {
    const { breaker, clock } = fixture({ failureThreshold: 1, halfOpenMaxCalls: 1, breakDuration: 100 });
    breaker.acquire().failure();
    await clock.advance(100);
    const probe = breaker.iterate(() => upTo(5));
    await probe.next();
    await expect(breaker.iterate(() => upTo(1)).next()).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    await probe.return('');
    expect(breaker.state).toBe('half_open');
    expect(await breaker.iterate(() => upTo(1)).next()).toMatchObject({ value: 1 });
  });

  it('passes the value of return() down and the answer up, also an error', async () => {
    const { breaker } = fixture();
    const source = new Pulled();
    const rows = breaker.iterate(() => source);
    const first = rows.next();
    source.give(1);
    await first;
    expect(await rows.return(7)).toEqual({ done: true, value: undefined });
    expect(source.returns).toEqual([[7]]);

    const unclean = breaker.iterate(async function* () {
      try {
        yield 1;
      } finally {
        await Promise.reject(new Error('unclean'));
      }
    });
    await unclean.next();
    await expect(unclean.return(undefined)).rejects.toThrow('unclean');
    expect(totals(breaker)).toMatchObject({ calls: 2, ignored: 2, failures: 0 });
  });

  it('that is left while it waits ends at once, interrupts the source and drops what it still says', async () => {
    const { breaker } = fixture();
    const source = new Pulled();
    let signal: AbortSignal | undefined;
    const rows = breaker.iterate((context) => {
      signal = context.signal;
      return source;
    });
    const waiting = rows.next();
    await rows.return(undefined);
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(signal).toMatchObject({ aborted: true, reason: { name: 'AbortError' } });
    source.fail(new Error('late'));
    await turn();
    expect(totals(breaker)).toMatchObject({ calls: 1, ignored: 1, failures: 0, stale: 0 });
  });

  it('passes throw() on: what the generator makes of it is its word', async () => {
    const { breaker } = fixture();
    const rows = breaker.iterate(async function* (): AsyncGenerator<string> {
      try {
        yield 'first';
      } catch (error) {
        yield `caught ${String(error)}`;
      }
    });
    await rows.next();
    expect(await rows.throw('mine')).toEqual({ done: false, value: 'caught mine' });
    expect(await rows.next()).toEqual({ done: true, value: undefined });
    expect(totals(breaker)).toMatchObject({ calls: 1, successes: 1 });
  });

  it('is neutral when nothing catches what its consumer threw in, with or without a throw() below', async () => {
    const { breaker } = fixture();
    const error = new Error('mine');
    const source = new Pulled();
    const generated = breaker.iterate(() => upTo(3));
    await generated.next();
    await expect(generated.throw(error)).rejects.toBe(error);
    const byHand = breaker.iterate(() => source);
    const first = byHand.next();
    source.give(1);
    await first;
    await expect(byHand.throw(error)).rejects.toBe(error);
    expect(source.returns).toHaveLength(1);
    expect(await byHand.next()).toEqual({ done: true, value: undefined });
    expect(totals(breaker)).toMatchObject({ calls: 2, ignored: 2, failures: 0 });
  });

  it('is a failure when the generator answers what was thrown in with an error of its own', async () => {
    const { breaker } = fixture();
    const rows = breaker.iterate(async function* () {
      try {
        yield 1;
      } catch {
        throw new Error('its own');
      }
    });
    await rows.next();
    await expect(rows.throw(new Error('mine'))).rejects.toThrow('its own');
    expect(totals(breaker)).toMatchObject({ failures: 1, ignored: 0 });
  });

  it('calls no return() on an iterator that has thrown, as a loop does not', async () => {
    const { breaker } = fixture();
    const source = new Pulled();
    const thrower = Object.assign(source, { throw: (error: unknown) => Promise.reject(error) });
    const rows = breaker.iterate(() => thrower);
    const first = rows.next();
    source.give(1);
    await first;
    const error = new Error('mine');
    await expect(rows.throw(error)).rejects.toBe(error);
    const failing = breaker.iterate(() => source);
    const second = failing.next();
    source.fail(error);
    await expect(second).rejects.toBe(error);
    await failing.return(undefined);
    expect(source.returns).toEqual([]);
    expect(totals(breaker)).toMatchObject({ calls: 2, ignored: 1, failures: 1 });
  });

  it('answers return() with what the iterator’s throws at once', async () => {
    const { breaker } = fixture();
    const source = new Pulled();
    source.return = () => {
      throw new Error('unclean');
    };
    const rows = breaker.iterate(() => source);
    const first = rows.next();
    source.give(1);
    await first;
    await expect(rows.return(undefined)).rejects.toThrow('unclean');
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, totals: { ignored: 1 } });
  });

  it('answers what was asked ahead of the end with the end', async () => {
    const { breaker } = fixture();
    const rows = breaker.iterate(() => upTo(1));
    const asked = await Promise.all([rows.next(), rows.next(), rows.next()]);
    expect(asked).toEqual([
      { done: false, value: 1 },
      { done: true, value: 'end' },
      { done: true, value: undefined },
    ]);
    const error = new Error('mine');
    const left = breaker.iterate(() => new Pulled());
    const waiting = [left.next(), left.throw(error).catch((reason: unknown) => reason)];
    await left.return(undefined);
    expect(await Promise.all(waiting)).toEqual([{ done: true, value: undefined }, error]);
  });

  it('opens nothing where the call is over before its source is made', async () => {
    const { breaker } = fixture();
    const controller = new AbortController();
    const source = new Pulled();
    let reason: unknown;
    const rows = breaker.iterate(
      ({ signal }) => {
        controller.abort('gone');
        ({ reason } = signal);
        return source;
      },
      { signal: controller.signal },
    );
    await expect(rows.next()).rejects.toBe('gone');
    expect(reason).toBe('gone');
    expect(source.pulls).toEqual([]);
    expect(totals(breaker)).toMatchObject({ calls: 1, ignored: 1 });
  });

  it('keeps back-pressure: one pull below for each above, in turn, and none ahead', async () => {
    const { breaker, timeout } = fixture();
    const source = new Pulled();
    const rows = compose(breaker, timeout).iterate(() => source);
    const asked = [rows.next(), rows.next('two'), rows.next()];
    await turn();
    expect(source.pulls).toEqual([[]]);
    source.give(1);
    expect(await asked[0]).toEqual({ done: false, value: 1 });
    expect(source.pulls).toEqual([[], ['two']]);
    source.give(2);
    expect(await asked[1]).toEqual({ done: false, value: 2 });
    source.give(3);
    expect(await asked[2]).toEqual({ done: false, value: 3 });
    await turn();
    expect(source.pulls).toHaveLength(3);
  });

  it('may be left with no return() below', async () => {
    const { breaker } = fixture();
    let signal: AbortSignal | undefined;
    const rows = breaker.iterate((context) => {
      signal = context.signal;
      return { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: false, value: 1 }) }) };
    });
    await rows.next();
    expect(await rows.return(undefined)).toEqual({ done: true, value: undefined });
    expect(signal?.aborted).toBe(true);
  });

  it('is its own iterator, for one loop, and disposes as a generator does', async () => {
    const { breaker } = fixture();
    const rows = breaker.iterate(() => upTo(2));
    expect(rows[Symbol.asyncIterator]()).toBe(rows);
    await rows.next();
    await rows[Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as never)]();
    expect(totals(breaker).ignored).toBe(1);
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });

  it('leaves its source with what it was left with itself, and with nothing where nothing was said', async () => {
    const { breaker } = fixture();
    const controller = new AbortController();
    const leave: ((rows: AsyncGenerator<number, unknown, unknown>) => unknown)[] = [
      (rows) => rows[Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as never)](),
      (rows) => rows.return(undefined),
      () => controller.abort('gone'),
    ];
    for (const [index, end] of leave.entries()) {
      const source = new Pulled();
      const rows = breaker.iterate(() => source, index === 2 ? { signal: controller.signal } : {});
      const first = rows.next();
      source.give(1);
      await first;
      await end(rows);
      expect(source.returns).toEqual([index === 1 ? [undefined] : []]);
    }
  });

  it('stays ended though its source, left while it works, fails with nothing', async () => {
    const { breaker } = fixture();
    const source = new Pulled();
    const rows = breaker.iterate(() => source);
    const waiting = rows.next();
    await rows.return(undefined);
    await waiting;
    source.fail(undefined);
    await turn();
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });

  it('answers every return(), however often and whenever it is called', async () => {
    const { breaker, scope } = fixture();
    const source = new Pulled();
    const rows = breaker.iterate(() => source);
    const first = rows.next();
    source.give(1);
    await first;
    const left = await Promise.all([rows.return(7), rows.return(8), rows.return(Promise.resolve(9))]);
    expect(left).toEqual([
      { done: true, value: undefined },
      { done: true, value: 8 },
      { done: true, value: 9 },
    ]);
    expect(source.returns).toEqual([[7]]);
    const ended = breaker.iterate(() => upTo(0));
    await ended.next();
    expect(await ended.return(5)).toEqual({ done: true, value: 5 });
    expect([scope.active, scope.abortable.size]).toEqual([0, 0]);
  });
});

describe('when a stream is judged by its first item', () => {
  it('[C37] counts a success there, and nothing that happens later', async () => {
    const { breaker, clock } = fixture({ settleOn: 'first' });
    const rows = breaker.iterate(async function* () {
      yield 1;
      yield 2;
      throw new Error('late');
    });
    await clock.advance(5);
    await rows.next();
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, totals: { calls: 1, successes: 1 } });
    await rows.next();
    await expect(rows.next()).rejects.toThrow('late');
    expect(totals(breaker)).toMatchObject({ calls: 1, successes: 1, failures: 0, ignored: 0, stale: 0 });
  });

  it('lets `classify` judge the first item, once', async () => {
    const judged: unknown[] = [];
    const { breaker } = fixture({
      settleOn: 'first',
      classify: (settled) => {
        judged.push(settled);
        return 'failure';
      },
    });
    for await (const _row of breaker.iterate(() => upTo(3)));
    expect(judged).toEqual([{ ok: true, value: 1 }]);
    expect(totals(breaker)).toMatchObject({ calls: 1, failures: 1, successes: 0 });
  });

  it('counts an error before the first item, and an empty stream by its end', async () => {
    const { breaker } = fixture({ settleOn: 'first' });
    await expect(
      breaker
        .iterate(async function* () {
          yield await Promise.reject(new Error('none'));
        })
        .next(),
    ).rejects.toThrow('none');
    for await (const _row of breaker.iterate(() => upTo(0)));
    expect(totals(breaker)).toMatchObject({ calls: 2, failures: 1, successes: 1 });
  });

  it('keeps early leaving after the first item a success', async () => {
    const { breaker } = fixture({ settleOn: 'first' });
    for await (const _row of breaker.iterate(() => upTo(3))) break;
    expect(totals(breaker)).toMatchObject({ calls: 1, successes: 1, ignored: 0 });
  });
});

describe('when a stream is judged by its end', () => {
  it('lets `classify` judge the last item, as that of a promise', async () => {
    const judged: unknown[] = [];
    const { breaker } = fixture({
      classify: (settled) => {
        judged.push(settled);
        return 'success';
      },
    });
    for await (const _row of breaker.iterate(() => upTo(3)));
    expect(judged).toEqual([{ ok: true, value: 3 }]);
  });

  it('[C37] counts a probe that never ends as failed at its deadline', async () => {
    const { breaker, clock } = fixture({ failureThreshold: 1, breakDuration: 100, halfOpenTimeout: 50 });
    breaker.acquire().failure();
    await clock.advance(100);
    const probe = breaker.iterate(() => upTo(1_000));
    await probe.next();
    await clock.advance(50);
    await expect(breaker.iterate(() => upTo(1)).next()).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    await probe.return('');
    expect(totals(breaker)).toMatchObject({ failures: 1, stale: 1 });
  });
});

describe('a time-out on an iteration', () => {
  it('[C37] limits the wait for the first item', async () => {
    const { breaker, timeout, clock } = fixture();
    const source = new Pulled();
    const rows = compose(breaker, timeout).iterate(() => source);
    const outcome = rows.next().catch((error: unknown) => error);
    await clock.advance(999);
    expect(totals(breaker).failures).toBe(0);
    await clock.advance(1);
    expect(await outcome).toMatchObject({ code: 'ERR_CALL_TIMEOUT', duration: 1_000 });
    expect(source.returns).toHaveLength(1);
    expect(totals(breaker)).toMatchObject({ calls: 1, failures: 1, timeouts: 1 });
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });

  it('limits the wait for each further item, and not the time the consumer takes over one', async () => {
    const { breaker, timeout, clock } = fixture();
    const source = new Pulled();
    const rows = compose(breaker, timeout).iterate(() => source);
    for (let i = 0; i < 5; i++) {
      const item = rows.next();
      await clock.advance(900);
      source.give(i);
      expect(await item).toEqual({ done: false, value: i });
      await clock.advance(10_000);
    }
    const outcome = rows.next().catch((error: unknown) => error);
    await clock.advance(999);
    expect(totals(breaker).failures).toBe(0);
    await clock.advance(1);
    expect(await outcome).toMatchObject({ code: 'ERR_CALL_TIMEOUT' });
    expect(totals(breaker)).toMatchObject({ calls: 1, failures: 1 });
    expect(clock.pending).toBe(0);
  });

  it('is the breaker’s own `timeout` option too', async () => {
    const { breaker, clock } = fixture({ timeout: 200 });
    const source = new Pulled();
    const rows = breaker.iterate(() => source);
    const first = rows.next();
    await clock.advance(199);
    source.give(1);
    await first;
    const outcome = rows.next().catch((error: unknown) => error);
    await clock.advance(200);
    expect(await outcome).toMatchObject({ code: 'ERR_CALL_TIMEOUT', duration: 200 });
  });

  it('[C80] aborts in the context of the iteration it ends, though calls share a timer', async () => {
    const { timeout, clock } = fixture();
    const storage = new AsyncLocalStorage<string>();
    const heard: unknown[] = [];
    const run = (name: string) =>
      storage.run(name, async () => {
        const rows = timeout.iterate(({ signal }) => {
          signal.addEventListener('abort', () => heard.push(['abort', name, storage.getStore()]));
          return new Pulled();
        });
        await rows.next().catch(() => heard.push(['error', name, storage.getStore()]));
      });
    const both = [run('a'), run('b')];
    await clock.advance(1_000);
    await Promise.all(both);
    expect(heard).toEqual(
      expect.arrayContaining([
        ['abort', 'a', 'a'],
        ['abort', 'b', 'b'],
        ['error', 'a', 'a'],
        ['error', 'b', 'b'],
      ]),
    );
  });
});

describe('a caller’s signal on an iteration', () => {
  it('[C49] that is aborted before the first pull rejects it, uncounted', async () => {
    const { breaker } = fixture();
    const rows = breaker.iterate(() => upTo(1), { signal: AbortSignal.abort('gone') });
    await expect(rows.next()).rejects.toBe('gone');
    expect(await rows.next()).toEqual({ done: true, value: undefined });
    expect(totals(breaker)).toMatchObject({ calls: 0, refused: 0 });
  });

  it('rejects the pull that waits, is neutral, and leaves the source', async () => {
    const { breaker } = fixture();
    const controller = new AbortController();
    const source = new Pulled();
    let inner: AbortSignal | undefined;
    const rows = breaker.iterate(
      (context) => {
        inner = context.signal;
        return source;
      },
      { signal: controller.signal },
    );
    const waiting = rows.next();
    controller.abort('gone');
    await expect(waiting).rejects.toBe('gone');
    expect([inner?.aborted, inner?.reason, source.returns.length]).toEqual([true, 'gone', 1]);
    expect(await rows.next()).toEqual({ done: true, value: undefined });
    expect(totals(breaker)).toMatchObject({ calls: 1, ignored: 1, failures: 0 });
  });

  it('is heard by the next pull where none waits', async () => {
    const { breaker } = fixture();
    const controller = new AbortController();
    const rows = breaker.iterate(() => upTo(3), { signal: controller.signal });
    await rows.next();
    controller.abort('gone');
    expect(totals(breaker).ignored).toBe(1);
    await expect(rows.next()).rejects.toBe('gone');
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });

  it('is not heard any more by who has left in the meantime', async () => {
    const { breaker } = fixture();
    const controller = new AbortController();
    const rows = breaker.iterate(() => upTo(3), { signal: controller.signal });
    await rows.next();
    controller.abort('gone');
    expect(await rows.return('left')).toEqual({ done: true, value: 'left' });
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });

  it('[C48] keeps no listener once the iteration is over', async () => {
    const { breaker } = fixture();
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = ((...args: Parameters<typeof add>) => (listeners++, add(...args))) as never;
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => (listeners--, remove(...args))) as never;
    for await (const _row of breaker.iterate(() => upTo(2), { signal }));
    for await (const _row of breaker.iterate(() => upTo(2), { signal })) break;
    expect(listeners).toBe(0);
  });
});

describe('the end of the application', () => {
  it('[C55] drains, then ends iterations that still wait, for their first item or a later one', async () => {
    const { breaker, scope, clock } = fixture();
    const source = new Pulled();
    const rows = breaker.iterate(() => source);
    const first = rows.next();
    source.give(1);
    await first;
    const outcomes = [rows, breaker.iterate(() => source)].map((each) => each.next().catch((error: unknown) => error));
    const drained = scope.drain(100);
    await clock.advance(99);
    expect(source.returns).toHaveLength(0);
    await clock.advance(1);
    await drained;
    const error = expect.objectContaining({ code: 'ERR_SHUTTING_DOWN' });
    expect(await Promise.all(outcomes)).toEqual([error, error]);
    expect(source.returns).toHaveLength(2);
    expect([scope.active, scope.abortable.size, totals(breaker).ignored]).toEqual([0, 0, 2]);
  });

  it('holds no iteration that its consumer has forgotten between two items', async () => {
    const { breaker, scope } = fixture();
    await breaker.iterate(() => upTo(3)).next();
    expect(scope.abortable.size).toBe(0);
  });
});
