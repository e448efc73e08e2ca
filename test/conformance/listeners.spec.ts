import { describe, expect, it } from '@jest/globals';
import { POLICY_EVENT_TYPES, Scope, compose } from 'nest-circuit-breaker/engine';
import type { PolicyEventType } from 'nest-circuit-breaker/engine';

import {
  ServiceError,
  WAYS,
  counted,
  fail,
  hang,
  ignore,
  makeBreaker,
  succeed,
  times,
  trip,
  tripAndWait,
  turn,
} from '../fixtures/breaker.js';
import type { Bench } from '../fixtures/breaker.js';

/** A life in which a breaker says all that it has to say, and what its callers saw of it. */
async function live(bench: Bench): Promise<unknown[]> {
  const { breaker, clock } = bench;
  const answers: unknown[] = [];
  const early = hang(breaker);
  answers.push(await succeed(breaker));
  answers.push(await ignore(breaker));
  const slow = hang(breaker);
  await clock.advance(100);
  answers.push(await slow.succeed());
  const late = hang(breaker);
  await clock.advance(1_000);
  answers.push(await late.answer);
  await times(4, async () => answers.push(await fail(breaker)));
  answers.push(await succeed(breaker)); // refused
  answers.push(await early.succeed()); // stale: the call had timed out
  await clock.advance(30_000);
  await times(2, async () => answers.push(await succeed(breaker)));
  breaker.metricsOnly();
  breaker.disable();
  breaker.isolate();
  breaker.reset();
  answers.push(counted(breaker));
  return answers;
}
const RULES = { slowCallDuration: 50, slowCallRatio: 1, failureThreshold: 5, timeout: 1_000 };
const SAID: readonly PolicyEventType[] = [
  'opened', 'closed', 'half_opened', 'isolated', 'disabled', 'reset', 'updated',
  'succeeded', 'failed', 'ignored', 'refused', 'timed_out', 'slow',
]; // prettier-ignore

describe('a listener', () => {
  const bad: Record<string, () => unknown> = {
    'that throws': () => {
      throw new Error('a bug');
    },
    'that throws nothing': () => {
      throw undefined; // oxlint-disable-line no-throw-literal
    },
    'that rejects': () => Promise.reject(new Error('a bug')),
    'that answers with a bad thenable': () =>
      Object.defineProperty({}, 'then', {
        get: () => {
          throw new Error('a bug');
        },
      }),
    'that answers with a rejecting thenable': () => ({
      then: (_: unknown, reject: (error: unknown) => void) => reject(new Error('a bug')),
    }),
  };

  it.each(Object.keys(bad))('[C40] %s changes nothing', async (kind) => {
    const quiet = makeBreaker(RULES);
    const expected = await live(quiet);
    const bench = makeBreaker(RULES);
    for (const type of SAID) bench.scope.events.on(type, bad[kind] as () => unknown);
    const after: PolicyEventType[] = [];
    bench.scope.events.on('*', ({ type }) => void after.push(type));
    expect(await live(bench)).toEqual(expected);
    await turn();
    expect(bench.events.map(({ type }) => type)).toEqual(quiet.events.map(({ type }) => type));
    expect(after).toEqual(quiet.events.map(({ type }) => type)); // those behind it hear all the same
    expect(bench.faults).toHaveLength(quiet.events.filter(({ type }) => SAID.includes(type)).length);
    expect(bench.faults[0]?.where).toMatch(/listener of "\w+"/);
  });

  it('[C40] in that life every type of event of a breaker is heard', async () => {
    const bench = makeBreaker(RULES);
    await live(bench);
    expect(new Set(bench.events.map(({ type }) => type))).toEqual(new Set(SAID));
  });

  it('[C40] where even who hears of faults has one, nobody notices', async () => {
    const { breaker, scope } = makeBreaker({ failureThreshold: 1 });
    Object.assign(scope, {
      onFault: () => {
        throw new Error('a bug in the logger');
      },
    });
    scope.events.on('opened', bad['that throws'] as () => unknown);
    const error = new ServiceError('down');
    expect(await fail(breaker, error)).toEqual({ ok: false, error });
    expect(breaker.state).toBe('open');
  });

  it('hears what it asked for, in order, until it has had enough', async () => {
    const { breaker, scope } = makeBreaker({ failureThreshold: 2 });
    const heard: string[] = [];
    const stop = scope.events.on('failed', ({ type, name, policy }) => void heard.push(`${policy} ${name} ${type}`));
    scope.events.on('opened', () => void heard.push('opened'));
    await fail(breaker);
    await fail(breaker);
    stop();
    stop();
    breaker.reset();
    await fail(breaker);
    expect(heard).toEqual(['circuit_breaker payments failed', 'circuit_breaker payments failed', 'opened']);
  });

  it('gets a frozen event with a date, and none is made where nobody listens', async () => {
    const bench = makeBreaker({ failureThreshold: 1 });
    await bench.clock.advance(1_500);
    await trip(bench);
    const [failed, opened] = bench.events;
    expect(Object.isFrozen(failed)).toBe(true);
    expect(failed?.at).toEqual(new Date(bench.clock.wall()));
    expect(opened).toEqual({
      type: 'opened',
      policy: 'circuit_breaker',
      name: 'payments',
      at: new Date(bench.clock.wall()),
      from: 'closed',
      to: 'open',
      reason: 'failure_threshold',
      retryAfter: 30_000,
      attempt: 1,
    });
    const quiet = makeBreaker().scope;
    for (const type of POLICY_EVENT_TYPES) expect(quiet.events.hears(type)).toBe(true);
    const silent = new Scope();
    const stop = silent.events.on('*', () => {});
    stop();
    for (const type of POLICY_EVENT_TYPES) expect(silent.events.hears(type)).toBe(false);
  });

  it('that comes or goes while an event is told takes effect with the next', async () => {
    const { breaker, scope } = makeBreaker();
    const heard: string[] = [];
    const stop = scope.events.on('succeeded', () => {
      heard.push('first');
      stop();
      scope.events.on('succeeded', () => void heard.push('newcomer'));
    });
    scope.events.on('succeeded', () => void heard.push('second'));
    await succeed(breaker);
    expect(heard).toEqual(['first', 'second']);
    await succeed(breaker);
    expect(heard).toEqual(['first', 'second', 'second', 'newcomer']);
  });
});

