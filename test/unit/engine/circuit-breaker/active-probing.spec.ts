import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, it } from '@jest/globals';
import { CircuitBreakerPolicy, Scope } from 'nest-circuit-breaker/engine';
import type { CircuitBreakerOptions } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { counted, fail, hang, succeed, turn, withResolvers } from '../../../fixtures/breaker.js';
import { optionsOf } from '../../../fixtures/complete-options.js';

interface Ask {
  readonly at: number;
  readonly signal: AbortSignal;
  readonly context: unknown;
  answer(): Promise<void>;
  fail(): Promise<void>;
}

function fixture(options: Partial<CircuitBreakerOptions> = {}) {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const scope = new Scope({ clock, onFault: (fault) => faults.push(fault) });
  const storage = new AsyncLocalStorage<string>();
  const asked: Ask[] = [];
  const probe = (signal: AbortSignal): Promise<unknown> => {
    const { promise, resolve, reject } = withResolvers();
    asked.push({
      at: clock.now(),
      signal,
      context: storage.getStore(),
      answer: () => (resolve(), turn()),
      fail: () => (reject(new Error('still down')), turn()),
    });
    return promise;
  };
  const base = { failureThreshold: 1, breakDuration: 10_000, halfOpenTimeout: 2_000, probe };
  const breaker = new CircuitBreakerPolicy('db', optionsOf({ ...base, ...options }), scope);
  const opened: unknown[] = [];
  scope.events.on('opened', ({ reason, attempt, retryAfter }) => opened.push([reason, attempt, retryAfter]));
  return { clock, scope, faults, storage, asked, breaker, opened };
}

const last = (asked: readonly Ask[]): Ask => {
  const ask = asked.at(-1);
  if (ask === undefined) throw new Error('the service was not asked');
  return ask;
};

