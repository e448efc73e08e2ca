import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, it } from '@jest/globals';
import { EMPTY, NEVER, Observable, Subject, Subscriber, concat, defer, map, of, range, take, throwError } from 'rxjs';

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
import type { CircuitBreakerOptions, FallbackHandler } from '../../../lib/engine/index.js';
import { guardObservable, guardedBy } from '../../../lib/nest/observable.js';
import { ManualClock } from '../../../lib/testing/index.js';

function fixture(options: Partial<CircuitBreakerOptions> = {}) {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const scope = new Scope({ clock, onFault: (fault) => faults.push(fault) });
  const breaker = new CircuitBreakerPolicy('quotes', { ...CIRCUIT_BREAKER_DEFAULTS, ...options }, scope);
  const timeout = new TimeoutPolicy('', { enabled: true, duration: 1_000 }, scope);
  return { clock, scope, faults, breaker, timeout };
}

const totals = (breaker: CircuitBreakerPolicy) => breaker.snapshot().totals;

/** What a subscriber hears, in order. */
function listen<T>(source: Observable<T>) {
  const heard: unknown[] = [];
  const subscription = source.subscribe({
    next: (item) => heard.push(item),
    error: (error: unknown) => heard.push(['error', error]),
    complete: () => heard.push('end'),
  });
  return { heard, subscription };
}

