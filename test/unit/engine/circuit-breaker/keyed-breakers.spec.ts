import { describe, expect, it } from '@jest/globals';
import {
  CircuitBreakerPolicy,
  KEY_LIMITS,
  KeyedBreakers,
  KeyedCircuitBreakerPolicy,
  Scope,
  compose,
} from 'nest-circuit-breaker/engine';
import type { BreakerKey, Executor, KeyLimits } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { fail, hang, settledOf, succeed } from '../../../fixtures/breaker.js';
import { optionsOf } from '../../../fixtures/complete-options.js';

function fixture(limits: Partial<KeyLimits> = {}, key: BreakerKey = ({ args }) => args[0] as string) {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const scope = new Scope({ clock, onFault: (fault, where) => faults.push([String(fault), where]) });
  const made = new Map<string, CircuitBreakerPolicy>();
  const dropped: string[] = [];
  const port = {
    make(name: string): CircuitBreakerPolicy {
      if (name.length > 40) throw new RangeError('name too long');
      const breaker = new CircuitBreakerPolicy(name, optionsOf({ failureThreshold: 1, breakDuration: 1_000 }), scope);
      made.set(name, breaker);
      return breaker;
    },
    drop(name: string): void {
      dropped.push(name);
      made.get(name)?.retire();
      made.delete(name);
    },
  };
  const breakers = new KeyedBreakers('pay', { ...KEY_LIMITS, ...limits }, port, scope);
  const policy = new KeyedCircuitBreakerPolicy(breakers, key, scope);
  const guard = (...args: unknown[]): Executor => ({ execute: (work) => policy.execute(work, { args }) });
  const names = (): string[] => [...made.keys()];
  return { clock, scope, faults, made, dropped, breakers, policy, guard, names };
}