describe('an active probe', () => {
  it('asks when the break is over, without a caller, and lets none through before the answer', async () => {
    const { breaker, clock, asked } = fixture();
    await fail(breaker);
    await clock.advance(9_999);
    expect(asked).toEqual([]);
    await clock.advance(1);
    expect(asked).toMatchObject([{ at: 10_000 }]);
    expect(await succeed(breaker)).toMatchObject({ ok: false, error: { code: 'ERR_CIRCUIT_OPEN', state: 'open' } });
    expect(breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 2_000 });
    await last(asked).answer();
    expect(breaker.snapshot()).toMatchObject({ state: 'half_open', reason: 'probe_succeeded' });
    expect(await succeed(breaker)).toMatchObject({ ok: true });
    await succeed(breaker);
    expect([breaker.state, asked.length, clock.pending]).toEqual(['closed', 1, 0]);
  });

  it('tells refused callers to come back when the answer is due', async () => {
    const { breaker, clock } = fixture();
    await fail(breaker);
    await clock.advance(10_500);
    expect(await succeed(breaker)).toMatchObject({ ok: false, error: { retryAfter: 1_500 } });
  });

  it('begins the next break when the service says no', async () => {
    const { breaker, clock, asked, opened, faults } = fixture({ breakDuration: (attempt) => attempt * 10_000 });
    await fail(breaker);
    await clock.advance(10_000);
    await last(asked).fail();
    expect(breaker.snapshot()).toMatchObject({ state: 'open', reason: 'probe_failed', retryAfter: 20_000 });
    await clock.advance(20_000);
    expect(asked.map(({ at }) => at)).toEqual([10_000, 30_000]);
    expect(opened).toEqual([
      ['failure_threshold', 1, 10_000],
      ['probe_failed', 2, 20_000],
    ]);
    expect(faults).toEqual([]);
  });

  it('asks again after probeInterval, where that is given', async () => {
    const { breaker, clock, asked } = fixture({ probeInterval: 1_000 });
    await fail(breaker);
    await clock.advance(10_000);
    await last(asked).fail();
    await clock.advance(1_000);
    await last(asked).fail();
    await clock.advance(1_000);
    expect(asked.map(({ at }) => at)).toEqual([10_000, 11_000, 12_000]);
  });

  it('aborts a question that is not answered by halfOpenTimeout, and drops a later answer', async () => {
    const { breaker, clock, asked, opened } = fixture();
    await fail(breaker);
    await clock.advance(12_000);
    const late = last(asked);
    expect(late.signal.reason).toMatchObject({ name: 'TimeoutError' });
    expect(opened.at(-1)).toEqual(['probe_timed_out', 2, 10_000]);
    expect(breaker.snapshot().retryAfter).toBe(10_000);
    await late.answer();
    expect(breaker.state).toBe('open');
    await clock.advance(10_000);
    expect(asked.length).toBe(2);
  });

  it('takes as long as the break where there is no halfOpenTimeout', async () => {
    const { breaker, clock, asked } = fixture({ halfOpenTimeout: null });
    await fail(breaker);
    await clock.advance(19_999);
    expect(last(asked).signal.aborted).toBe(false);
    await clock.advance(1);
    expect(last(asked).signal.aborted).toBe(true);
  });

  it('takes what is thrown, and what is no promise, for an answer', async () => {
    const answers: (() => Promise<unknown>)[] = [
      () => {
        throw new Error('at once');
      },
      () => 'fine' as unknown as Promise<unknown>,
    ];
    const { breaker, clock, opened } = fixture({ probe: () => (answers.shift() as () => Promise<unknown>)() });
    await fail(breaker);
    await clock.advance(10_000);
    expect(opened.at(-1)).toEqual(['probe_failed', 2, 10_000]);
    await clock.advance(10_000);
    expect(breaker.state).toBe('half_open');
  });

  it('asks anew after each break, those that a failed call begins included', async () => {
    const { breaker, clock, asked } = fixture();
    await fail(breaker);
    await clock.advance(10_000);
    await last(asked).answer();
    await fail(breaker);
    expect(breaker.state).toBe('open');
    await clock.advance(10_000);
    expect(asked.length).toBe(2);
  });

  it('counts as no call', async () => {
    const { breaker, clock, asked } = fixture();
    await fail(breaker);
    await clock.advance(10_000);
    await last(asked).answer();
    expect(counted(breaker)).toMatchObject({ calls: 1, failures: 1, successes: 0, inFlight: 0 });
  });

  it('aborts its question when somebody else moves the breaker, and drops the answer', async () => {
    const { breaker, clock, asked } = fixture();
    for (const move of ['close', 'reset', 'isolate', 'disable', 'metricsOnly'] as const) {
      breaker.reset();
      await fail(breaker);
      await clock.advance(10_000);
      breaker[move]();
      const { state } = breaker;
      expect(last(asked).signal.reason).toMatchObject({ name: 'AbortError' });
      await last(asked).answer();
      expect([breaker.state, clock.pending]).toEqual([state, 0]);
    }
  });

  it('asks when an isolation for a time is over', async () => {
    const { breaker, clock, asked } = fixture();
    breaker.isolate({ for: 5_000 });
    await clock.advance(5_000);
    expect(asked.length).toBe(1);
    expect(await succeed(breaker)).toMatchObject({ ok: false });
    await last(asked).answer();
    expect(breaker.state).toBe('half_open');
  });

  it('asks for a breaker that is born open, and for one that is restored', async () => {
    const { clock, asked, breaker } = fixture({ initialState: 'open' });
    await clock.advance(10_000);
    expect(asked.length).toBe(1);
    await last(asked).answer();
    const saved = { ...breaker.toJSON(), state: 'open', remaining: 3_000 };
    breaker.restore(saved);
    await clock.advance(3_000);
    expect(asked.length).toBe(2);
  });

  it('can be given to a breaker, and taken from it, while that is open', async () => {
    const { breaker, clock, asked } = fixture();
    const { options } = breaker;
    breaker.update({ ...options, probe: null });
    await fail(breaker);
    await clock.advance(4_000);
    breaker.update(options);
    await clock.advance(6_000);
    expect(asked.length).toBe(1);
    breaker.update({ ...options, probe: null });
    expect(last(asked).signal.aborted).toBe(true);
    await clock.advance(2_000); // until when callers were told to wait
    expect(await succeed(breaker)).toMatchObject({ ok: true });
    expect(clock.pending).toBe(0);
  });

  it('runs in nobody’s context', async () => {
    const { breaker, clock, asked, storage, scope } = fixture();
    const heard: unknown[] = [];
    scope.events.on('half_opened', () => heard.push(storage.getStore()));
    await storage.run('request', () => fail(breaker));
    await storage.run('timer', () => clock.advance(10_000));
    expect(last(asked).context).toBeUndefined();
    await last(asked).answer();
    expect(heard).toEqual([undefined]);
  });

  it('is started by a caller where its timer is late, and by nobody while the policy is off', async () => {
    const { breaker, clock, asked, scope } = fixture();
    await fail(breaker);
    scope.enabled = false;
    await clock.advance(15_000);
    expect(asked).toEqual([]);
    scope.enabled = true;
    expect(await succeed(breaker)).toMatchObject({ ok: false });
    expect(asked.length).toBe(1);
    await last(asked).answer();
    expect(breaker.state).toBe('half_open');
  });

  it('[C54] leaves nothing behind when the breaker is forgotten or the application goes down', async () => {
    const { breaker, clock, asked, scope } = fixture();
    await fail(breaker);
    breaker.retire();
    expect(clock.pending).toBe(0);
    await clock.advance(10_000);
    expect(asked).toEqual([]);
    const second = new CircuitBreakerPolicy('db', breaker.options, scope);
    await fail(second);
    await clock.advance(10_000);
    await scope.drain(0);
    expect(last(asked).signal.aborted).toBe(true);
    await last(asked).fail();
    await clock.advance(20_000);
    expect([asked.length, clock.pending]).toEqual([1, 0]);
  });

  it('[C54] keeps no process alive', async () => {
    const { clock } = fixture();
    const kept: boolean[] = [];
    const watching = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      schedule: (delay: number, task: () => void, keepAlive: boolean) => (
        kept.push(keepAlive),
        clock.schedule(delay, task)
      ),
    };
    const probe = (): Promise<never> => new Promise(() => {});
    const breaker = new CircuitBreakerPolicy(
      'db',
      optionsOf({ failureThreshold: 1, probe }),
      new Scope({ clock: watching }),
    );
    await fail(breaker);
    await clock.advance(30_000);
    expect(kept).toEqual([false, false]);
    const call = hang(breaker);
    expect(await call.answer).toMatchObject({ ok: false });
  });
});