describe('a guarded Observable', () => {
  it('[C34] of N items is one success', () => {
    const { breaker, scope } = fixture();
    const { heard } = listen(range(1, 100).pipe(guardedBy(breaker)));
    expect(heard).toHaveLength(101);
    expect(totals(breaker)).toMatchObject({ calls: 1, successes: 1, ignored: 0 });
    expect([breaker.snapshot().inFlight, scope.active, scope.abortable.size]).toEqual([0, 0, 0]);
  });

  it('[C38] that is synchronous settles once, and stays synchronous under a breaker and a time-out', () => {
    const { breaker, timeout, clock } = fixture();
    const guarded = of(1, 2, 3).pipe(guardedBy(breaker, timeout));
    expect(listen(guarded).heard).toEqual([1, 2, 3, 'end']);
    expect(listen(EMPTY.pipe(guardedBy(breaker, timeout))).heard).toEqual(['end']);
    expect(totals(breaker)).toMatchObject({ calls: 2, successes: 2 });
    expect(clock.pending).toBeLessThanOrEqual(1);
  });

  it('[C32] hands on the very error, counts it once, and keeps what came before', () => {
    const { breaker, timeout } = fixture();
    const error = Object.freeze(new Error('down'));
    const failing = concat(
      of(1),
      throwError(() => error),
    );
    expect(listen(failing.pipe(guardedBy(breaker, timeout))).heard).toEqual([1, ['error', error]]);
    expect(totals(breaker)).toMatchObject({ calls: 1, failures: 1, successes: 0 });
  });

  it('[C28] counts a source that throws while it is made or subscribed to', () => {
    const { breaker } = fixture();
    const thrown = new Error('no');
    const throwing = (): never => {
      throw thrown;
    };
    expect(listen(guardObservable(breaker.pipeline, throwing)).heard).toEqual([['error', thrown]]);
    expect(listen(new Observable(throwing).pipe(guardedBy(breaker))).heard).toEqual([['error', thrown]]);
    expect(listen(guardObservable(breaker.pipeline, () => 7 as never)).heard).toEqual([
      ['error', expect.any(TypeError)],
    ]);
    expect(totals(breaker)).toMatchObject({ calls: 3, failures: 3 });
  });

  it('[C35] is admitted at each subscription, and not before', () => {
    const { breaker } = fixture();
    let subscribed = 0;
    const guarded = defer(() => of(++subscribed)).pipe(guardedBy(breaker));
    expect(totals(breaker).calls).toBe(0);
    expect(listen(guarded).heard).toEqual([1, 'end']);
    expect(listen(guarded).heard).toEqual([2, 'end']);
    breaker.isolate();
    expect(listen(guarded).heard).toEqual([['error', expect.objectContaining({ code: 'ERR_CIRCUIT_OPEN' })]]);
    expect(subscribed).toBe(2);
    expect(totals(breaker)).toMatchObject({ calls: 2, successes: 2, refused: 1 });
  });

  it('[C36] that is left early is neutral, tears its source down, and says no more', () => {
    const { breaker, scope } = fixture();
    const source = new Subject<number>();
    const { heard, subscription } = listen(source.pipe(guardedBy(breaker)));
    source.next(1);
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
    source.next(2);
    expect(heard).toEqual([1]);
    expect(totals(breaker)).toMatchObject({ calls: 1, ignored: 1, successes: 0, failures: 0 });
    expect([breaker.snapshot().inFlight, scope.active, scope.abortable.size]).toEqual([0, 0, 0]);
  });

  it('[C36] gives a probe its permit back when it is left early', async () => {
    const { breaker, clock } = fixture({ failureThreshold: 1, halfOpenMaxCalls: 1, breakDuration: 100 });
    breaker.acquire().failure();
    await clock.advance(100);
    const { subscription } = listen(NEVER.pipe(guardedBy(breaker)));
    expect(listen(of(1).pipe(guardedBy(breaker))).heard).toHaveLength(1);
    expect(totals(breaker).refused).toBe(1);
    subscription.unsubscribe();
    expect(breaker.state).toBe('half_open');
    expect(listen(of(1).pipe(guardedBy(breaker))).heard).toEqual([1, 'end']);
  });

  it('may be left inside `next`, also by the first item of a synchronous source without end', () => {
    const { breaker } = fixture();
    let made = 0;
    const endless = new Observable<number>((subscriber) => {
      while (!subscriber.closed) subscriber.next(++made);
    });
    expect(listen(endless.pipe(guardedBy(breaker), take(3))).heard).toEqual([1, 2, 3, 'end']);
    expect(made).toBe(3);
    expect(totals(breaker)).toMatchObject({ calls: 1, ignored: 1 });
  });

  it('drops what a source says after its end, and what a stubborn one says after it was left', () => {
    const { breaker } = fixture();
    let stubborn: Subscriber<number> | undefined;
    const source = new Observable<number>((subscriber) => {
      stubborn = subscriber;
      subscriber.next(1);
    });
    const ended = listen(source.pipe(guardedBy(breaker)));
    stubborn?.complete();
    stubborn?.next(2);
    stubborn?.error(new Error('late'));
    const left = listen(source.pipe(guardedBy(breaker)));
    left.subscription.unsubscribe();
    stubborn?.next(3);
    stubborn?.error(new Error('late'));
    expect([ended.heard, left.heard]).toEqual([[1, 'end'], [1]]);
    expect(totals(breaker)).toMatchObject({ calls: 2, successes: 1, ignored: 1, failures: 0, stale: 0 });
  });

  it('may be subscribed to again from inside its own `next` and `complete`', () => {
    const { breaker } = fixture();
    const guarded = of(1).pipe(guardedBy(breaker));
    const heard: unknown[] = [];
    guarded.subscribe({
      next: () => guarded.subscribe((item) => heard.push(item)),
      complete: () => guarded.subscribe((item) => heard.push(item)),
    });
    expect(heard).toEqual([1, 1]);
    expect(totals(breaker)).toMatchObject({ calls: 3, successes: 3 });
  });

  it('takes no blame for a consumer that throws', () => {
    const { breaker, timeout, faults } = fixture();
    const source = new Subject<number>();
    const heard: unknown[] = [];
    const guarded = source.pipe(
      guardedBy(breaker, timeout),
      map((item) => {
        if (item === 2) throw new Error('the consumer’s');
        return item;
      }),
    );
    guarded.subscribe({ next: (item) => heard.push(item), error: (error: Error) => heard.push(error.message) });
    source.next(1);
    source.next(2);
    expect(heard).toEqual([1, 'the consumer’s']);
    expect(totals(breaker)).toMatchObject({ calls: 1, ignored: 1, failures: 0 });
    expect(faults).toEqual([]);
  });

  it('reports a teardown that throws, and has ended all the same', () => {
    const { breaker, faults } = fixture();
    const source = new Observable<number>(() => () => {
      throw new Error('torn');
    });
    const { subscription } = listen(source.pipe(guardedBy(breaker)));
    subscription.unsubscribe();
    expect(faults).toHaveLength(1);
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, totals: { ignored: 1 } });
  });

  it('hands an attempt its signal, which aborts when the stream is left and not when it ends', () => {
    const { breaker } = fixture();
    const signals: AbortSignal[] = [];
    const make = (source: Observable<number>) =>
      guardObservable(breaker.pipeline, ({ signal }) => (signals.push(signal), source));
    make(NEVER).subscribe().unsubscribe();
    make(of(1)).subscribe();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(signals[0]?.reason).toMatchObject({ name: 'AbortError' });
  });

  it('may be made of a promise or an iterable', async () => {
    const { breaker, clock } = fixture();
    const promised = listen(guardObservable(breaker.pipeline, () => Promise.resolve('kept')));
    const listed = listen(guardObservable(breaker.pipeline, () => [1, 2]));
    await clock.advance(0);
    expect([promised.heard, listed.heard]).toEqual([
      ['kept', 'end'],
      [1, 2, 'end'],
    ]);
    expect(totals(breaker).successes).toBe(2);
  });

  it('is not admitted for a subscriber that is closed already, nor subscribed to once the call is over', () => {
    const { breaker } = fixture();
    const closed = new Subscriber<number>();
    closed.unsubscribe();
    of(1).pipe(guardedBy(breaker)).subscribe(closed);
    expect(totals(breaker).calls).toBe(0);

    const controller = new AbortController();
    let subscribed = 0;
    const source = (): Observable<number> => {
      controller.abort('gone');
      return defer(() => of(++subscribed));
    };
    const { heard } = listen(guardObservable(breaker.pipeline, source, { signal: controller.signal }));
    expect([heard, subscribed]).toEqual([[['error', 'gone']], 0]);
    expect(totals(breaker)).toMatchObject({ calls: 1, ignored: 1 });
  });

  it('passes without a trace where the whole application is switched off', () => {
    const { breaker, timeout, scope } = fixture();
    scope.enabled = false;
    expect(listen(of(1).pipe(guardedBy(breaker, timeout))).heard).toEqual([1, 'end']);
    expect(totals(breaker).calls).toBe(0);
  });

  it('is judged by its last item, as a promise by its value', () => {
    const judged: unknown[] = [];
    const { breaker } = fixture({
      classify: (settled) => {
        judged.push(settled);
        return 'failure';
      },
    });
    listen(of(1, 2).pipe(guardedBy(breaker)));
    expect(judged).toEqual([{ ok: true, value: 2 }]);
    expect(totals(breaker).failures).toBe(1);
  });

  it('needs a policy', () => {
    expect(() => (guardedBy as () => unknown)()).toThrow(TypeError);
  });
});

