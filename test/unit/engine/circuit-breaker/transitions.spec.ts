import { describe, expect, it } from '@jest/globals';
import { CircuitBreakerPolicy, MAX_DURATION, Scope } from 'nest-circuit-breaker/engine';
import type { BreakDuration, CallContext } from 'nest-circuit-breaker/engine';

import { fail, hang, makeBreaker, succeed, trip, tripAndWait } from '../../../fixtures/breaker.js';
import type { Bench } from '../../../fixtures/breaker.js';
import { optionsOf } from '../../../fixtures/complete-options.js';

const last = ({ events }: Bench) => {
  const { at: _, policy: __, name: ___, ...rest } = events.at(-1) as unknown as Record<string, unknown>;
  return rest;
};

describe('a state set by hand', () => {
  const MOVES = [
    ['isolate', 'isolated', 'isolated'],
    ['disable', 'disabled', 'disabled'],
    ['metricsOnly', 'updated', 'metrics_only'],
    ['reset', 'reset', 'closed'],
    ['close', 'closed', 'closed'],
  ] as const;

  it.each(MOVES)('by %s tells who did it and why, in the event, and why in the snapshot', async (move, type, to) => {
    const bench = makeBreaker({ failureThreshold: 1 });
    await trip(bench);
    bench.breaker[move]({ reason: 'a drill', actor: 'ops' });
    expect(last(bench)).toMatchObject({ type, from: 'open', to, reason: 'a drill', actor: 'ops' });
    expect(bench.breaker.snapshot()).toMatchObject({ state: to, reason: 'a drill' });
  });

  it.each(MOVES)('by %s without a word names nobody', async (move, type, to) => {
    const bench = makeBreaker({ failureThreshold: 1 });
    await trip(bench);
    bench.breaker[move]();
    expect(last(bench)).toMatchObject({
      type,
      from: 'open',
      to,
      reason: move === 'close' ? 'closed by hand' : 'by hand',
    });
    expect(Object.keys(last(bench))).not.toContain('actor');
    expect(bench.breaker.snapshot().reason).toBe(move === 'close' ? 'closed by hand' : null);
  });

  it.each([['isolate'], ['disable'], ['metricsOnly']] as const)('by %s tells when it ends', (move) => {
    const bench = makeBreaker();
    bench.breaker[move]({ for: '1m' });
    const expiresAt = new Date(bench.clock.wall() + 60_000);
    expect(last(bench)).toMatchObject({ expiresAt });
    expect(bench.breaker.snapshot()).toMatchObject({ expiresAt });
    bench.breaker[move]();
    expect(last(bench)).toMatchObject({ expiresAt: null });
  });

  it.each([
    ['disable', 'disabled expired'],
    ['metricsOnly', 'metrics_only expired'],
  ] as const)('by %s for a time says afterwards that the time is over', async (move, reason) => {
    const bench = makeBreaker();
    bench.breaker[move]({ for: 1_000 });
    await bench.clock.advance(1_000);
    const call = hang(bench.breaker);
    expect(last(bench)).toMatchObject({ type: 'closed', to: 'closed', reason });
    await call.succeed();
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'closed', reason });
  });
});

describe('a state that a breaker enters by itself', () => {
  it('has its reason in the event and in the snapshot, and names nobody', async () => {
    const bench = makeBreaker({ failureThreshold: 1, breakDuration: 1_000, successThreshold: 1 });
    await tripAndWait(bench);
    const probe = hang(bench.breaker);
    expect(last(bench)).toEqual({ type: 'half_opened', from: 'open', to: 'half_open', reason: 'break_over' });
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'half_open', reason: 'break_over' });
    await probe.succeed();
    expect(last(bench)).toEqual({ type: 'closed', from: 'half_open', to: 'closed', reason: 'recovered' });
    expect(Object.keys(last(bench))).not.toContain('actor');
    expect(bench.breaker.snapshot()).toMatchObject({ state: 'closed', reason: 'recovered' });
    await tripAndWait(bench);
    await fail(bench.breaker);
    expect(last(bench)).toMatchObject({ type: 'opened', from: 'half_open', reason: 'probe_failed', attempt: 2 });
    expect(bench.breaker.snapshot()).toMatchObject({ reason: 'probe_failed' });
  });

  it('is the one it is born in for as long as nobody says otherwise, except open', async () => {
    for (const initialState of ['isolated', 'disabled', 'metrics_only'] as const) {
      const { breaker, clock } = makeBreaker({ initialState });
      expect(breaker.snapshot()).toMatchObject({ state: initialState, expiresAt: null, reason: null });
      await clock.advance(1e9);
      await succeed(breaker);
      expect(breaker.state).toBe(initialState);
    }
    const { breaker, clock } = makeBreaker({ initialState: 'open', breakDuration: (attempt) => attempt * 1_000 });
    expect(breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 1_000, reason: null });
    await clock.advance(1_000);
    await fail(breaker);
    expect(breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 2_000 });
  });
});

