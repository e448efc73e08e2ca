import { describe, expect, it } from '@jest/globals';

import {
  BULKHEAD_DEFAULTS,
  BulkheadPolicy,
  CIRCUIT_BREAKER_DEFAULTS,
  CircuitBreakerPolicy,
  CircuitOpenError,
  FallbackPolicy,
  RETRY_DEFAULTS,
  RetryPolicy,
  Scope,
  compose,
} from '../../../../lib/engine/index.js';
import type { FallbackHandler, RetryOptions } from '../../../../lib/engine/index.js';
import { ManualClock } from '../../../../lib/testing/index.js';

const options: RetryOptions = { ...RETRY_DEFAULTS, maxAttempts: 3, delay: 10, jitter: 'none' };

function fixture(more: Partial<RetryOptions> = {}, threshold = 5) {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const breaker = new CircuitBreakerPolicy('p', { ...CIRCUIT_BREAKER_DEFAULTS, failureThreshold: threshold }, scope);
  const retry = new RetryPolicy('', { ...options, ...more }, scope);
  const fallback = (...handlers: FallbackHandler[]) => new FallbackPolicy('', { handlers, on: [] }, scope);
  return { clock, scope, breaker, retry, fallback };
}

const work = () => Promise.resolve('the service');

describe('a retry between a blind fallback and an open breaker', () => {
  it('tries an open circuit again where it is told to, and hears it close', async () => {
    const { clock, breaker, retry, fallback } = fixture({ retryOpenCircuit: true });
    breaker.isolate();
    const pipeline = compose(
      fallback(() => 'cached'),
      retry,
      breaker,
    );
    const all = pipeline.execute(work);
    await clock.advance(1_000);
    await expect(all).resolves.toBe('cached');
    expect(breaker.snapshot().totals.refused).toBe(3);
    const healed = pipeline.execute(work);
    breaker.close();
    await clock.advance(1_000);
    await expect(healed).resolves.toBe('the service');
  });

  it('asks what the user says about errors', async () => {
    const { breaker, retry, fallback } = fixture({ abortOn: [(error) => seen.push(error) > 0] });
    const seen: unknown[] = [];
    breaker.isolate();
    await expect(
      compose(
        fallback(() => 'cached'),
        retry,
        breaker,
      ).execute(work),
    ).resolves.toBe('cached');
    expect(seen).toEqual([expect.any(CircuitOpenError)]);
  });

  it('gives a refusal after a try that failed that try’s error as its cause', async () => {
    const { clock, breaker, retry, fallback } = fixture({}, 1);
    const [first, thrown] = [new Error('first'), new Error('no cache')];
    const blind = () => {
      throw thrown;
    };
    const answer = compose(fallback(blind), retry, breaker)
      .execute(() => Promise.reject(first))
      .catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await answer).toBe(thrown);
    expect(thrown.cause).toBeInstanceOf(CircuitOpenError);
    expect((thrown.cause as Error).cause).toBe(first);
  });

  it.each<[string, Partial<RetryOptions>]>([
    ['passes on unread', {}],
    ['has looked at', { abortOn: [() => true] }],
    ['lets pass, being switched off', { enabled: false }],
  ])('leaves nothing running after a refusal that it %s', async (_how, more) => {
    const { scope, breaker, retry } = fixture(more);
    const bulkhead = new BulkheadPolicy('', { ...BULKHEAD_DEFAULTS, maxConcurrent: 1 }, scope);
    const pipeline = compose(bulkhead, retry, breaker);
    breaker.isolate();
    for (let call = 0; call < 3; call++) {
      await expect(pipeline.execute(work)).rejects.toBeInstanceOf(CircuitOpenError);
    }
    breaker.close();
    for (let call = 0; call < 2; call++) await expect(pipeline.execute(work)).resolves.toBe('the service');
  });
});

describe('a fallback that cannot see the error', () => {
  it('leaves alone what `on` leaves out, with nobody listening', async () => {
    const { scope, breaker } = fixture();
    breaker.isolate();
    const choosy = new FallbackPolicy('', { handlers: [() => 'cached'], on: [TypeError] }, scope);
    await expect(compose(choosy, breaker).execute(work)).rejects.toBeInstanceOf(CircuitOpenError);
  });

  it('is told the error where it says that it sees it', async () => {
    const { breaker, fallback } = fixture();
    breaker.isolate();
    const handler: FallbackHandler = Object.assign((...args: unknown[]) => args[0], { sees: () => true });
    await expect(compose(fallback(handler), breaker).execute(work)).resolves.toBeInstanceOf(CircuitOpenError);
    const blind: FallbackHandler = Object.assign((error: unknown) => error, { sees: () => false });
    await expect(compose(fallback(blind), breaker).execute(work)).resolves.toBeUndefined();
  });

  it('passes on the refusal where there is no handler at all', async () => {
    const { breaker, fallback } = fixture();
    breaker.isolate();
    await expect(compose(fallback(), breaker).execute(work)).rejects.toBeInstanceOf(CircuitOpenError);
  });
});