describe('when an Observable is judged by its first item', () => {
  it('[C37] settles there though it never completes', async () => {
    const { breaker, clock } = fixture({ settleOn: 'first' });
    const source = new Subject<number>();
    const { heard } = listen(source.pipe(guardedBy(breaker)));
    await clock.advance(40);
    source.next(1);
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, totals: { calls: 1, successes: 1 } });
    source.error('late');
    expect(heard).toEqual([1, ['error', 'late']]);
    expect(totals(breaker)).toMatchObject({ calls: 1, successes: 1, failures: 0, stale: 0 });
  });

  it('tells listeners how long the first item took, once', async () => {
    const { breaker, clock, scope } = fixture({ settleOn: 'first' });
    const durations: number[] = [];
    scope.events.on('succeeded', ({ duration }) => durations.push(duration));
    const source = new Subject<number>();
    listen(source.pipe(guardedBy(breaker)));
    await clock.advance(40);
    source.next(1);
    await clock.advance(40);
    source.next(2);
    source.complete();
    expect(durations).toEqual([40]);
  });

  it('drops the item where a listener aborts the call because of it', () => {
    const { breaker, scope } = fixture({ settleOn: 'first' });
    const controller = new AbortController();
    scope.events.on('succeeded', () => controller.abort('enough'));
    const { heard } = listen(of(1, 2).pipe(guardedBy(breaker, { signal: controller.signal })));
    expect(heard).toEqual([['error', 'enough']]);
    expect(totals(breaker)).toMatchObject({ calls: 1, successes: 1, ignored: 0 });
  });

  it('settles a parent’s permit at the first item too', () => {
    const { scope } = fixture();
    const parent = new CircuitBreakerPolicy('all', CIRCUIT_BREAKER_DEFAULTS, scope);
    const options = { ...CIRCUIT_BREAKER_DEFAULTS, settleOn: 'first', parent: 'all' } as const;
    const child = new CircuitBreakerPolicy('eu', options, scope, () => parent);
    const source = new Subject<number>();
    listen(source.pipe(guardedBy(child)));
    expect(parent.snapshot().inFlight).toBe(1);
    source.next(1);
    expect(parent.snapshot()).toMatchObject({ inFlight: 0, totals: { calls: 1, successes: 1 } });
    source.error(new Error('late'));
    expect(totals(parent)).toMatchObject({ calls: 1, successes: 1, failures: 0 });
  });
});

