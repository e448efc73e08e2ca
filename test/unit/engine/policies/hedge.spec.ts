import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, it } from '@jest/globals';
import {
  BULKHEAD_DEFAULTS,
  BulkheadPolicy,
  CIRCUIT_BREAKER_DEFAULTS,
  CircuitBreakerPolicy,
  HEDGE_DEFAULTS,
  HedgePolicy,
  Scope,
  TimeoutPolicy,
  compose,
} from 'nest-circuit-breaker/engine';
import type { CallContext, ExecuteOptions, Executor, HedgeOptions, PolicyEvent } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { ServiceError, settledOf, turn, withResolvers } from '../../../fixtures/breaker.js';

function fixture(options: Partial<HedgeOptions> = {}) {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const hedge = new HedgePolicy('', { ...HEDGE_DEFAULTS, ...options }, scope);
  const bulkhead = new BulkheadPolicy('db', { ...BULKHEAD_DEFAULTS, maxConcurrent: 2 }, scope);
  const breaker = new CircuitBreakerPolicy('db', CIRCUIT_BREAKER_DEFAULTS, scope);
  const timeout = new TimeoutPolicy('', { enabled: true, duration: 5_000 }, scope);
  const events: PolicyEvent[] = [];
  scope.events.on('hedged', (event) => void events.push(event));
  return { clock, scope, hedge, bulkhead, breaker, timeout, events };
}

