import { describe, expect, it } from '@jest/globals';
import { compose, isCircuitOpenError } from 'nest-circuit-breaker/engine';
import type { Settled } from 'nest-circuit-breaker/engine';

import { ServiceError, counted, fail, hang, settledOf, succeed, times } from '../fixtures/breaker.js';
import { Kit } from '../fixtures/policies.js';

const errorOf = (settled: Settled): unknown => (settled.ok ? undefined : settled.error);

describe('a fallback', () => {
  it('[C42] that throws: its error reaches the caller, with the first as cause, and is not counted', async () => {
    const kit = new Kit();
    const breaker = kit.breaker({ failureThreshold: 2 });
    const own = new Error('no cache either');
    const first = new ServiceError('down');
    for (const handler of [
      (): never => {
        throw own;
      },
      () => Promise.reject(own),
    ]) {
      Reflect.deleteProperty(own, 'cause');
      const settled = await fail(compose(kit.fallback(handler), breaker), first);
      expect(errorOf(settled)).toBe(own);
      expect(own.cause).toBe(first);
    }
    expect(counted(breaker)).toMatchObject({ calls: 2, failures: 2, inFlight: 0 });
    expect(first.cause).toBeUndefined();
  });

  it('[C42] keeps a cause that its error has, and an error that is frozen', async () => {
    const kit = new Kit();
    const reason = new Error('the reason');
    const rethrow = (error: unknown) => () => Promise.reject(error);
    const explained = new Error('explained', { cause: reason });
    expect(errorOf(await fail(kit.fallback(rethrow(explained))))).toBe(explained);
    expect(explained.cause).toBe(reason);
    const frozen = Object.freeze(new Error('frozen'));
    expect(errorOf(await fail(kit.fallback(rethrow(frozen))))).toBe(frozen);
    expect(errorOf(await fail(kit.fallback(rethrow('a string'))))).toBe('a string');
  });

  it('[C42] that rethrows the error makes no circle', async () => {
    const kit = new Kit();
    const error = new ServiceError('down');
    const settled = await fail(
      kit.fallback((thrown) => Promise.reject(thrown)),
      error,
    );
    expect(errorOf(settled)).toBe(error);
    expect(error.cause).toBeUndefined();
  });

  it('[C42] above a breaker does not hide a failure from it; below it, it does', async () => {
    const kit = new Kit();
    const above = kit.breaker({ failureThreshold: 3 }, 'above');
    const below = kit.breaker({ failureThreshold: 3 }, 'below');
    const cached = kit.fallback(() => 'cached');
    await times(3, async () => {
      expect(await fail(compose(cached, above))).toEqual({ ok: true, value: 'cached' });
      expect(await fail(compose(below, cached))).toEqual({ ok: true, value: 'cached' });
    });
    expect([above.state, below.state]).toEqual(['open', 'closed']);
  });

  it('[C42] of a list each gets the error of the one before, and the caller the last one with the first as cause', async () => {
    const kit = new Kit();
    const errors = [new Error('one'), new Error('two'), new Error('three')];
    const seen: unknown[] = [];
    const handlers = errors.map((error) => (thrown: unknown) => (seen.push(thrown), Promise.reject(error)));
    const first = new ServiceError('down');
    const settled = await fail(kit.fallback(handlers), first);
    expect(seen).toEqual([first, errors[0], errors[1]]);
    expect(errorOf(settled)).toBe(errors[2]);
    expect(errors.map(({ cause }) => cause)).toEqual([undefined, undefined, first]);
  });

  it('[C42] answers what it is for, and nothing else', async () => {
    class Down extends Error {}
    const kit = new Kit();
    const guard = kit.fallback(() => 'cached', [Down, (error) => error === 'down']);
    expect(await fail(guard, new Down())).toEqual({ ok: true, value: 'cached' });
    expect(await fail(guard, 'down')).toEqual({ ok: true, value: 'cached' });
    const other = new Error('a bug');
    expect(errorOf(await fail(guard, other))).toBe(other);
    expect(await succeed(guard, 'fresh')).toEqual({ ok: true, value: 'fresh' });
  });

  it('[C42] is told to listeners, with the error that it answers', async () => {
    const kit = new Kit();
    const error = new ServiceError('down');
    await fail(
      kit.fallback(() => undefined),
      error,
    );
    expect(kit.events).toMatchObject([{ type: 'fell_back', policy: 'fallback', error }]);
  });

  it('[C43] that calls the same breaker is refused like anyone, and does not recurse', async () => {
    const kit = new Kit();
    const breaker = kit.breaker({ failureThreshold: 2 });
    let asked = 0;
    let seen: unknown;
    const guard = compose(
      kit.fallback(async () => {
        asked++;
        return breaker.execute(() => 'through the same breaker').catch((error: unknown) => ((seen = error), 'refused'));
      }),
      breaker,
    );
    await times(2, () => fail(breaker));
    expect(await fail(guard)).toEqual({ ok: true, value: 'refused' });
    expect(isCircuitOpenError(seen)).toBe(true);
    expect([asked, counted(breaker).refused]).toEqual([1, 2]);
  });

  it('[C43] that calls the very pipeline it stands in gets the refusal of its own call, and its caller sees that', async () => {
    const kit = new Kit();
    const breaker = kit.breaker({ initialState: 'isolated' });
    let depth = 0;
    const guard = compose(
      kit.fallback((error) => {
        if (++depth > 3) throw error;
        return guard.execute(() => 'again');
      }),
      breaker,
    );
    const settled = await settledOf(guard.execute(() => 'first'));
    expect(isCircuitOpenError(errorOf(settled))).toBe(true);
    expect([depth, counted(breaker).refused]).toEqual([4, 4]);
  });

  it('[C43] in half-open is a probe like any other', async () => {
    const kit = new Kit();
    const breaker = kit.breaker({ initialState: 'open', halfOpenMaxCalls: 1, successThreshold: 1 });
    await kit.clock.advance(30_000);
    const probe = hang(breaker);
    const guard = compose(
      kit.fallback(() => breaker.execute(() => 'again')),
      breaker,
    );
    expect(await settledOf(guard.execute(() => 1))).toMatchObject({ ok: false, error: { state: 'half_open' } });
    await probe.succeed();
    expect(breaker.state).toBe('closed');
  });

  it('does not answer for a caller who aborts', async () => {
    const kit = new Kit();
    let asked = 0;
    const caller = new AbortController();
    const call = hang(
      kit.fallback(() => asked++),
      { signal: caller.signal },
    );
    caller.abort('gone');
    expect(await call.answer).toEqual({ ok: false, error: 'gone' });
    expect(asked).toBe(0);
  });

  it('has a signal of its own: that of the attempt is aborted already', async () => {
    const kit = new Kit();
    let aborted: boolean | undefined;
    const guard = compose(
      kit.fallback((_error, { signal }) => ((aborted = signal.aborted), 'cached')),
      kit.timeout(100),
    );
    const call = settledOf(guard.execute((context) => (void context.signal, new Promise(() => {}))));
    await kit.clock.advance(100);
    expect(await call).toEqual({ ok: true, value: 'cached' });
    expect(aborted).toBe(false);
  });
});
