import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Observable, identity, take } from 'rxjs';

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
} from '../../lib/engine/index.js';
import type { CallContext, ComposedPolicy, Policy } from '../../lib/engine/index.js';
import { guardObservable } from '../../lib/nest/observable.js';
import { ManualClock } from '../../lib/testing/index.js';
import { PATIENCE, runs } from './runs.js';

/** A small generator of chance (mulberry32): one number says all that happens in a world. */
function chanceOf(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: (n: number): number => Math.floor(next() * n),
    says: (ratio: number): boolean => next() < ratio,
    pick: <T>(list: readonly [T, ...T[]]): T => list[Math.floor(next() * list.length)] as T,
  };
}

/** Streams of both kinds, that fail, hang, heed their signal or not, under policies shared by several calls. */
class World {
  readonly clock = new ManualClock();
  readonly faults: unknown[] = [];
  readonly scope = new Scope({ clock: this.clock, onFault: (fault) => this.faults.push(fault) });
  readonly chance: ReturnType<typeof chanceOf>;
  readonly breakers: readonly [CircuitBreakerPolicy, CircuitBreakerPolicy];
  readonly bulkheads: readonly [BulkheadPolicy, BulkheadPolicy];
  /** Generators that have begun and not ended, and Observables that are subscribed to. */
  running = 0;
  ended = 0;
  private sources = 0;
  private readonly hanging = new Set<() => void>();

  constructor(seed: number) {
    this.chance = chanceOf(seed);
    this.breakers = [this.makeBreaker(), this.makeBreaker()];
    this.bulkheads = [this.makeBulkhead(), this.makeBulkhead()];
  }

  /** Up to five policies; none twice, for a bulkhead below itself would wait for itself. */
  makeGuard(): ComposedPolicy {
    const { chance, scope } = this;
    const makers: [() => Policy, ...(() => Policy)[]] = [
      () => chance.pick(this.breakers),
      () => chance.pick(this.bulkheads),
      () => new TimeoutPolicy('', { enabled: true, duration: 20 + chance.below(100) }, scope),
      () => new RetryPolicy('', { ...RETRY_DEFAULTS, delay: 10 + chance.below(50) }, scope),
      () =>
        new HedgePolicy('', { enabled: true, delay: 1 + chance.below(60), maxAttempts: 1 + chance.below(3) }, scope),
      () => new FallbackPolicy('', { handlers: [() => this.answer(), () => this.answer()], on: [] }, scope),
    ];
    return compose(...new Set(Array.from({ length: 1 + chance.below(5) }, () => chance.pick(makers)())));
  }

  async *rows({ signal }: CallContext): AsyncGenerator<unknown> {
    const { chance } = this;
    const source = ++this.sources;
    this.running++;
    try {
      const isHeeding = chance.says(0.5);
      for (let left = chance.below(5); left > 0; left--) {
        if (chance.says(0.3)) await this.sleep(200);
        else if (chance.says(0.05)) await this.hang(isHeeding ? signal : undefined);
        if (chance.says(0.2)) throw new Error('down');
        yield source;
      }
    } finally {
      if (chance.says(0.2)) await this.sleep(50);
      this.running--;
    }
  }

  readonly observable = (): Observable<unknown> =>
    new Observable((subscriber) => {
      const { chance, clock } = this;
      const source = ++this.sources;
      this.running++;
      let left = chance.below(5);
      let timer: { cancel(): void } | undefined;
      const emit = (): void => {
        while (!subscriber.closed) {
          if (left-- <= 0) subscriber.complete();
          else if (chance.says(0.2)) subscriber.error(new Error('down'));
          else subscriber.next(source);
          if (chance.says(0.5)) {
            timer = clock.schedule(chance.below(200), emit);
            return;
          }
        }
      };
      if (chance.says(0.5)) emit();
      else timer = clock.schedule(chance.below(200), emit);
      return () => {
        this.running--;
        timer?.cancel();
      };
    });

  /** The rows by hand: it answers `return()` at once, though its generator still works on an item. */
  hasty(context: CallContext): AsyncIterable<unknown> {
    const rows = this.rows(context);
    const leave = async () => {
      void rows.return(undefined);
      return { done: true, value: undefined };
    };
    return { [Symbol.asyncIterator]: () => ({ next: () => rows.next(), return: leave }) };
  }