describe.each(WAYS)('inside a listener, of a call made %s', (_way, guardOf) => {
  it('[C41] resetting on opened is safe', async () => {
    const bench = makeBreaker({ failureThreshold: 2 });
    bench.scope.events.on('opened', () => bench.breaker.reset());
    const guard = guardOf(bench.breaker);
    const error = new ServiceError('down');
    for (let i = 0; i < 6; i++) expect(await fail(guard, error)).toEqual({ ok: false, error });
    expect(counted(bench.breaker)).toMatchObject({ state: 'closed', calls: 0, inFlight: 0 });
    const types = bench.events.map(({ type }) => type).filter((type) => type !== 'failed');
    expect(types).toEqual(['opened', 'reset', 'opened', 'reset', 'opened', 'reset']);
  });

  it('[C41] resetting on failed is safe: the failure opens nothing afterwards', async () => {
    const bench = makeBreaker({ failureThreshold: 1 });
    bench.scope.events.on('failed', () => bench.breaker.reset());
    await fail(guardOf(bench.breaker));
    expect(counted(bench.breaker)).toMatchObject({ state: 'closed', calls: 0 });
    expect(bench.breaker.snapshot().window.calls).toBe(0);
  });

  it('[C41] a refusal says what refused, though a listener of it resets the breaker', async () => {
    const bench = makeBreaker({ initialState: 'isolated' });
    bench.scope.events.on('refused', () => bench.breaker.reset());
    const guard = guardOf(bench.breaker);
    expect(await succeed(guard)).toMatchObject({ ok: false, error: { state: 'isolated' } });
    expect(await succeed(guard)).toMatchObject({ ok: true });
  });

  it('[C41] isolating on half_opened is safe: the call that came is refused', async () => {
    const bench = makeBreaker();
    await tripAndWait(bench);
    bench.scope.events.on('half_opened', () => bench.breaker.isolate());
    const call = hang(guardOf(bench.breaker));
    expect(await call.answer).toMatchObject({ ok: false, error: { state: 'isolated' } });
    expect(call.hasRun).toBe(false);
    expect(counted(bench.breaker)).toMatchObject({ state: 'isolated', inFlight: 0 });
  });

  it('[C41] calling the breaker is safe, and its events wait for their turn', async () => {
    const bench = makeBreaker({ failureThreshold: 3, successThreshold: 1 });
    const guard = guardOf(bench.breaker);
    let budget = 5;
    const inner: Promise<unknown>[] = [];
    bench.scope.events.on('failed', () => {
      if (budget-- > 0) inner.push(fail(guard));
    });
    await fail(guard);
    await turn();
    await Promise.all(inner);
    const { calls, failures, refused, stale, inFlight } = counted(bench.breaker);
    expect(bench.breaker.state).toBe('open');
    expect(calls).toBe(failures + stale);
    expect([failures, inFlight]).toEqual([3, 0]);
    expect(refused).toBe(bench.events.filter(({ type }) => type === 'refused').length);
    const order = bench.events.map(({ type }) => type);
    expect(order.indexOf('opened')).toBe(order.lastIndexOf('failed') + 1);
  });

  it('[C41] a listener that recurses for ever on refusals is its own affair, one that does once is answered', async () => {
    const bench = makeBreaker({ initialState: 'isolated' });
    const guard = guardOf(bench.breaker);
    let hasAsked = false;
    let second: unknown;
    bench.scope.events.on('refused', () => {
      if (hasAsked) return;
      hasAsked = true;
      void succeed(guard).then((settled) => (second = settled));
    });
    expect(await succeed(guard)).toMatchObject({ ok: false });
    await turn();
    expect(second).toMatchObject({ ok: false, error: { code: 'ERR_CIRCUIT_OPEN' } });
    expect(counted(bench.breaker)).toMatchObject({ refused: 2 });
  });
});

