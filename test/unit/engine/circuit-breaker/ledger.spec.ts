import { describe, expect, it } from '@jest/globals';

import { ServiceError, hang, ignore, makeBreaker, settledOf, tripAndWait } from '../../../fixtures/breaker.js';
import type { Bench } from '../../../fixtures/breaker.js';

const told = ({ events }: Bench) =>
  events.map(({ at: _, policy: __, name: ___, ...rest }) => rest as Record<string, unknown>);

describe('what the listeners of a breaker are told of a call', () => {
  const operation = 'Quotes.get';

  it('is how long it took and what it was named, with its error where it has one', async () => {
    const bench = makeBreaker({ slowCallDuration: 200, slowCallRatio: 1 });
    const { breaker, clock } = bench;
    const error = new ServiceError('down');
    const missing = Object.assign(new Error('not found'), { status: 404 });
    const call = async (duration: number, answer: (call: ReturnType<typeof hang>) => unknown): Promise<void> => {
      const hanging = hang(breaker, { operation });
      await clock.advance(duration);
      await answer(hanging);
    };
    await call(10, (each) => each.succeed());
    await call(20, (each) => each.fail(error));
    await call(30, (each) => each.fail(missing));
    await call(200, (each) => each.succeed());
    await call(300, (each) => each.fail(error));
    expect(told(bench)).toEqual([
      { type: 'succeeded', duration: 10, operation },
      { type: 'failed', duration: 20, error, operation },
      { type: 'ignored', duration: 30, error: missing, operation },
      { type: 'succeeded', duration: 200, operation },
      { type: 'slow', duration: 200, operation },
      { type: 'failed', duration: 300, error, operation },
      { type: 'slow', duration: 300, operation },
    ]);
  });

  it('may move the breaker: the success that they heard of is not counted in what begins then', async () => {
    const { breaker, scope } = makeBreaker();
    scope.events.on('succeeded', () => breaker.reset());
    await breaker.execute(() => 'fine');
    expect(breaker.snapshot()).toMatchObject({ window: { calls: 0 }, totals: { successes: 0 } });
  });

  it('leaves the name out where it has none', async () => {
    const bench = makeBreaker({ timeout: 100 });
    await hang(bench.breaker).succeed();
    await ignore(bench.breaker);
    const late = hang(bench.breaker);
    await bench.clock.advance(100);
    await late.answer;
    bench.breaker.isolate();
    await hang(bench.breaker).answer;
    expect(bench.events.filter((event) => 'operation' in event)).toEqual([]);
    const heard = bench.heard().filter((type) => type !== 'isolated');
    expect(heard).toEqual(['succeeded', 'ignored', 'timed_out', 'failed', 'refused']);
  });

  it('is of a late result whether the call went well, and how long it took in all', async () => {
    const bench = makeBreaker();
    await bench.clock.advance(5);
    const calls = [0, 1, 2].map(() => hang(bench.breaker, { operation }));
    await bench.clock.advance(70);
    bench.breaker.isolate();
    await calls[0]?.succeed();
    await calls[1]?.fail();
    await calls[2]?.fail(Object.assign(new Error('not found'), { status: 404 }));
    expect(told(bench).filter(({ type }) => type === 'stale_result')).toEqual([
      { type: 'stale_result', duration: 70, ok: true, operation },
      { type: 'stale_result', duration: 70, ok: false, operation },
      { type: 'stale_result', duration: 70, ok: false, operation },
    ]);
  });

  it('is of a refusal in which state, and until when', async () => {
    const bench = makeBreaker({ failureThreshold: 1, breakDuration: 1_000, halfOpenMaxCalls: 1 });
    await tripAndWait(bench);
    bench.events.length = 0;
    const probe = hang(bench.breaker, { operation });
    await bench.clock.advance(100);
    await settledOf(bench.breaker.execute(() => 1, { operation }));
    expect(told(bench).at(-1)).toEqual({ type: 'refused', state: 'half_open', retryAfter: 900, operation });
    await probe.succeed();
    bench.breaker.isolate();
    await settledOf(bench.breaker.execute(() => 1, { operation }));
    expect(told(bench).at(-1)).toEqual({ type: 'refused', state: 'isolated', retryAfter: null, operation });
    await settledOf(bench.breaker.execute(() => 1));
    expect(told(bench).at(-1)).toEqual({ type: 'refused', state: 'isolated', retryAfter: null });
  });

  it('is of a probe that timed out that it failed at its deadline, and later that it is stale', async () => {
    const bench = makeBreaker({ failureThreshold: 1, breakDuration: 1_000, halfOpenTimeout: 500 });
    await tripAndWait(bench);
    const probe = hang(bench.breaker);
    await bench.clock.advance(800);
    await hang(bench.breaker).answer; // refused, which is when it is noticed
    const { lastFailureAt, totals, retryAfter } = bench.breaker.snapshot();
    expect([lastFailureAt, totals.failures, retryAfter]).toEqual([new Date(bench.clock.wall() - 300), 2, 700]);
    await probe.succeed();
    expect(bench.breaker.snapshot().totals).toMatchObject({ failures: 1, stale: 1 });
  });
});