describe('a time-out on an Observable', () => {
  it('[C37] is a deadline to the first item, and tears the source down', async () => {
    const { breaker, timeout, clock } = fixture();
    const source = new Subject<number>();
    const { heard } = listen(source.pipe(guardedBy(breaker, timeout)));
    await clock.advance(999);
    expect(heard).toEqual([]);
    await clock.advance(1);
    expect(heard).toEqual([['error', expect.objectContaining({ code: 'ERR_CALL_TIMEOUT' })]]);
    expect(source.observed).toBe(false);
    expect(totals(breaker)).toMatchObject({ calls: 1, failures: 1, timeouts: 1, ignored: 0 });
  });

  it('is armed anew by each item', async () => {
    const { breaker, timeout, clock } = fixture();
    const source = new Subject<number>();
    const { heard } = listen(source.pipe(guardedBy(breaker, timeout)));
    for (let i = 0; i < 5; i++) {
      await clock.advance(900);
      source.next(i);
    }
    await clock.advance(999);
    expect(heard).toEqual([0, 1, 2, 3, 4]);
    await clock.advance(1);
    expect(heard.at(-1)).toEqual(['error', expect.objectContaining({ code: 'ERR_CALL_TIMEOUT' })]);
    expect(totals(breaker)).toMatchObject({ calls: 1, failures: 1 });
  });

  it('changes nothing after a success at the first item, but still ends the stream', async () => {
    const { breaker, timeout, clock } = fixture({ settleOn: 'first' });
    const { heard } = listen(concat(of(1), NEVER).pipe(guardedBy(breaker, timeout)));
    await clock.advance(1_000);
    expect(heard).toEqual([1, ['error', expect.objectContaining({ code: 'ERR_CALL_TIMEOUT' })]]);
    expect(totals(breaker)).toMatchObject({ calls: 1, successes: 1, failures: 0 });
  });

  it('lets no item pass once it is over, though the news is still on its way', async () => {
    const { timeout, clock } = fixture();
    const source = new Subject<string>();
    const first = NEVER.pipe(guardedBy(timeout));
    first.subscribe({ error: () => source.next('in the same turn') });
    const { heard } = listen(source.pipe(guardedBy(timeout)));
    await clock.advance(1_000);
    expect(heard).toEqual([['error', expect.objectContaining({ code: 'ERR_CALL_TIMEOUT' })]]);
  });

  it('does not run on once the stream has ended or was left', async () => {
    const { breaker, timeout, clock, scope } = fixture();
    const timedOut: unknown[] = [];
    scope.events.on('timed_out', (event) => timedOut.push(event));
    listen(NEVER.pipe(guardedBy(breaker, timeout))).subscription.unsubscribe();
    listen(of(1).pipe(guardedBy(breaker, timeout)));
    await clock.advance(5_000);
    expect(timedOut).toEqual([]);
    expect(totals(breaker)).toMatchObject({ ignored: 1, successes: 1 });
  });

  it('[C80] tells its subscriber in the subscriber’s own context, though calls share a timer', async () => {
    const { timeout, clock } = fixture();
    const storage = new AsyncLocalStorage<string>();
    const heard: unknown[] = [];
    for (const name of ['a', 'b']) {
      storage.run(name, () =>
        NEVER.pipe(guardedBy(timeout)).subscribe({ error: () => heard.push([name, storage.getStore()]) }),
      );
    }
    await clock.advance(1_000);
    expect(heard).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ]);
  });
});