describe('the generator of breaks', () => {
  it('learns of the call that opens the circuit, and of the number of the break', async () => {
    const seen: [number, CallContext][] = [];
    const breakDuration: BreakDuration = (attempt, context) => (seen.push([attempt, context]), 1_000);
    const { breaker, clock } = makeBreaker({ failureThreshold: 1, breakDuration });
    const call = hang(breaker, { operation: 'Quotes.get', args: ['eur'] });
    await call.fail();
    await clock.advance(1_000);
    await hang(breaker, { operation: 'Quotes.put' }).fail();
    expect(seen.map(([attempt, { operation, policy, name }]) => [attempt, operation, policy, name])).toEqual([
      [1, 'Quotes.get', 'circuit_breaker', 'payments'],
      [2, 'Quotes.put', 'circuit_breaker', 'payments'],
    ]);
    expect(seen[0]?.[1].args).toEqual(['eur']);
  });

  it('gives a probe as long as the break that it follows, and after an isolation as long as the first', async () => {
    const { breaker, clock } = makeBreaker({ halfOpenMaxCalls: 1, breakDuration: (attempt) => attempt * 3_000 });
    const patience = async (): Promise<number | null> => {
      hang(breaker);
      return breaker.snapshot().retryAfter;
    };
    breaker.isolate({ for: 1_000 });
    await clock.advance(1_000);
    expect(await patience()).toBe(3_000);
    await clock.advance(3_000);
    await succeed(breaker); // refused: that probe has failed, and the first break begun
    await clock.advance(3_000);
    expect(await patience()).toBe(3_000);
    await clock.advance(3_000);
    await succeed(breaker);
    await clock.advance(6_000);
    expect(await patience()).toBe(6_000);
  });

  it('gets a context without a call where none opened it', () => {
    let seen: CallContext | undefined;
    const breakDuration: BreakDuration = (_, context) => ((seen = context), 1_000);
    const { clock } = makeBreaker({ initialState: 'open', breakDuration });
    expect(seen).toMatchObject({
      operation: undefined,
      args: [],
      attempt: 1,
      policy: 'circuit_breaker',
      name: 'payments',
    });
    expect(seen?.startedAt).toEqual(new Date(clock.wall()));
    expect(seen?.signal.aborted).toBe(false);
  });

  it('leaves nothing to be aborted behind, whoever reads the signal of such a context', () => {
    const breakDuration: BreakDuration = (_, { signal }) => (signal.aborted ? 1 : 1_000);
    const { scope, breaker } = makeBreaker({ initialState: 'open', breakDuration });
    expect([breaker.snapshot().retryAfter, scope.abortable.size]).toEqual([1_000, 0]);
  });

  /** As who uses the engine alone has it: there, nothing has looked at the generator before. */
  const bare = (breakDuration: BreakDuration) => {
    const faults: string[][] = [];
    const scope = new Scope({ onFault: (fault, where) => faults.push([String(fault), where]) });
    const breaker = new CircuitBreakerPolicy('payments', optionsOf({ failureThreshold: 1, breakDuration }), scope);
    return { length: () => breaker.machine.nextBreak(1), faults };
  };

  it.each([[0.5], [MAX_DURATION]])('may say %d ms', (duration) => {
    const { length, faults } = bare(() => duration);
    expect([length(), faults]).toEqual([duration, []]);
  });

  it.each([[0], [-1], [Number.NaN], [Infinity], [MAX_DURATION + 1], ['soon']])(
    'that says %p is reported, and the break lasts as long as usual',
    (duration) => {
      const { length, faults } = bare(() => duration as number);
      expect(length()).toBe(30_000);
      expect(faults).toEqual([
        [
          `RangeError: breakDuration: expected a duration over 0 and up to 2147483647 ms, got ${duration}`,
          'breakDuration of "payments"',
        ],
      ]);
    },
  );

  it('that throws is reported, and the break lasts as long as usual', async () => {
    const fault = new Error('no idea');
    const breakDuration: BreakDuration = () => {
      throw fault;
    };
    const bench = makeBreaker({ failureThreshold: 1, breakDuration });
    await trip(bench);
    expect(bench.breaker.snapshot().retryAfter).toBe(30_000);
    expect(bench.faults).toEqual([{ fault, where: 'breakDuration of "payments"' }]);
  });
});
