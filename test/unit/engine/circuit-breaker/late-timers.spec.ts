import { describe, expect, it } from '@jest/globals';
import { CircuitBreakerPolicy, Scope } from 'nest-circuit-breaker/engine';
import type { CircuitBreakerOptions } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { fail, succeed, turn, withResolvers } from '../../../fixtures/breaker.js';
import { optionsOf } from '../../../fixtures/complete-options.js';

interface Waiting {
  readonly delay: number;
  fire(): Promise<void>;
}

/** A breaker with a probe, on a clock whose timers fire when the test says so: early, late or never. */
function fixture(options: Partial<CircuitBreakerOptions> = {}) {
  const manual = new ManualClock();
  const timers: Waiting[] = [];
  const clock = {
    now: () => manual.now(),
    wall: () => manual.wall(),
    schedule: (delay: number, task: () => void) => {
      const timer: Waiting = { delay, fire: () => (cancel(), task(), turn()) };
      const cancel = (): void => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1));
      timers.push(timer);
      return { cancel };
    },
  };
  const asked: { readonly signal: AbortSignal; readonly resolve: () => void }[] = [];
  const probe = (signal: AbortSignal): Promise<unknown> => {
    const { promise, resolve } = withResolvers();
    asked.push({ signal, resolve });
    return promise;
  };
  const base = { failureThreshold: 1, breakDuration: 10_000, halfOpenTimeout: 2_000, probe };
  const breaker = new CircuitBreakerPolicy('db', optionsOf({ ...base, ...options }), new Scope({ clock }));
  return { breaker, clock: manual, timers, asked };
}

const fireAll = async (timers: Waiting[]): Promise<void> => {
  for (const timer of timers.slice()) await timer.fire();
};

describe('an active probe', () => {
  it('never asks early, though its timer fires early', async () => {
    const { breaker, clock, timers, asked } = fixture();
    await fail(breaker);
    expect(timers.map(({ delay }) => delay)).toEqual([10_000]);
    await clock.advance(9_998);
    await fireAll(timers);
    expect([asked.length, timers.map(({ delay }) => delay)]).toEqual([0, [2]]);
    await clock.advance(2);
    await fireAll(timers);
    expect([asked.length, timers.map(({ delay }) => delay)]).toEqual([1, [2_000]]);
  });

  it('whose time is up is given up by a caller where its timer is late, at its deadline and not before', async () => {
    const { breaker, clock, timers, asked } = fixture();
    await fail(breaker);
    await clock.advance(10_000);
    await fireAll(timers);
    await clock.advance(1_999);
    await succeed(breaker);
    expect([asked[0]?.signal.aborted, breaker.snapshot().reason]).toEqual([false, 'failure_threshold']);
    await clock.advance(1);
    expect(await succeed(breaker)).toMatchObject({ ok: false, error: { retryAfter: 10_000 } });
    expect(asked[0]?.signal.reason).toMatchObject({ name: 'TimeoutError', message: 'The probe took too long' });
    expect(breaker.snapshot()).toMatchObject({ state: 'open', reason: 'probe_timed_out' });
    expect([asked.length, timers.map(({ delay }) => delay)]).toEqual([1, [10_000]]);
  });

  it('that is given up late begins a break from its deadline', async () => {
    const { breaker, clock, timers } = fixture();
    await fail(breaker);
    await clock.advance(10_000);
    await fireAll(timers);
    await clock.advance(5_000);
    expect(await succeed(breaker)).toMatchObject({ ok: false, error: { retryAfter: 7_000 } });
  });

  it('is asked once by many callers', async () => {
    const { breaker, clock, timers, asked } = fixture();
    await fail(breaker);
    await clock.advance(10_500);
    for (let i = 0; i < 5; i++) expect(await succeed(breaker)).toMatchObject({ ok: false });
    expect([asked.length, timers.map(({ delay }) => delay)]).toEqual([1, [2_000]]);
    asked[0]?.resolve();
    await turn();
    expect([breaker.state, timers.length]).toEqual(['half_open', 0]);
  });

  it('may call the breaker that it asks for: it is refused, and asked no second time', async () => {
    const answers: unknown[] = [];
    const probe = async (): Promise<void> => void answers.push(await succeed(breaker));
    const { breaker, clock, timers } = fixture({ probe });
    await fail(breaker);
    await clock.advance(10_000);
    await fireAll(timers);
    expect(answers).toMatchObject([{ ok: false, error: { code: 'ERR_CIRCUIT_OPEN' } }]);
    expect(breaker.state).toBe('half_open');
  });

  it('is not disturbed by an update of other options, nor by what restores nothing', async () => {
    const { breaker, clock, timers, asked } = fixture();
    await fail(breaker);
    breaker.update({ ...breaker.options, successThreshold: 5 });
    expect(timers.map(({ delay }) => delay)).toEqual([10_000]);
    await clock.advance(10_000);
    await fireAll(timers);
    breaker.update({ ...breaker.options, successThreshold: 6 });
    expect([asked.length, asked[0]?.signal.aborted]).toEqual([1, false]);
    asked[0]?.resolve();
    await turn();
    expect(breaker.state).toBe('half_open');
  });

  it('says why it was aborted where the answer is no longer needed', async () => {
    const { breaker, clock, timers, asked } = fixture();
    await fail(breaker);
    await clock.advance(10_000);
    await fireAll(timers);
    breaker.close();
    const reason = asked[0]?.signal.reason as DOMException;
    expect([reason.name, reason.message]).toEqual(['AbortError', 'The answer is no longer needed']);
    expect(timers).toEqual([]);
  });

  it('that fails after it was given up begins no break of its own', async () => {
    let reject!: (error: unknown) => void;
    const probe = (): Promise<unknown> => new Promise((_, no) => (reject = no));
    const { breaker, clock, timers } = fixture({ probe });
    await fail(breaker);
    await clock.advance(10_000);
    await fireAll(timers);
    breaker.isolate({ reason: 'a drill' });
    reject(new Error('late'));
    await turn();
    expect(breaker.snapshot()).toMatchObject({ state: 'isolated', reason: 'a drill' });
  });

  it('after an isolation has as long as the first break where nothing else is said, and leaves its end as it was', async () => {
    const breakDuration = (attempt: number): number => attempt * 3_000;
    const { breaker, clock, timers, asked } = fixture({ halfOpenTimeout: null, breakDuration });
    breaker.isolate({ for: 5_000 });
    const { expiresAt } = breaker.snapshot();
    await clock.advance(5_000);
    await fireAll(timers);
    expect([asked.length, timers.map(({ delay }) => delay)]).toEqual([1, [3_000]]);
    expect(breaker.snapshot()).toMatchObject({ state: 'isolated', expiresAt, retryAfter: 0 });
  });

  it('waits for no end of an isolation that has none', () => {
    const { breaker, timers } = fixture();
    breaker.isolate();
    expect(timers).toEqual([]);
  });

  it('has no timer while the breaker is neither open nor isolated, and one without a probe never has', async () => {
    const { breaker, timers } = fixture();
    breaker.disable({ for: 1_000 });
    expect(timers).toEqual([]);
    breaker.metricsOnly({ for: 1_000 });
    expect(timers).toEqual([]);
    breaker.reset();
    breaker.update({ ...breaker.options, probe: null });
    await fail(breaker);
    expect([breaker.state, timers]).toEqual(['open', []]);
  });
});
