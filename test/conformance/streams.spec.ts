import { describe, expect, it } from '@jest/globals';
import { compose, guardedBy } from 'nest-circuit-breaker';
import type { CircuitBreakerPolicy } from 'nest-circuit-breaker';
import { EMPTY, NEVER, Observable, Subject, of, range, take, throwError } from 'rxjs';

import { ServiceError, counted, makeBreaker, tripAndWait, turn } from '../fixtures/breaker.js';
import type { Bench } from '../fixtures/breaker.js';

/** Subscribes and keeps what it hears. */
function hear<T>(source: Observable<T>): { items: T[]; end: () => unknown; stop: () => void } {
  const items: T[] = [];
  let end: unknown = 'open';
  const subscription = source.subscribe({
    next: (item) => void items.push(item),
    error: (error: unknown) => void (end = error),
    complete: () => void (end = 'complete'),
  });
  return { items, end: () => end, stop: () => subscription.unsubscribe() };
}

async function* numbers(count: number, onEnd: () => void = () => {}): AsyncGenerator<number, string, string> {
  try {
    for (let i = 1; i <= count; i++) yield i;
    return 'done';
  } finally {
    onEnd();
  }
}

const PIPES: readonly (readonly [string, (breaker: CircuitBreakerPolicy) => CircuitBreakerPolicy | ReturnType<typeof compose>])[] = [
  ['by a breaker', (breaker) => breaker],
  ['by a pipeline', (breaker) => compose(breaker)],
]; // prettier-ignore

describe.each(PIPES)('an Observable that is guarded %s', (_by, guardOf) => {
  const guard = <T>(bench: Bench, source: Observable<T>): Observable<T> =>
    source.pipe(guardedBy(guardOf(bench.breaker)));

  it.each([0, 1, 1_000])('[C34] of %d values is one success', (count) => {
    const bench = makeBreaker();
    const { items, end } = hear(guard(bench, range(0, count)));
    expect([items.length, end()]).toEqual([count, 'complete']);
    expect(counted(bench.breaker)).toMatchObject({ calls: 1, successes: 1, failures: 0, inFlight: 0 });
  });

  it('[C34] that fails after its values is one failure, and its error is the one that came', () => {
    const bench = makeBreaker();
    const source = new Observable<number>((subscriber) => {
      subscriber.next(1);
      subscriber.error(error);
    });
    const error = new ServiceError('down');
    const { items, end } = hear(guard(bench, source));
    expect([items, end()]).toEqual([[1], error]);
    expect(end()).toBe(error);
    expect(counted(bench.breaker)).toMatchObject({ calls: 1, successes: 0, failures: 1, inFlight: 0 });
  });

  it('[C35] is admitted at each subscription, not when it is made', async () => {
    const bench = makeBreaker({ failureThreshold: 1 });
    const source = new Subject<number>();
    const guarded = guard(bench, source);
    expect(counted(bench.breaker)).toMatchObject({ calls: 0 });
    const [one, two] = [hear(guarded), hear(guarded)];
    expect(counted(bench.breaker)).toMatchObject({ calls: 2, inFlight: 2 });
    source.error(new ServiceError('down'));
    expect([one.end(), two.end()]).toMatchObject([{ message: 'down' }, { message: 'down' }]);
    expect(hear(guarded).end()).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    expect(counted(bench.breaker)).toMatchObject({ state: 'open', calls: 2, failures: 1, stale: 1, refused: 1 });
  });

  it('[C35] a refused one subscribes to nothing', () => {
    const bench = makeBreaker({ initialState: 'isolated' });
    let subscriptions = 0;
    const source = new Observable(() => void subscriptions++);
    expect(hear(guard(bench, source)).end()).toMatchObject({ code: 'ERR_CIRCUIT_OPEN', state: 'isolated' });
    expect(subscriptions).toBe(0);
  });

  it('[C36] left early is neutral: by unsubscribing, by take, without a value', () => {
    const bench = makeBreaker({ failureThreshold: 1 });
    hear(guard(bench, NEVER)).stop();
    const taken = hear(guard(bench, range(0, 10)).pipe(take(3)));
    expect([taken.items, taken.end()]).toEqual([[0, 1, 2], 'complete']);
    expect(counted(bench.breaker)).toMatchObject({ calls: 2, ignored: 2, successes: 0, failures: 0, inFlight: 0 });
  });

  it('[C36] a probe that is left gives its permit back', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1, successThreshold: 1 });
    await tripAndWait(bench);
    for (let i = 0; i < 3; i++) {
      const probe = hear(guard(bench, NEVER));
      expect(hear(guard(bench, of(1))).end()).toMatchObject({ state: 'half_open' });
      probe.stop();
    }
    expect(hear(guard(bench, of(1))).items).toEqual([1]);
    expect(bench.breaker.state).toBe('closed');
  });

  it('[C37] that never completes settles at its first item where told so', async () => {
    const bench = makeBreaker({ settleOn: 'first', halfOpenMaxCalls: 1, successThreshold: 1 });
    await tripAndWait(bench);
    const source = new Subject<number>();
    const { items, stop } = hear(guard(bench, source));
    expect(bench.breaker.state).toBe('half_open');
    source.next(1);
    expect(counted(bench.breaker)).toMatchObject({ state: 'closed', successes: 1, inFlight: 0 });
    source.next(2);
    stop();
    expect(items).toEqual([1, 2]);
    expect(counted(bench.breaker)).toMatchObject({ successes: 1, ignored: 0, stale: 0, inFlight: 0 });
  });

  it('[C37] that never completes is under way, and as a probe it settles by its deadline', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1, halfOpenTimeout: 1_000 });
    await tripAndWait(bench);
    const source = new Subject<number>();
    hear(guard(bench, source));
    source.next(1);
    expect(counted(bench.breaker)).toMatchObject({ state: 'half_open', inFlight: 1 });
    await bench.clock.advance(1_000);
    expect(hear(guard(bench, of(1))).end()).toMatchObject({ state: 'open' });
    source.complete();
    expect(counted(bench.breaker)).toMatchObject({ state: 'open', stale: 1, inFlight: 0 });
  });

  it('[C37] without an item in time is a failure by its limit', async () => {
    const bench = makeBreaker({ timeout: 1_000 });
    const { end } = hear(guard(bench, NEVER));
    await bench.clock.advance(999);
    expect(end()).toBe('open');
    await bench.clock.advance(1);
    expect(end()).toMatchObject({ code: 'ERR_CALL_TIMEOUT' });
    expect(counted(bench.breaker)).toMatchObject({ failures: 1, inFlight: 0 });
  });

  it('[C38] that is synchronous settles once, before subscribe returns', () => {
    const bench = makeBreaker({ failureThreshold: 2 });
    expect(hear(guard(bench, of(1, 2, 3))).end()).toBe('complete');
    expect(hear(guard(bench, EMPTY)).end()).toBe('complete');
    expect(counted(bench.breaker)).toMatchObject({ calls: 2, successes: 2, inFlight: 0 });
    const error = new ServiceError('at once');
    for (let i = 0; i < 2; i++)
      expect(
        hear(
          guard(
            bench,
            throwError(() => error),
          ),
        ).end(),
      ).toBe(error);
    expect(counted(bench.breaker)).toMatchObject({ state: 'open', failures: 2 });
    expect(hear(guard(bench, of(1))).end()).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
  });

  it('[C38] that goes on after its end is heard once', () => {
    const bench = makeBreaker();
    const { items, end } = hear(
      guard(
        bench,
        new Observable<number>((subscriber) => {
          subscriber.next(1);
          subscriber.complete();
          subscriber.next(2);
          subscriber.error(new Error('after all'));
        }),
      ),
    );
    expect([items, end()]).toEqual([[1], 'complete']);
    expect(counted(bench.breaker)).toMatchObject({ calls: 1, successes: 1, failures: 0, inFlight: 0 });
  });
});