interface Attempt {
  readonly context: CallContext;
  succeed(value: unknown): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** One call whose attempts all end when the test says so. */
function call(guard: Executor, options?: ExecuteOptions) {
  const attempts: Attempt[] = [];
  const answer = settledOf(
    guard.execute((context) => {
      const { promise, resolve, reject } = withResolvers();
      void context.signal;
      attempts.push({
        context,
        succeed: (value) => (resolve(value), turn()),
        fail: (error) => (reject(error), turn()),
      });
      return promise;
    }, options),
  );
  return { attempts, answer };
}

const at = (attempts: readonly Attempt[], index: number): Attempt => {
  const attempt = attempts[index];
  if (attempt === undefined) throw new Error(`attempt ${index + 1} was not made`);
  return attempt;
};

const abortError = expect.objectContaining({ name: 'AbortError' });
const aborted = (attempts: readonly Attempt[]): boolean[] => attempts.map(({ context }) => context.signal.aborted);

describe('a hedge', () => {
  it('makes one attempt where the answer comes within the delay', async () => {
    const { hedge, clock, events } = fixture();
    const { attempts, answer } = call(hedge);
    await clock.advance(999);
    await at(attempts, 0).succeed('first');
    expect(await answer).toEqual({ ok: true, value: 'first' });
    await clock.advance(10_000);
    expect([attempts.length, events.length, clock.pending]).toEqual([1, 0, 0]);
  });

  it('starts another attempt when the delay is over, up to maxAttempts', async () => {
    const { hedge, clock, events } = fixture({ delay: 100, maxAttempts: 3 });
    const { attempts, answer } = call(hedge, { operation: 'Quotes.get' });
    for (const [ms, made] of [
      [99, 1],
      [1, 2],
      [99, 2],
      [1, 3],
      [1_000, 3],
    ] as const) {
      // prettier-ignore
      await clock.advance(ms);
      expect(attempts.length).toBe(made);
    }
    expect(attempts.map(({ context }) => context.attempt)).toEqual([1, 2, 3]);
    expect(new Set(attempts.map(({ context }) => context.signal)).size).toBe(3);
    expect(events).toMatchObject([
      { type: 'hedged', policy: 'hedge', attempt: 2, operation: 'Quotes.get' },
      { type: 'hedged', policy: 'hedge', attempt: 3, operation: 'Quotes.get' },
    ]);
    await at(attempts, 2).succeed('third');
    expect(await answer).toEqual({ ok: true, value: 'third' });
  });

  it.each([0, 1])('takes the first success and aborts the other attempt: attempt %p wins', async (winner) => {
    const { hedge, clock } = fixture();
    const { attempts, answer } = call(hedge);
    await clock.advance(1_000);
    await at(attempts, winner).succeed('quick');
    expect(await answer).toEqual({ ok: true, value: 'quick' });
    expect(aborted(attempts)).toEqual([winner !== 0, winner !== 1]);
    expect(at(attempts, 1 - winner).context.signal.reason).toEqual(abortError);
    await at(attempts, 1 - winner).fail(new ServiceError('late')); // unseen
    expect(clock.pending).toBe(0);
  });

  it('starts the next attempt at once when one fails', async () => {
    const { hedge, clock, events } = fixture({ maxAttempts: 3 });
    const { attempts, answer } = call(hedge);
    await at(attempts, 0).fail(new ServiceError('one'));
    expect(attempts.length).toBe(2);
    await at(attempts, 1).fail(new ServiceError('two'));
    expect([attempts.length, events.length]).toEqual([3, 2]);
    await at(attempts, 2).succeed('three');
    expect(await answer).toEqual({ ok: true, value: 'three' });
    await clock.advance(1_000);
    expect(clock.pending).toBe(0);
  });

  it('waits a whole delay anew after an attempt that a failure has started', async () => {
    const { hedge, clock } = fixture({ maxAttempts: 3 });
    const { attempts } = call(hedge);
    await clock.advance(900);
    await at(attempts, 0).fail(new ServiceError('one'));
    await clock.advance(999);
    expect(attempts.length).toBe(2);
    await clock.advance(1);
    expect(attempts.length).toBe(3);
    await at(attempts, 2).succeed('three');
    await at(attempts, 1).succeed('two');
  });

  it('fails with the first attempt’s error, and only when all have failed', async () => {
    const { hedge, clock } = fixture();
    const { attempts, answer } = call(hedge);
    const errors = [new ServiceError('one'), new ServiceError('two')];
    await clock.advance(1_000);
    await at(attempts, 1).fail(errors[1]);
    await clock.advance(10_000);
    expect([attempts.length, aborted(attempts)]).toEqual([2, [false, false]]);
    await at(attempts, 0).fail(errors[0]);
    const settled = await answer;
    expect(settled.ok === false && settled.error).toBe(errors[0]);
  });

  it('survives methods that answer or throw synchronously', async () => {
    const { hedge, clock } = fixture({ maxAttempts: 3 });
    expect(await hedge.execute(() => 'at once')).toBe('at once');
    let tries = 0;
    const error = new ServiceError('at once');
    const work = (): never => {
      tries++;
      throw error;
    };
    await expect(hedge.execute(work)).rejects.toBe(error);
    await clock.advance(1_000);
    expect([tries, clock.pending]).toEqual([3, 0]);
  });

  it('makes no other attempt after a failure that the caller is to blame for', async () => {
    const { hedge, clock } = fixture();
    const { attempts, answer } = call(hedge);
    const error = Object.assign(new Error('not found'), { status: 404 });
    await at(attempts, 0).fail(error);
    expect(await answer).toEqual({ ok: false, error });
    await clock.advance(1_000);
    expect([attempts.length, clock.pending]).toEqual([1, 0]);
  });

  it('makes no other attempt where a policy below refuses', async () => {
    const { hedge, breaker, clock } = fixture();
    breaker.isolate();
    const { attempts, answer } = call(compose(hedge, breaker));
    expect(await answer).toMatchObject({ ok: false, error: { code: 'ERR_CIRCUIT_OPEN' } });
    expect([attempts.length, breaker.snapshot().totals.refused]).toEqual([0, 1]);
    await clock.advance(1_000);
    expect(clock.pending).toBe(0);
  });

  it('waits for the first attempt when the second is refused', async () => {
    const { hedge, bulkhead, clock } = fixture();
    bulkhead.update({ ...bulkhead.options, maxConcurrent: 1 });
    const { attempts, answer } = call(compose(hedge, bulkhead));
    await clock.advance(5_000);
    expect(attempts.length).toBe(1);
    await at(attempts, 0).succeed('first');
    expect(await answer).toEqual({ ok: true, value: 'first' });
    expect(bulkhead.running).toBe(0);
  });

  it('makes each attempt pass the policies below, and a lost one says nothing about the service', async () => {
    const { hedge, breaker, clock } = fixture();
    const { attempts, answer } = call(compose(hedge, breaker));
    await clock.advance(1_000);
    expect(breaker.snapshot().inFlight).toBe(2);
    await at(attempts, 1).succeed('second');
    await answer;
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, totals: { calls: 2, successes: 1, ignored: 1 } });
    await at(attempts, 0).fail(new ServiceError('late'));
    expect(breaker.snapshot().totals).toMatchObject({ failures: 0, stale: 0 });
  });

