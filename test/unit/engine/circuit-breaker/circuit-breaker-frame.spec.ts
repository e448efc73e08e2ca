import { describe, expect, it } from '@jest/globals';
import {
  CircuitBreakerPolicy,
  KEY_LIMITS,
  KeyedBreakers,
  KeyedCircuitBreakerPolicy,
  compose,
  lastKnownGood,
} from 'nest-circuit-breaker/engine';
import type { BreakerKey, BreakerPort, FallbackHandler, PolicyEventType } from 'nest-circuit-breaker/engine';

import { counted, fail, hang, settledOf, succeed, turn, withResolvers } from '../../../fixtures/breaker.js';
import { optionsOf } from '../../../fixtures/complete-options.js';
import { Kit } from '../../../fixtures/policies.js';

/** A caller that gives up as soon as a breaker of that name says this of its call. */
function givingUpOn(kit: Kit, type: PolicyEventType, breaker = 'payments'): AbortController {
  const caller = new AbortController();
  kit.scope.events.on(type, ({ name }) => void (name === breaker && caller.abort(new Error('enough'))));
  return caller;
}

const ENOUGH = { ok: false, error: { message: 'enough' } };

describe('a breaker in a pipeline', () => {
  it.each(['succeeded', 'failed', 'ignored'] as const)(
    'frees what stands above it where a listener of %s aborts the call, at once and once',
    async (type) => {
      const kit = new Kit();
      const bulkhead = kit.bulkhead({ maxConcurrent: 2 });
      const { signal } = givingUpOn(kit, type);
      const call = hang(compose(bulkhead, kit.breaker()), { signal });
      expect(bulkhead.running).toBe(1);
      if (type === 'succeeded') await call.succeed();
      else if (type === 'failed') await call.fail();
      else await call.fail(Object.assign(new Error('not found'), { status: 404 }));
      expect([await call.answer, bulkhead.running, kit.scope.active]).toMatchObject([ENOUGH, 0, 0]);
    },
  );

  it('keeps what stands above it until the work is over, where that goes on after a time-out and an abort', async () => {
    const kit = new Kit();
    const bulkhead = kit.bulkhead({ maxConcurrent: 2 });
    const { signal } = givingUpOn(kit, 'failed');
    const call = hang(compose(bulkhead, kit.breaker(), kit.timeout(1_000)), { signal });
    await kit.clock.advance(1_000);
    expect([call.settled, bulkhead.running]).toMatchObject([ENOUGH, 1]);
    await call.succeed();
    expect(bulkhead.running).toBe(0);
  });

  it('keeps what stands above it until the loser of a hedge is over, too', async () => {
    const kit = new Kit();
    const bulkhead = kit.bulkhead({ maxConcurrent: 2 });
    const { signal } = givingUpOn(kit, 'succeeded');
    const slow = withResolvers();
    const answers = [slow.promise, Promise.resolve('quick')];
    const guard = compose(bulkhead, kit.breaker(), kit.hedge({ delay: 100, maxAttempts: 2 }));
    const answer = settledOf(guard.execute(() => answers.shift(), { signal }));
    await kit.clock.advance(100);
    expect([await answer, bulkhead.running]).toMatchObject([ENOUGH, 1]);
    slow.resolve('slow');
    await turn();
    expect(bulkhead.running).toBe(0);
  });

  it.each(['succeeded', 'failed', 'refused'] as const)(
    'is not tried again where a listener of %s aborts the call',
    async (type) => {
      const kit = new Kit();
      const always = { retryOn: [() => true], retryOnResult: () => true, maxAttempts: 5, delay: 10 };
      const breaker = kit.breaker();
      if (type === 'refused') breaker.isolate();
      const { signal } = givingUpOn(kit, type);
      let runs = 0;
      const answer = settledOf(
        compose(kit.retry(always), breaker).execute(
          async () => {
            runs++;
            if (type === 'failed') throw new Error('down');
          },
          { signal },
        ),
      );
      await kit.clock.advance(10_000);
      expect(await answer).toMatchObject(ENOUGH);
      const { refused } = counted(breaker);
      expect([runs, refused, kit.clock.pending]).toEqual(type === 'refused' ? [0, 1, 0] : [1, 0, 0]);
    },
  );

  it.each(['succeeded', 'failed', 'refused'] as const)(
    'is not fallen back from where a listener of %s aborts the call, nor is its answer remembered',
    async (type) => {
      const kit = new Kit();
      const [bulkhead, breaker] = [kit.bulkhead({ maxConcurrent: 2 }), kit.breaker()];
      let asked = 0;
      const fallbacks = [lastKnownGood({ maxAge: 60_000, maxEntries: 10 }), () => asked++];
      const guard = compose(bulkhead, kit.fallback(fallbacks as FallbackHandler[]), breaker);
      if (type === 'refused') breaker.isolate();
      const { signal } = givingUpOn(kit, type);
      const call = hang(guard, { signal });
      await (type === 'failed' ? call.fail() : call.succeed());
      expect([await call.answer, asked, bulkhead.running]).toMatchObject([ENOUGH, 0, 0]);
      expect(await fail(guard)).toMatchObject({ ok: true, value: 0 });
    },
  );

  it('gives no item to a stream that a listener aborts at it', async () => {
    const kit = new Kit();
    const bulkhead = kit.bulkhead({ maxConcurrent: 2 });
    const breaker = kit.breaker({ settleOn: 'first' });
    const { signal } = givingUpOn(kit, 'succeeded');
    const source = async function* () {
      yield 1;
      yield 2;
    };
    for (const guard of [
      breaker,
      compose(
        bulkhead,
        kit.fallback(() => source()),
        kit.timeout(1_000),
        breaker,
      ),
    ]) {
      const rows = guard.iterate(source, { signal: signal.aborted ? givingUpOn(kit, 'succeeded').signal : signal });
      await expect(rows.next()).rejects.toThrow('enough');
      expect(await rows.next()).toEqual({ done: true, value: undefined });
      await turn();
      expect([bulkhead.running, breaker.snapshot().inFlight]).toEqual([0, 0]);
    }
  });

  it('frees what stands above it at a refusal', async () => {
    const kit = new Kit();
    const [bulkhead, breaker] = [kit.bulkhead({ maxConcurrent: 1 }), kit.breaker()];
    breaker.isolate();
    for (let i = 0; i < 2; i++) {
      expect(await succeed(compose(bulkhead, breaker))).toMatchObject({ ok: false, error: { state: 'isolated' } });
      expect(bulkhead.running).toBe(0);
    }
  });

  it('leaves what stands below it alone where a listener aborts the call before it is let in', async () => {
    const kit = new Kit();
    const bulkhead = kit.bulkhead({ maxConcurrent: 1 });
    const breaker = kit.breaker({ failureThreshold: 1, breakDuration: 1_000 });
    await fail(breaker);
    await kit.clock.advance(1_000);
    const { signal } = givingUpOn(kit, 'half_opened');
    const call = hang(compose(breaker, bulkhead), { signal });
    expect([await call.answer, call.hasRun, bulkhead.running]).toMatchObject([ENOUGH, false, 0]);
    expect(counted(breaker)).toMatchObject({ state: 'half_open', calls: 2, ignored: 1, inFlight: 0 });
    expect(await succeed(compose(breaker, bulkhead))).toMatchObject({ ok: true });
  });

  it('names its time-outs after itself', async () => {
    const kit = new Kit();
    const call = hang(kit.breaker({ timeout: 500 }, 'quotes'));
    await kit.clock.advance(500);
    expect(await call.answer).toMatchObject({ ok: false, error: { code: 'ERR_CALL_TIMEOUT', policy: 'timeout' } });
    expect(await call.answer).toMatchObject({ error: { message: expect.stringContaining('quotes') } });
    expect(kit.events.find(({ type }) => type === 'timed_out')).toMatchObject({ policy: 'timeout', name: 'quotes' });
  });

  it('keeps a limit that comes, changes and goes by updates', async () => {
    const kit = new Kit();
    const breaker = kit.breaker({ failureThreshold: 100 });
    const guard = compose(breaker);
    const limits = [null, 500, 200, null, 300];
    for (const timeout of limits) {
      breaker.update({ ...breaker.options, timeout });
      await succeed(guard);
      const call = hang(guard);
      await kit.clock.advance((timeout ?? 10_000) - 1);
      expect(call.settled).toBeUndefined();
      if (timeout === null) await call.succeed();
      await kit.clock.advance(1);
      expect(call.settled).toMatchObject(timeout === null ? { ok: true } : { error: { code: 'ERR_CALL_TIMEOUT' } });
    }
    expect(counted(breaker)).toMatchObject({ calls: 10, successes: 7, failures: 3, inFlight: 0 });
  });
});