describe('an AsyncIterable that is guarded', () => {
  const collect = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
    const items: T[] = [];
    for await (const item of source) items.push(item);
    return items;
  };

  it.each([0, 1, 100])('[C39] of %d items, taken to its end, is one success', async (count) => {
    const { breaker } = makeBreaker();
    expect(await collect(breaker.iterate(() => numbers(count)))).toHaveLength(count);
    expect(counted(breaker)).toMatchObject({ calls: 1, successes: 1, inFlight: 0 });
  });

  it('[C39] and left by break or return() is neutral, its generator has cleaned up', async () => {
    const { breaker } = makeBreaker({ failureThreshold: 1 });
    let cleaned = 0;
    for await (const item of breaker.iterate(() => numbers(10, () => cleaned++))) if (item === 2) break;
    const iteration = breaker.iterate(() => numbers(10, () => cleaned++));
    await iteration.next();
    expect(await iteration.return('enough')).toEqual({ done: true, value: 'enough' });
    expect(cleaned).toBe(2);
    expect(counted(breaker)).toMatchObject({ state: 'closed', calls: 2, ignored: 2, successes: 0, inFlight: 0 });
  });

  it('[C39] one never started holds nothing', async () => {
    const bench = makeBreaker({ halfOpenMaxCalls: 1 });
    await tripAndWait(bench);
    let made = 0;
    const source = (): AsyncGenerator<number> => (made++, numbers(1));
    const never = bench.breaker.iterate(source);
    await bench.breaker.iterate(source).return(undefined);
    expect([made, bench.breaker.state, counted(bench.breaker).calls]).toEqual([0, 'open', 5]);
    expect(await collect(bench.breaker.iterate(source))).toEqual([1]);
    expect(counted(bench.breaker)).toMatchObject({ state: 'half_open', successes: 1, refused: 0, inFlight: 0 });
    expect(await never.next()).toEqual({ done: false, value: 1 });
  });

  it('[C39] and fails is one failure, and whoever iterates gets its error', async () => {
    const { breaker } = makeBreaker({ failureThreshold: 1 });
    const error = new ServiceError('down');
    const failing = async function* (): AsyncGenerator<number> {
      yield 1;
      throw error;
    };
    const items: number[] = [];
    const iterate = async (): Promise<void> => {
      for await (const item of breaker.iterate(failing)) items.push(item);
    };
    await expect(iterate()).rejects.toBe(error);
    expect(items).toEqual([1]);
    expect(counted(breaker)).toMatchObject({ state: 'open', failures: 1, inFlight: 0 });
    await expect(iterate()).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
  });

  it('[C37] settles at its first item where told so, whatever comes then', async () => {
    const { breaker } = makeBreaker({ settleOn: 'first' });
    const iteration = breaker.iterate(() => numbers(3));
    await iteration.next();
    expect(counted(breaker)).toMatchObject({ successes: 1, inFlight: 0 });
    await iteration.return('enough');
    await turn();
    expect(counted(breaker)).toMatchObject({ calls: 1, successes: 1, ignored: 0, stale: 0 });
  });
});
