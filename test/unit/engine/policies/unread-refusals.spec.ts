import { describe, expect, it } from '@jest/globals';

import {
  CIRCUIT_BREAKER_DEFAULTS,
  CircuitBreakerPolicy,
  CircuitOpenError,
  FallbackPolicy,
  Scope,
  compose,
} from '../../../../lib/engine/index.js';
import type { ErrorMatcher, FallbackHandler, Policy } from '../../../../lib/engine/index.js';
import { fallback, retry } from '../../../../lib/options/index.js';
import { ManualClock } from '../../../../lib/testing/index.js';

function fixture() {
  const scope = new Scope({ clock: new ManualClock() });
  const breaker = new CircuitBreakerPolicy('payments', CIRCUIT_BREAKER_DEFAULTS, scope);
  breaker.isolate();
  return { scope, breaker };
}

const work = () => Promise.resolve('the service');
const refusal = expect.objectContaining({ code: 'ERR_CIRCUIT_OPEN', breaker: 'payments', state: 'isolated' });

describe('a refusal that a fallback answers', () => {
  it('is answered by a fallback that cannot see it, and counted', async () => {
    const { breaker } = fixture();
    const pipeline = compose(
      fallback(() => 'cached'),
      breaker,
    );
    await expect(pipeline.execute(work)).resolves.toBe('cached');
    expect(breaker.snapshot().totals).toMatchObject({ calls: 0, refused: 1 });
  });

  it.each<[string, FallbackHandler]>([
    ['a parameter', (error) => error],
    ['rest parameters', (...args: unknown[]) => args[0]],
    [
      'its arguments',
      function () {
        // oxlint-disable-next-line prefer-rest-params
        return arguments[0] as unknown;
      },
    ],
  ])('is seen by a fallback that sees it by %s', async (_how, handler) => {
    const { breaker } = fixture();
    await expect(compose(fallback(handler), breaker).execute(work)).resolves.toEqual(refusal);
  });

  it('is the cause of what such a fallback throws, and what the next one gets is that', async () => {
    const { breaker } = fixture();
    const thrown = new Error('no cache');
    const failing = () => {
      throw thrown;
    };
    await expect(compose(fallback(failing), breaker).execute(work)).rejects.toBe(thrown);
    expect(thrown.cause).toBeInstanceOf(CircuitOpenError);
    const seen = fallback([failing, (error: unknown) => error]);
    await expect(compose(seen, breaker).execute(work)).resolves.toBe(thrown);
  });

  it('is the cause of what such a fallback rejects with', async () => {
    const { breaker } = fixture();
    const thrown = new Error('no cache');
    await expect(
      compose(
        fallback(() => Promise.reject(thrown)),
        breaker,
      ).execute(work),
    ).rejects.toBe(thrown);
    expect(thrown.cause).toEqual(refusal);
  });

  it('is the cause of what the last of several such fallbacks throws', async () => {
    const { breaker, scope } = fixture();
    const thrown = new Error('no cache');
    const blind = () => {
      throw thrown;
    };
    const pipeline = compose(new FallbackPolicy('', { handlers: [blind, blind], on: [] }, scope), breaker);
    await expect(pipeline.execute(work)).rejects.toBe(thrown);
    expect(thrown.cause).toEqual(refusal);
  });

  it('is heard by listeners and judged by `on`', async () => {
    const { breaker, scope } = fixture();
    const heard: unknown[] = [];
    const guarded = (on: readonly ErrorMatcher[]) =>
      compose(new FallbackPolicy('', { handlers: [() => 'cached'], on }, scope), breaker).execute(work);
    scope.events.on('fell_back', ({ error }) => heard.push(error));
    await expect(guarded([TypeError])).rejects.toEqual(refusal);
    await expect(guarded([CircuitOpenError])).resolves.toBe('cached');
    await expect(guarded([])).resolves.toBe('cached');
    expect(heard).toEqual([refusal, refusal]);
  });

  it('is heard by a listener that comes while the fallback works', async () => {
    const { breaker, scope } = fixture();
    const heard: unknown[] = [];
    const handler = async () => {
      scope.events.on('fell_back', ({ error }) => heard.push(error));
      return 'cached';
    };
    const late = new FallbackPolicy('', { handlers: [handler], on: [] }, scope);
    await expect(compose(late, breaker).execute(work)).resolves.toBe('cached');
    expect(heard).toEqual([refusal]);
  });

  it('says how long the break was to last when it refused, however late it is looked at', async () => {
    const scope = new Scope({ clock: new ManualClock() });
    const probe = () => new Promise(() => undefined);
    const options = { ...CIRCUIT_BREAKER_DEFAULTS, failureThreshold: 1, breakDuration: 5_000, halfOpenTimeout: 60_000 };
    const breaker = new CircuitBreakerPolicy('payments', { ...options, probe }, scope);
    await breaker.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
    const said: unknown[] = [];
    scope.events.on('refused', ({ retryAfter }) => said.push(retryAfter));
    const slow = async () => {
      await (scope.clock as ManualClock).advance(5_000); // the service is being asked: the break lasts until it answers
      throw new Error('no cache');
    };
    for (const handlers of [[slow], [slow, slow]]) {
      const late = compose(new FallbackPolicy('', { handlers, on: [] }, scope), breaker);
      const error = await late.execute(work).catch((thrown: unknown) => thrown);
      said.push((error as { cause: { retryAfter: number } }).cause.retryAfter);
    }
    expect(said[0]).toBe(5_000);
    expect(said[1]).toBe(5_000);
    expect(said[3]).toBe(said[2]);
  });

  it('is handed to a fallback of which nobody can tell what it sees', async () => {
    const { breaker, scope } = fixture();
    const unreadable = Object.assign((error: unknown) => error, {
      sees: () => {
        throw new Error('a getter');
      },
    });
    for (const handlers of [[unreadable], [unreadable, unreadable]]) {
      const pipeline = compose(new FallbackPolicy('', { handlers, on: [] }, scope), breaker);
      await expect(pipeline.execute(work)).resolves.toEqual(refusal);
    }
    expect(scope.active).toBe(0);
  });

  it.each<[string, Policy]>([
    ['a retry', retry({ maxAttempts: 3 })],
    [
      'a retry that asks about errors',
      retry({ maxAttempts: 3, abortOn: (error: unknown) => error instanceof TypeError }),
    ],
  ])('passes %s between them once', async (_what, between) => {
    const { breaker } = fixture();
    const pipeline = compose(
      fallback(() => 'cached'),
      between,
      breaker,
    );
    await expect(pipeline.execute(work)).resolves.toBe('cached');
    await expect(pipeline.execute(work)).resolves.toBe('cached');
    await expect(compose(between, breaker).execute(work)).rejects.toEqual(refusal);
    expect(breaker.snapshot().totals.refused).toBe(3);
    breaker.close();
    await expect(pipeline.execute(work)).resolves.toBe('the service');
  });
});