describe('a caller’s signal on an Observable', () => {
  it('[C49] that is aborted beforehand ends it at once, uncounted and not subscribed to', () => {
    const { breaker } = fixture();
    let subscribed = 0;
    const source = defer(() => of(++subscribed));
    const { heard } = listen(source.pipe(guardedBy(breaker, { signal: AbortSignal.abort('gone') })));
    expect(heard).toEqual([['error', 'gone']]);
    expect(subscribed).toBe(0);
    expect(totals(breaker)).toMatchObject({ calls: 0, refused: 0 });
  });

  it('ends it with the reason, neutral, and tears the source down', () => {
    const { breaker, timeout } = fixture();
    const controller = new AbortController();
    const source = new Subject<number>();
    const options = { signal: controller.signal };
    const { heard } = listen(source.pipe(guardedBy(compose(breaker, timeout), options)));
    source.next(1);
    controller.abort('gone');
    expect(heard).toEqual([1, ['error', 'gone']]);
    expect(source.observed).toBe(false);
    expect(totals(breaker)).toMatchObject({ calls: 1, ignored: 1, failures: 0 });
  });
});

describe('the end of the application', () => {
  it('[C55] drains, then ends a stream that goes on', async () => {
    const { breaker, scope, clock } = fixture();
    const source = new Subject<number>();
    const { heard } = listen(source.pipe(guardedBy(breaker)));
    const drained = scope.drain(100);
    await clock.advance(99);
    source.next(1);
    expect(source.observed).toBe(true);
    await clock.advance(1);
    await drained;
    expect(heard).toEqual([1, ['error', expect.objectContaining({ code: 'ERR_SHUTTING_DOWN' })]]);
    expect(source.observed).toBe(false);
    expect([scope.active, totals(breaker).ignored]).toEqual([0, 1]);
  });
});