  it('[C46] keeps the bulkhead place of the call until its last attempt has ended', async () => {
    const { hedge, bulkhead, clock } = fixture();
    const { attempts, answer } = call(compose(bulkhead, hedge));
    await clock.advance(1_000);
    await at(attempts, 1).succeed('second');
    expect(await answer).toMatchObject({ ok: true });
    expect(bulkhead.running).toBe(1);
    await at(attempts, 0).succeed('late');
    expect(bulkhead.running).toBe(0);
  });

  it('[C46] keeps the bulkhead place of each attempt until that has ended', async () => {
    const { hedge, bulkhead, clock } = fixture();
    const { attempts, answer } = call(compose(hedge, bulkhead));
    await clock.advance(1_000);
    expect(bulkhead.running).toBe(2);
    await at(attempts, 0).succeed('first');
    await answer;
    expect(bulkhead.running).toBe(1);
    await at(attempts, 1).fail(new ServiceError('late'));
    expect(bulkhead.running).toBe(0);
  });

  it('[C46] aborts all attempts with the call, which keeps its place until the last has ended', async () => {
    const { hedge, bulkhead, clock } = fixture({ maxAttempts: 3 });
    const controller = new AbortController();
    const { attempts, answer } = call(compose(bulkhead, hedge), { signal: controller.signal });
    await clock.advance(1_000);
    controller.abort();
    expect(await answer).toEqual({ ok: false, error: controller.signal.reason });
    expect(attempts.map(({ context }) => context.signal.reason as unknown)).toEqual(
      attempts.map(() => controller.signal.reason),
    );
    await at(attempts, 1).succeed('late');
    expect(bulkhead.running).toBe(1);
    await at(attempts, 0).fail(new ServiceError('late'));
    await clock.advance(10_000);
    expect([bulkhead.running, attempts.length, clock.pending]).toEqual([0, 2, 0]);
  });

  it('ends with a limit above it, and each attempt with a limit below it', async () => {
    const { hedge, timeout, clock } = fixture();
    const outside = call(compose(timeout, hedge));
    await clock.advance(5_000);
    expect(await outside.answer).toMatchObject({ ok: false, error: { code: 'ERR_CALL_TIMEOUT' } });
    expect(aborted(outside.attempts)).toEqual([true, true]);
    const inside = call(compose(hedge, timeout));
    await clock.advance(5_000);
    expect(aborted(inside.attempts)).toEqual([true, false]);
    await clock.advance(1_000);
    expect(await inside.answer).toMatchObject({ ok: false, error: { code: 'ERR_CALL_TIMEOUT' } });
    for (const { attempts } of [outside, inside]) for (const attempt of attempts) await attempt.succeed('late');
    expect(clock.pending).toBe(0);
  });

  it('[C53] [C80] starts attempts in the context of their own caller', async () => {
    const { hedge, clock, scope } = fixture();
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    scope.events.on('hedged', () => seen.push(`hedged ${storage.getStore()}`));
    const calls = ['a', 'b'].map((name) =>
      storage.run(name, () =>
        hedge.execute(({ attempt }) => {
          seen.push(`${attempt} ${storage.getStore()}`);
          return attempt === 1 ? new Promise<never>(() => {}) : Promise.resolve(attempt);
        }),
      ),
    );
    await storage.run('timer', () => clock.advance(1_000));
    expect(await Promise.all(calls)).toEqual([2, 2]);
    expect(seen).toEqual(['1 a', '1 b', 'hedged a', '2 a', 'hedged b', '2 b']);
  });