describe('a breaker with a parent, in a pipeline', () => {
  const family = (kit: Kit) => {
    // what its caller aborts is ignored by itself
    const parent = kit.breaker({ failureThreshold: 100, recordErrors: [Error] }, 'db');
    const options = { parent: 'db', failureThreshold: 100 };
    const child = new CircuitBreakerPolicy('orders', optionsOf(options), kit.scope, () => parent);
    return { parent, child };
  };

  it.each([
    ['succeeded', { successes: 1, failures: 0, ignored: 0 }],
    ['failed', { successes: 0, failures: 1, ignored: 0 }],
  ] as const)('tells the parent how a call ended, though a listener of %s aborts it', async (type, outcome) => {
    const kit = new Kit();
    const { parent, child } = family(kit);
    const { signal } = givingUpOn(kit, type, 'orders');
    const call = hang(compose(child), { signal });
    await (type === 'succeeded' ? call.succeed() : call.fail());
    expect(await call.answer).toMatchObject(ENOUGH);
    for (const breaker of [child, parent])
      expect(counted(breaker)).toMatchObject({ ...outcome, calls: 1, inFlight: 0 });
  });

  it('is not fallen back from where a listener aborts the call as the parent refuses it', async () => {
    const kit = new Kit();
    const { parent, child } = family(kit);
    parent.isolate();
    const { signal } = givingUpOn(kit, 'refused', 'db');
    const bulkhead = kit.bulkhead({ maxConcurrent: 2 });
    let asked = 0;
    const call = hang(
      compose(
        bulkhead,
        kit.fallback(() => asked++),
        child,
      ),
      { signal },
    );
    expect([await call.answer, asked, bulkhead.running]).toMatchObject([ENOUGH, 0, 0]);
  });

  it('gives the parent’s permit back where a listener aborts the call before it is let in', async () => {
    const kit = new Kit();
    const { parent, child } = family(kit);
    child.update({ ...child.options, failureThreshold: 1, breakDuration: 1_000 });
    await fail(child);
    await kit.clock.advance(1_000);
    const { signal } = givingUpOn(kit, 'half_opened', 'orders');
    const call = hang(compose(child), { signal });
    expect([await call.answer, call.hasRun]).toMatchObject([ENOUGH, false]);
    expect(counted(parent)).toMatchObject({ calls: 2, failures: 1, ignored: 1, inFlight: 0 });
  });

  it('settles both at the first item of a stream, where that is what is asked for, and neither twice', async () => {
    const kit = new Kit();
    const { parent, child } = family(kit);
    child.update({ ...child.options, settleOn: 'first' });
    const rows = child.iterate(async function* () {
      yield 1;
      yield 2;
      throw new Error('down');
    });
    expect(await rows.next()).toEqual({ done: false, value: 1 });
    for (const each of [child, parent]) expect(counted(each)).toMatchObject({ calls: 1, successes: 1, inFlight: 0 });
    expect(await rows.next()).toEqual({ done: false, value: 2 });
    await expect(rows.next()).rejects.toThrow('down');
    for (const each of [child, parent]) expect(counted(each)).toMatchObject({ calls: 1, successes: 1, failures: 0 });
  });

  it('settles both at the end of a stream, where nothing else is asked for', async () => {
    const kit = new Kit();
    const { parent, child } = family(kit);
    const rows = child.iterate(async function* () {
      yield 1;
    });
    await rows.next();
    for (const each of [child, parent]) expect(counted(each)).toMatchObject({ calls: 1, successes: 0, inFlight: 1 });
    await rows.next();
    for (const each of [child, parent]) expect(counted(each)).toMatchObject({ calls: 1, successes: 1, inFlight: 0 });
  });
});