describe('keyed breakers', () => {
  it('guard each call by the breaker of its key', async () => {
    const { guard, made, names } = fixture();
    await fail(guard('eu'));
    await succeed(guard('us'));
    expect(names()).toEqual(['pay:eu', 'pay:us']);
    expect(await succeed(guard('eu'))).toMatchObject({ ok: false, error: { breaker: 'pay:eu' } });
    expect(await succeed(guard('us'))).toMatchObject({ ok: true });
    expect(made.get('pay:us')?.snapshot().totals).toMatchObject({ calls: 2, refused: 0 });
  });

  it('settle each call where it was admitted, whatever other calls do meanwhile', async () => {
    const { guard, made } = fixture();
    const calls = ['eu', 'us', 'eu'].map((key) => hang(guard(key)));
    await calls[1]?.fail();
    await calls[0]?.succeed();
    await calls[2]?.succeed();
    expect(made.get('pay:eu')?.snapshot()).toMatchObject({ inFlight: 0, totals: { successes: 2, failures: 0 } });
    expect(made.get('pay:us')?.state).toBe('open');
  });

  it('know what they are made with only where that is told', () => {
    const { breakers, scope } = fixture();
    expect(breakers.options).toBeUndefined();
    const options = optionsOf();
    const port = { make: () => new CircuitBreakerPolicy('x', options, scope), drop: () => {}, options: () => options };
    expect(new KeyedBreakers('pay', KEY_LIMITS, port, scope).options).toBe(options);
  });

  it('keep keys apart that are alike only to JavaScript objects', async () => {
    const { guard, names } = fixture();
    const keys = ['__proto__', 'constructor', 'toString', '1'];
    for (const key of keys) await succeed(guard(key));
    await succeed(guard(1));
    expect(names()).toEqual(keys.map((key) => `pay:${key}`));
  });

  it('[C58] are capped: the closed one that has gone unused for longest makes room', async () => {
    const { guard, dropped, breakers, names } = fixture({ maxKeys: 3 });
    for (const key of ['a', 'b', 'c', 'a', 'd', 'e']) await succeed(guard(key));
    expect(dropped).toEqual(['pay:b', 'pay:c']);
    expect([names(), breakers.size]).toEqual([['pay:a', 'pay:d', 'pay:e'], 3]);
  });

  it('are a thousand at most, and kept for an hour, where nothing else is said', async () => {
    const { breakers, dropped, clock } = fixture();
    for (let i = 0; i <= 1_000; i++) breakers.breakerOf(`k${i}`);
    expect([breakers.size, dropped]).toEqual([1_000, ['pay:k0']]);
    await clock.advance(3_599_999);
    breakers.breakerOf('k5');
    expect(breakers.size).toBe(1_000);
    await clock.advance(1);
    breakers.breakerOf('k5');
    expect(breakers.size).toBe(1);
  });

  it('[C58] never drop an open one, or one that a person has set', async () => {
    const { guard, made, breakers, clock } = fixture({ maxKeys: 3, keyTtl: 5_000 });
    await fail(guard('open'));
    await succeed(guard('off'));
    made.get('pay:off')?.disable();
    for (let i = 0; i < 50; i++) {
      await succeed(guard(`k${i}`));
      await clock.advance(1_000);
    }
    expect([made.get('pay:open')?.state, made.get('pay:off')?.state]).toEqual(['open', 'disabled']);
    expect(breakers.size).toBe(3);
    expect(await succeed(guard('open'))).toMatchObject({ ok: true }); // a probe: what it knew is still known
    expect(made.get('pay:open')?.state).toBe('half_open');
  });

  it('[C58] let new keys share one breaker while all are open, and have their own again afterwards', async () => {
    const { guard, made, names, breakers, clock } = fixture({ maxKeys: 2 });
    await fail(guard('a'));
    await fail(guard('b'));
    await succeed(guard('c'));
    await succeed(guard('d'));
    expect(names()).toEqual(['pay:a', 'pay:b', 'pay:*']);
    expect(made.get('pay:*')?.snapshot().totals.calls).toBe(2);
    await clock.advance(1_000);
    await succeed(guard('a'));
    await succeed(guard('a')); // closed
    await succeed(guard('c'));
    expect([names(), breakers.size]).toEqual([['pay:b', 'pay:*', 'pay:c'], 2]);
  });

  it('find the room that somebody makes by hand, within a second', async () => {
    const { guard, made, names, clock } = fixture({ maxKeys: 1 });
    await fail(guard('a'));
    await succeed(guard('b'));
    made.get('pay:a')?.close();
    await clock.advance(1_000);
    await succeed(guard('b'));
    expect(names()).toEqual(['pay:*', 'pay:b']);
  });

  it('drop one that nobody has called for keyTtl, at the next call and not before', async () => {
    const { guard, names, clock, dropped, made } = fixture({ keyTtl: 10_000 });
    await succeed(guard('a'));
    await clock.advance(4_000);
    await succeed(guard('b'));
    await clock.advance(5_999);
    await succeed(guard('b'));
    expect(names()).toEqual(['pay:a', 'pay:b']);
    await clock.advance(1);
    await succeed(guard('b'));
    expect([names(), clock.pending]).toEqual([['pay:b'], 0]);
    expect(dropped).toEqual(['pay:a']);
    expect(made.get('pay:b')?.snapshot().totals.calls).toBe(3);
  });

  it('drop one that was open, too, once it has closed and nobody has called it for keyTtl', async () => {
    const { guard, dropped, made, clock } = fixture({ keyTtl: 10_000 });
    await fail(guard('a'));
    await clock.advance(10_000);
    await succeed(guard('a')); // still open when it was looked at: what it knew is kept
    await succeed(guard('a'));
    expect([made.get('pay:a')?.state, dropped]).toEqual(['closed', []]);
    await clock.advance(10_000);
    await succeed(guard('b'));
    expect(dropped).toEqual(['pay:a']);
  });

  it('leave those alone that others have removed already', async () => {
    const { guard, dropped, made, names } = fixture({ maxKeys: 1 });
    await succeed(guard('a'));
    made.get('pay:a')?.retire();
    made.delete('pay:a');
    await succeed(guard('b'));
    expect([names(), dropped]).toEqual([['pay:b'], []]);
  });

  it('take the key that stands for all others for just that', async () => {
    const { guard, made, names, breakers } = fixture();
    for (const key of ['*', '', '*']) await succeed(guard(key));
    expect([names(), breakers.size]).toEqual([['pay:*'], 0]);
    expect(made.get('pay:*')?.snapshot().totals.calls).toBe(3);
    made.get('pay:*')?.retire();
    await succeed(guard('*'));
    expect(made.get('pay:*')?.snapshot().totals.calls).toBe(1);
  });

  it('make a breaker anew that was removed by others', async () => {
    const { guard, made, names } = fixture();
    await fail(guard('a'));
    made.get('pay:a')?.retire();
    made.delete('pay:a');
    expect(await succeed(guard('a'))).toMatchObject({ ok: true });
    expect(names()).toEqual(['pay:a']);
  });

  it('share one breaker among keys that are none, and report the first of them', async () => {
    const { guard, names, faults } = fixture();
    for (const key of ['', undefined, null, {}, 'x'.repeat(100)]) await succeed(guard(key));
    expect(names()).toEqual(['pay:*']);
    expect(faults).toEqual([
      [
        'TypeError: key: expected a string, got an empty one',
        'a key of circuit breaker "pay" (others like it are not reported)',
      ],
    ]);
  });

  it('share one breaker where the policy that makes them has room for no more, and say so', async () => {
    const { guard, names, faults } = fixture();
    await succeed(guard('x'.repeat(100)));
    expect([names(), faults]).toEqual([
      ['pay:*'],
      [['RangeError: name too long', 'a key of circuit breaker "pay" (others like it are not reported)']],
    ]);
    const odd = fixture({}, () => ({}) as string);
    await succeed(odd.guard('eu'));
    expect(odd.faults).toMatchObject([['TypeError: key: expected a string, got object', expect.any(String)]]);
  });

  it('survive a key function that throws', async () => {
    const { guard, names, faults } = fixture({}, () => {
      throw new Error('no region');
    });
    expect(await succeed(guard('eu'))).toMatchObject({ ok: true });
    expect([names(), faults.length]).toEqual([['pay:*'], 1]);
  });

  it('stand in a pipeline like one breaker, and say which of them refused', async () => {
    const { policy, guard } = fixture();
    await fail(guard('eu'));
    const answer = await settledOf(compose(policy).execute(() => 1, { args: ['eu'] }));
    expect(answer).toMatchObject({ ok: false, error: { code: 'ERR_CIRCUIT_OPEN', breaker: 'pay:eu' } });
  });

  it('look for room among those that are all open once a second, not at each call', async () => {
    const { breakers, made, clock } = fixture({ maxKeys: 100 });
    for (let i = 0; i < 100; i++) breakers.breakerOf(`open${i}`).isolate();
    let looked = 0;
    for (const breaker of made.values()) {
      const { machine } = breaker;
      const { stay } = machine;
      Object.defineProperty(machine, 'stay', { get: () => (looked++, stay), configurable: true });
    }
    const look = async (ms: number): Promise<number> => {
      looked = 0;
      await clock.advance(ms);
      for (let i = 0; i < 10; i++) breakers.breakerOf(`new${i}`);
      return looked;
    };
    expect(await look(0)).toBe(200); // the first time each is put aside, and looked at again
    expect(await look(999)).toBe(0);
    expect(await look(1)).toBe(100);
  });

  it('cost no more per call when most of them are open', async () => {
    const { breakers, made } = fixture({ maxKeys: 1_000 });
    for (let i = 0; i < 999; i++) breakers.breakerOf(`open${i}`).isolate();
    let looked = 0;
    for (const breaker of made.values()) {
      const { machine } = breaker;
      const { stay } = machine;
      Object.defineProperty(machine, 'stay', { get: () => (looked++, stay), configurable: true });
    }
    for (let i = 0; i < 2_000; i++) breakers.breakerOf(`new${i}`);
    expect(looked).toBeLessThan(2_000);
    expect(breakers.size).toBe(1_000);
  });
});