  it('serves the next call after one whose attempts were aborted', async () => {
    const { hedge, bulkhead, clock } = fixture({ maxAttempts: 3 });
    const pipeline = compose(bulkhead, hedge);
    for (let round = 0; round < 3; round++) {
      const { attempts, answer } = call(pipeline);
      await clock.advance(1_000);
      await at(attempts, 1).succeed(round);
      expect(await answer).toEqual({ ok: true, value: round });
      await at(attempts, 0).succeed('late');
      expect(bulkhead.running).toBe(0);
    }
  });

  it('drops a call that is aborted by whoever hears of a lost attempt', async () => {
    const { hedge, bulkhead, clock } = fixture();
    const controller = new AbortController();
    const { attempts, answer } = call(compose(bulkhead, hedge), { signal: controller.signal });
    at(attempts, 0).context.signal.addEventListener('abort', () => controller.abort());
    await clock.advance(1_000);
    await at(attempts, 1).succeed('second');
    expect(await answer).toEqual({ ok: false, error: controller.signal.reason });
    expect(bulkhead.running).toBe(1);
    await at(attempts, 0).succeed('late');
    expect(bulkhead.running).toBe(0);
  });

  it('starts nothing for a call that is aborted by whoever hears of its next attempt', async () => {
    const { hedge, bulkhead, scope, clock } = fixture();
    const controller = new AbortController();
    scope.events.on('hedged', () => controller.abort());
    const { attempts, answer } = call(compose(bulkhead, hedge), { signal: controller.signal });
    await at(attempts, 0).fail(new ServiceError('no'));
    expect(await answer).toEqual({ ok: false, error: controller.signal.reason });
    expect([attempts.length, bulkhead.running]).toEqual([1, 0]);
    await clock.advance(1_000);
    expect(clock.pending).toBe(0);
  });

  it('passes calls while it is switched off, or has one attempt only', async () => {
    const { hedge, scope, clock } = fixture();
    const cases: [() => void][] = [
      [() => hedge.update({ ...hedge.options, enabled: false })],
      [() => hedge.update({ ...hedge.options, enabled: true, maxAttempts: 1 })],
      [() => ((scope.enabled = false), hedge.update(HEDGE_DEFAULTS))],
    ];
    for (const [switchOff] of cases) {
      switchOff();
      const { attempts, answer } = call(hedge);
      await clock.advance(10_000);
      expect([attempts.length, clock.pending]).toEqual([1, 0]);
      await at(attempts, 0).succeed('only');
      expect(await answer).toEqual({ ok: true, value: 'only' });
    }
    scope.enabled = true;
    const { attempts, answer } = call(hedge);
    await clock.advance(1_000);
    await at(attempts, 1).succeed('second');
    expect(await answer).toEqual({ ok: true, value: 'second' });
  });

  it('lets the stream win whose first item comes first', async () => {
    const { hedge, clock } = fixture();
    const closed: number[] = [];
    const gates: (() => void)[] = [];
    async function* rows(attempt: number): AsyncGenerator<string> {
      try {
        await new Promise<void>((resolve) => gates.push(resolve));
        for (const n of [1, 2, 3]) yield `${attempt}.${n}`;
      } finally {
        closed.push(attempt);
      }
    }
    const items: string[] = [];
    const reading = (async () => {
      for await (const row of hedge.iterate(({ attempt }) => rows(attempt))) items.push(row);
    })();
    await clock.advance(1_000);
    gates[1]?.();
    await reading;
    expect(items).toEqual(['2.1', '2.2', '2.3']);
    gates[0]?.();
    await turn();
    expect(closed.toSorted()).toEqual([1, 2]);
    await clock.advance(10_000);
    expect([gates.length, clock.pending]).toEqual([2, 0]);
  });
});