describe('a listener that aborts calls', () => {
  const abortOn = (bench: Bench, type: PolicyEventType): AbortController => {
    const caller = new AbortController();
    bench.scope.events.on(type, () => caller.abort(new Error('enough')));
    return caller;
  };

  it('[C41] on opened, all under way, the failing one included: each is answered once, none stays under way', async () => {
    const bench = makeBreaker({ failureThreshold: 1 });
    const caller = abortOn(bench, 'opened');
    const calls = Array.from({ length: 5 }, () => hang(bench.breaker, { signal: caller.signal }));
    await calls[2]?.fail();
    for (const call of calls) expect(await call.answer).toMatchObject({ ok: false, error: { message: 'enough' } });
    expect(counted(bench.breaker)).toMatchObject({ state: 'open', calls: 5, failures: 1, stale: 4, inFlight: 0 });
    expect(bench.scope.active).toBe(0);
  });

  it.each(['half_opened', 'succeeded', 'failed', 'refused'] as const)(
    '[C41] on %s: the call in question is answered once, and no permit is lost',
    async (type) => {
      const bench = makeBreaker({ halfOpenMaxCalls: 1, successThreshold: 1, timeout: 1_000 });
      await tripAndWait(bench);
      if (type === 'refused') bench.breaker.isolate();
      const caller = abortOn(bench, type);
      const call = hang(compose(bench.breaker), { signal: caller.signal });
      await (type === 'failed' ? call.fail() : call.succeed());
      expect(await call.answer).toMatchObject({ ok: false, error: { message: 'enough' } });
      expect(call.hasRun).toBe(type === 'succeeded' || type === 'failed');
      const { inFlight, calls } = counted(bench.breaker);
      expect(inFlight).toBe(0);
      expect(bench.scope.active).toBe(0);
      bench.breaker.reset();
      expect(await succeed(bench.breaker)).toMatchObject({ ok: true });
      expect(calls).toBe(type === 'refused' ? 5 : 6);
    },
  );

  it('[C41] on timed_out, by the event or by the signal of the attempt: answered once', async () => {
    for (const by of ['event', 'signal'] as const) {
      const bench = makeBreaker({ timeout: 1_000 });
      const caller = by === 'event' ? abortOn(bench, 'timed_out') : new AbortController();
      let settled: unknown;
      void bench.breaker
        .execute(
          ({ signal }) => {
            if (by === 'signal') signal.addEventListener('abort', () => caller.abort(new Error('enough')));
            return new Promise(() => {});
          },
          { signal: caller.signal },
        )
        .catch((error: unknown) => (settled = error));
      await bench.clock.advance(1_000);
      expect(settled).toMatchObject({ message: 'enough' });
      expect(counted(bench.breaker)).toMatchObject({ calls: 1, inFlight: 0 });
      expect(bench.scope.active).toBe(0);
    }
  });
});

describe('another breaker', () => {
  it('[C44] that is open is not counted as a failure', async () => {
    const outer = makeBreaker({ failureThreshold: 1 }, 'outer');
    const inner = makeBreaker({ initialState: 'isolated' }, 'inner');
    await times(5, () =>
      succeed({ execute: (work, options) => outer.breaker.execute(() => inner.breaker.execute(work), options) }),
    );
    await times(5, () => succeed(compose(outer.breaker, inner.breaker)));
    expect(counted(outer.breaker)).toMatchObject({ state: 'closed', calls: 10, ignored: 10, failures: 0, inFlight: 0 });
    expect(counted(inner.breaker)).toMatchObject({ refused: 10 });
  });

  it('[C44] of another copy of the package is known by its code', async () => {
    const { breaker } = makeBreaker({ failureThreshold: 1 });
    await fail(breaker, Object.assign(new Error('open'), { code: 'ERR_CIRCUIT_OPEN', name: 'CircuitOpenError' }));
    expect(counted(breaker)).toMatchObject({ state: 'closed', ignored: 1 });
  });

  it('[C44] does not hide the failures that opened it', async () => {
    const outer = makeBreaker({ failureThreshold: 3 }, 'outer');
    const inner = makeBreaker({ failureThreshold: 3 }, 'inner');
    await times(3, () => fail(compose(outer.breaker, inner.breaker)));
    expect([outer.breaker.state, inner.breaker.state]).toEqual(['open', 'open']);
  });
});