  /** Iterates, and may break off or be aborted. */
  async iterate(guard: ComposedPolicy): Promise<void> {
    const { chance } = this;
    const isHasty = chance.says(0.5);
    const rows = guard.iterate((context) => (isHasty ? this.hasty(context) : this.rows(context)), this.callOptions());
    let left = chance.says(0.5) ? chance.below(3) : Infinity;
    const heard = new Set<unknown>();
    try {
      for await (const row of rows) {
        heard.add(row);
        if (left-- <= 0) break;
        if (chance.says(0.2)) await this.sleep(100);
      }
    } catch {
      // as good an end as any
    }
    if (heard.size > 1) this.faults.push('items of two sources');
    expect(await rows.next()).toEqual({ done: true, value: undefined });
    this.ended++;
  }

  /** Subscribes, and may unsubscribe or be aborted; what comes after the end is a fault. */
  subscribe(guard: ComposedPolicy): void {
    const { chance, clock } = this;
    let isOver = false;
    const heard = new Set<unknown>();
    const end = (): void => {
      if (isOver) this.faults.push('ended again, or after it was left');
      else this.ended++;
      isOver = true;
    };
    const subscription = guardObservable(guard.pipeline, this.observable, this.callOptions())
      .pipe(chance.says(0.5) ? take(1 + chance.below(3)) : identity)
      .subscribe({
        next: (item) => {
          if (isOver) this.faults.push('an item after the end');
          if (heard.add(item).size > 1) this.faults.push('items of two sources');
        },
        error: end,
        complete: end,
      });
    if (!chance.says(0.3)) return;
    clock.schedule(chance.below(300), () => {
      subscription.unsubscribe();
      if (!isOver) end();
    });
  }

  /** Until nothing moves any more; what hangs is let go. */
  async settle(): Promise<void> {
    for (let i = 0; i < 40; i++) {
      await this.clock.advance(500);
      for (const release of this.hanging) release();
      this.hanging.clear();
    }
  }

  private callOptions(): { signal?: AbortSignal } {
    const { chance, clock } = this;
    if (chance.says(0.5)) return {};
    const controller = new AbortController();
    if (chance.says(0.5)) clock.schedule(chance.below(300), () => controller.abort('gone'));
    return { signal: controller.signal };
  }

  private answer(): unknown {
    const { chance } = this;
    if (chance.says(0.3)) throw new Error('no answer either');
    return chance.pick<() => unknown>([
      () => 'cached',
      () => this.sleep(80),
      () => this.rows(new AbortController() as unknown as CallContext),
      () => this.observable(),
    ])();
  }

  private makeBreaker(): CircuitBreakerPolicy {
    const { chance, scope } = this;
    const settleOn = chance.says(0.5) ? 'first' : 'complete';
    const timeout = chance.says(0.3) ? 120 : null;
    const options = {
      ...CIRCUIT_BREAKER_DEFAULTS,
      failureThreshold: 3,
      breakDuration: 200,
      settleOn,
      timeout,
    } as const;
    return new CircuitBreakerPolicy('streams', options, scope);
  }

  private makeBulkhead(): BulkheadPolicy {
    const { chance, scope } = this;
    const maxConcurrent = 1 + chance.below(2);
    const queueTimeout = chance.says(0.5) ? 50 : null;
    return new BulkheadPolicy(
      '',
      { ...BULKHEAD_DEFAULTS, maxConcurrent, maxQueue: chance.below(3), queueTimeout },
      scope,
    );
  }

  private sleep(atMost: number): Promise<void> {
    return new Promise((resolve) => void this.clock.schedule(this.chance.below(atMost), resolve));
  }

  private hang(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      this.hanging.add(resolve);
      signal?.addEventListener('abort', () => resolve());
    });
  }
}

describe('streams under any stack of policies', () => {
  it(
    'end once, give the items of one source, and leave nothing behind: no place, no permit, no timer, no waiter, no work',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), async (seed) => {
          const world = new World(seed);
          const { chance, clock, scope } = world;
          const calls = 1 + chance.below(6);
          for (let i = 0; i < calls; i++) {
            const guard = world.makeGuard();
            if (chance.says(0.5)) void world.iterate(guard);
            else world.subscribe(guard);
            if (chance.says(0.5)) await clock.advance(chance.below(60));
          }
          await world.settle();
          expect(world.faults).toEqual([]);
          expect([world.ended, world.running, clock.pending]).toEqual([calls, 0, 0]);
          expect([scope.active, scope.waiters.size, scope.abortable.size]).toEqual([0, 0, 0]);
          expect(world.bulkheads.map(({ running, queued }) => [running, queued])).toEqual([[0, 0], [0, 0]]); // prettier-ignore
          for (const breaker of world.breakers) {
            const { inFlight, totals } = breaker.snapshot();
            expect(inFlight).toBe(0);
            expect(totals.successes + totals.failures + totals.ignored + totals.stale).toBe(totals.calls);
          }
        }),
        runs(0.5),
      );
    },
    PATIENCE,
  );
});
