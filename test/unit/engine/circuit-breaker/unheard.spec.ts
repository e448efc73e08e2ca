import { describe, expect, it } from '@jest/globals';
import { CircuitBreakerPolicy, Scope } from 'nest-circuit-breaker/engine';
import type { CircuitBreakerOptions } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { fail, hang, ignore, succeed, times } from '../../../fixtures/breaker.js';
import { optionsOf } from '../../../fixtures/complete-options.js';

/** A breaker that nobody listens to; each event that is made reads the wall clock, since it has a date. */
function fixture(options: Partial<CircuitBreakerOptions> = {}) {
  const manual = new ManualClock();
  let reads = 0;
  const clock = {
    now: () => manual.now(),
    wall: () => (reads++, manual.wall()),
    schedule: (delay: number, task: () => void) => manual.schedule(delay, task),
  };
  const breaker = new CircuitBreakerPolicy('db', optionsOf(options), new Scope({ clock }));
  const readsOf = async (step: () => unknown): Promise<number> => {
    reads = 0;
    await step();
    return reads;
  };
  return { breaker, clock: manual, readsOf };
}

describe('where nobody listens', () => {
  it('a call makes no event, however it ends', async () => {
    const { breaker, clock, readsOf } = fixture({ slowCallDuration: 1_000, slowCallRatio: 1 });
    expect(await readsOf(() => succeed(breaker))).toBe(0);
    expect(await readsOf(() => fail(breaker))).toBe(0);
    expect(await readsOf(() => ignore(breaker))).toBe(0);
    const [well, badly, late] = [hang(breaker), hang(breaker), hang(breaker)];
    await clock.advance(1_000);
    expect(await readsOf(() => well?.succeed())).toBe(0);
    expect(await readsOf(() => badly?.fail())).toBe(0);
    breaker.isolate();
    expect(await readsOf(() => succeed(breaker))).toBe(0);
    expect(await readsOf(() => late?.succeed())).toBe(0);
    expect(breaker.snapshot().totals).toMatchObject({ slow: 2, refused: 1, stale: 1, ignored: 1 });
  });

  it('a transition makes none: the one date that is read is that of the new state', async () => {
    const { breaker, clock, readsOf } = fixture({ failureThreshold: 1, breakDuration: 1_000, successThreshold: 1 });
    expect(await readsOf(() => breaker.isolate())).toBe(1);
    expect(await readsOf(() => breaker.disable())).toBe(1);
    expect(await readsOf(() => breaker.metricsOnly())).toBe(1);
    expect(await readsOf(() => breaker.close())).toBe(1);
    expect(await readsOf(() => breaker.reset())).toBe(1);
    expect(await readsOf(() => fail(breaker))).toBe(1);
    await clock.advance(1_000);
    const probe = hang(breaker);
    expect(breaker.state).toBe('half_open');
    expect(await readsOf(() => probe.succeed())).toBe(1);
    expect(breaker.state).toBe('closed');
    await fail(breaker);
    await clock.advance(1_000);
    expect(await readsOf(() => void hang(breaker))).toBe(1);
    expect(breaker.state).toBe('half_open');
  });

  it('a time-out makes none', async () => {
    const { breaker, clock, readsOf } = fixture({ timeout: 1_000, failureThreshold: 5 });
    const call = hang(breaker);
    expect(await readsOf(() => clock.advance(1_000))).toBe(0);
    expect(call.settled).toMatchObject({ ok: false, error: { code: 'ERR_CALL_TIMEOUT' } });
  });

  it('adapting makes none', async () => {
    const adaptive = () => ({ failureRatio: 0.2 });
    const { breaker, readsOf } = fixture({ failureRatio: 0.5, samplingSize: 10, samplingDuration: null, adaptive });
    expect(await readsOf(() => times(3, () => succeed(breaker)))).toBe(0);
    expect(breaker.snapshot().options).toMatchObject({ failureRatio: 0.2 });
  });
});