describe('a keyed breaker, in a pipeline', () => {
  const keyed = (kit: Kit, key: BreakerKey, port: Partial<BreakerPort> = {}) => {
    const make = (name: string) => new CircuitBreakerPolicy(name, optionsOf(), kit.scope);
    const breakers = new KeyedBreakers('pay', KEY_LIMITS, { make, drop: () => {}, ...port }, kit.scope);
    return new KeyedCircuitBreakerPolicy(breakers, key, kit.scope);
  };

  it('fails a call for which no breaker can be made at all, with the reason, and frees what stands above', async () => {
    const kit = new Kit();
    let isFull = true;
    const make = (name: string): CircuitBreakerPolicy => {
      if (isFull) throw new RangeError('no more breakers');
      return new CircuitBreakerPolicy(name, optionsOf(), kit.scope);
    };
    const bulkhead = kit.bulkhead({ maxConcurrent: 1 });
    const guard = compose(
      bulkhead,
      keyed(kit, () => 'eu', { make }),
    );
    const call = hang(guard);
    expect(await call.answer).toEqual({ ok: false, error: new RangeError('no more breakers') });
    expect([call.hasRun, bulkhead.running, kit.scope.active]).toEqual([false, 0, 0]);
    isFull = false;
    expect(await succeed(guard)).toMatchObject({ ok: true });
  });

  it('runs nothing where the very function that names the key aborts the call', async () => {
    const kit = new Kit();
    const caller = new AbortController();
    const policy = keyed(kit, () => (caller.abort(new Error('enough')), 'eu'));
    const call = hang(policy, { signal: caller.signal });
    expect([await call.answer, call.hasRun, kit.scope.active]).toMatchObject([ENOUGH, false, 0]);
    await turn();
    expect(await settledOf(policy.execute(() => 'fine'))).toEqual({ ok: true, value: 'fine' });
  });

  it('is of the kind of all breakers, for who asks', async () => {
    const seen: unknown[] = [];
    const policy = keyed(new Kit(), ({ policy: kind, name }) => (seen.push([kind, name]), 'eu'));
    await succeed(policy);
    expect([seen, policy.policy]).toEqual([[['circuit_breaker', 'pay']], 'circuit_breaker']);
  });
});