describe('the other policies on an Observable', () => {
  const down = new Error('down');

  function policies() {
    const base = fixture();
    const { scope } = base;
    return {
      ...base,
      retry: new RetryPolicy('', { ...RETRY_DEFAULTS, jitter: 'none', delay: 100 }, scope),
      bulkhead: new BulkheadPolicy('', { ...BULKHEAD_DEFAULTS, maxConcurrent: 1, maxQueue: 1 }, scope),
      hedge: new HedgePolicy('', { enabled: true, delay: 50, maxAttempts: 2 }, scope),
      fallback: (...handlers: FallbackHandler[]) => new FallbackPolicy('', { handlers, on: [] }, scope),
    };
  }

  /** Each subscription gets the next source. */
  function inTurn<T>(...sources: readonly Observable<T>[]) {
    const state = { subscribed: 0 };
    return { state, source: defer(() => sources[state.subscribed++] ?? EMPTY) };
  }

  const failing = throwError(() => down);

  it('[C50] a retry subscribes again until the first item', async () => {
    const { retry, breaker, clock } = policies();
    const { source, state } = inTurn<unknown>(failing, failing, of(1, 2));
    const { heard } = listen(source.pipe(guardedBy(retry, breaker)));
    await clock.advance(99);
    expect(state.subscribed).toBe(1);
    await clock.advance(1_000);
    expect(heard).toEqual([1, 2, 'end']);
    expect(totals(breaker)).toMatchObject({ calls: 3, failures: 2, successes: 1 });
  });

  it('a retry hands on the error once an item has passed', async () => {
    const { retry, clock } = policies();
    const { source, state } = inTurn<unknown>(concat(of(1), failing), of(2));
    const { heard } = listen(source.pipe(guardedBy(retry)));
    await clock.advance(1_000);
    expect(heard).toEqual([1, ['error', down]]);
    expect(state.subscribed).toBe(1);
  });

  it('a retry after a time-out starts on a chain of its own, and what was left is torn down', async () => {
    const { retry, breaker, bulkhead, timeout, clock } = policies();
    const first = new Subject<number>();
    const { source } = inTurn<number>(first, of(2));
    const { heard } = listen(source.pipe(guardedBy(retry, breaker, bulkhead, timeout)));
    await clock.advance(1_000);
    expect([first.observed, bulkhead.running]).toEqual([false, 0]);
    await clock.advance(100);
    expect(heard).toEqual([2, 'end']);
    expect(totals(breaker)).toMatchObject({ calls: 2, timeouts: 1, successes: 1 });
    expect(bulkhead.running).toBe(0);
  });

  it('a retry that waits forgets a subscriber that has gone', async () => {
    const { retry, clock, scope } = policies();
    const { source, state } = inTurn<unknown>(failing, of(1));
    const { subscription } = listen(source.pipe(guardedBy(retry)));
    subscription.unsubscribe();
    await clock.advance(1_000);
    expect([state.subscribed, scope.waiters.size, scope.active, clock.pending]).toEqual([1, 0, 0, 0]);
  });

  it('[C38] a fallback answers synchronously, with one item or with the items of an Observable', () => {
    const { fallback, breaker } = policies();
    const guard = (handler: FallbackHandler) => failing.pipe(guardedBy(fallback(handler), breaker));
    expect(listen(guard(() => 'cached')).heard).toEqual(['cached', 'end']);
    expect(listen(guard(() => [1, 2])).heard).toEqual([[1, 2], 'end']);
    expect(listen(guard(() => of(7, 8))).heard).toEqual([7, 8, 'end']);
    expect(totals(breaker)).toMatchObject({ calls: 3, failures: 3 });
  });

  it('a fallback may promise its answer, or give an AsyncIterable', async () => {
    const { fallback, clock } = policies();
    const other = async function* (): AsyncGenerator<number> {
      yield 7;
      yield 8;
    };
    const promised = listen(failing.pipe(guardedBy(fallback(async () => of(7, 8)))));
    const iterated = listen(failing.pipe(guardedBy(fallback(other))));
    await clock.advance(0);
    expect([promised.heard, iterated.heard]).toEqual([
      [7, 8, 'end'],
      [7, 8, 'end'],
    ]);
  });

  it('a fallback serves only until the first item', () => {
    const { fallback } = policies();
    const { heard } = listen(concat(of(1), failing).pipe(guardedBy(fallback(() => 'cached'))));
    expect(heard).toEqual([1, ['error', down]]);
  });

  it('a fallback’s Observable is left with the stream it stands in for, and gets its time-outs', async () => {
    const { fallback, timeout, clock } = policies();
    const other = new Subject<number>();
    const guarded = failing.pipe(
      guardedBy(
        timeout,
        fallback(() => other),
      ),
    );
    const left = listen(guarded);
    other.next(1);
    left.subscription.unsubscribe();
    expect([left.heard, other.observed]).toEqual([[1], false]);
    const late = listen(guarded);
    await clock.advance(1_000);
    expect(late.heard).toEqual([['error', expect.objectContaining({ code: 'ERR_CALL_TIMEOUT' })]]);
    expect(other.observed).toBe(false);
  });

  it('a bulkhead holds its place until the stream ends or is left, and queues the next one', async () => {
    const { bulkhead, clock } = policies();
    const first = new Subject<number>();
    const second = new Subject<number>();
    const a = listen(first.pipe(guardedBy(bulkhead)));
    const b = listen(second.pipe(guardedBy(bulkhead)));
    const c = listen(of(3).pipe(guardedBy(bulkhead)));
    expect(c.heard).toEqual([['error', expect.objectContaining({ code: 'ERR_BULKHEAD_FULL' })]]);
    first.next(1);
    expect([second.observed, bulkhead.running, bulkhead.queued]).toEqual([false, 1, 1]);
    a.subscription.unsubscribe();
    await clock.advance(0);
    expect([second.observed, bulkhead.running, bulkhead.queued]).toEqual([true, 1, 0]);
    second.complete();
    expect([b.heard, bulkhead.running]).toEqual([['end'], 0]);
  });

  it('[C53] a queued stream is subscribed to in its own subscriber’s context', async () => {
    const { bulkhead, clock } = policies();
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const first = new Subject<number>();
    const source = (stream: Observable<number>) => defer(() => (seen.push(storage.getStore()), stream));
    storage.run('a', () => listen(source(first).pipe(guardedBy(bulkhead))));
    storage.run('b', () => listen(source(of(1)).pipe(guardedBy(bulkhead))));
    storage.run('a', () => first.complete());
    await clock.advance(0);
    expect(seen).toEqual(['a', 'b']);
  });

  it('a hedge lets the first item decide, and leaves the other stream', async () => {
    const { hedge, breaker, clock } = policies();
    const slow = new Subject<number>();
    const quick = new Subject<number>();
    const { source } = inTurn<number>(slow, quick);
    const { heard } = listen(source.pipe(guardedBy(hedge, breaker)));
    await clock.advance(50);
    expect([slow.observed, quick.observed]).toEqual([true, true]);
    quick.next(2);
    expect([slow.observed, quick.observed]).toEqual([false, true]);
    slow.next(1);
    quick.next(3);
    quick.complete();
    expect(heard).toEqual([2, 3, 'end']);
    expect(totals(breaker)).toMatchObject({ calls: 2, successes: 1, ignored: 1 });
  });
});
