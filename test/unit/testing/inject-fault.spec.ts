import { afterEach, describe, expect, it } from '@jest/globals';
import { lastValueFrom, of, toArray } from 'rxjs';
import { CallTimeoutError, compose, guardedBy, retry, timeout } from 'nest-circuit-breaker';
import { createRegistry } from 'nest-circuit-breaker/options';
import type { CircuitBreakerModuleOptions } from 'nest-circuit-breaker';
import { ManualClock, hang, injectFault, succeed } from 'nest-circuit-breaker/testing';
import type { Latency } from 'nest-circuit-breaker/testing';

function make(options: CircuitBreakerModuleOptions = {}) {
  const clock = new ManualClock();
  const registry = createRegistry(options, { clock });
  return { clock, registry, payments: registry.circuitBreaker('payments', {}) };
}

describe('an injected error', () => {
  it('takes the place of the work, and counts as its failure', async () => {
    const { registry, payments } = make();
    const error = new Error('down');
    const fault = injectFault(registry, 'payments', { error });
    const call = hang(payments);
    const answer = await call.answer;
    expect(answer.ok ? undefined : answer.error).toBe(error);
    expect(call.hasRun).toBe(false);
    expect(fault.hits).toBe(1);
    expect(payments.snapshot().totals).toMatchObject({ calls: 1, failures: 1 });
  });

  it('ends with stop(), and calls take their short way again', async () => {
    const { registry, payments } = make();
    const first = injectFault(registry, 'payments');
    const second = injectFault(registry, 'orders');
    expect((await succeed(payments)).ok).toBe(false);
    first.stop();
    expect((await succeed(payments)).ok).toBe(true);
    expect(registry.scope.interceptor).not.toBeNull();
    second.stop();
    expect(registry.scope.interceptor).toBeNull();
    first.stop();
  });

  it('hits no other breaker, and every key of its own', async () => {
    const { registry } = make();
    injectFault(registry, 'payments');
    expect((await succeed(registry.circuitBreaker('payments:eu'))).ok).toBe(false);
    expect((await succeed(registry.circuitBreaker('payment'))).ok).toBe(true);
    expect((await succeed(registry.circuitBreaker('payments-eu'))).ok).toBe(true);
  });

  it.each([
    ['a class', RangeError],
    ['a function', () => new RangeError('made')],
  ])('may be %s', async (_, error) => {
    const { registry, payments } = make();
    injectFault(registry, 'payments', { error });
    const answer = await succeed(payments);
    expect(answer.ok ? undefined : answer.error).toBeInstanceOf(RangeError);
  });

  it('is met by a retry, attempt by attempt', async () => {
    const { clock, registry, payments } = make();
    const fault = injectFault(registry, 'payments');
    let runs = 0;
    const surroundings = { clock, random: () => 0.5 };
    const answer = compose(retry({ maxAttempts: 3, delay: 100, jitter: 'none' }, surroundings), payments).execute(
      () => ++runs,
    );
    await clock.advance(150);
    fault.stop();
    await clock.advance(1_000);
    await expect(answer).resolves.toBe(1);
    expect(fault.hits).toBe(2);
  });

  it('is the error of an Observable and of an iteration', async () => {
    const { registry, payments } = make();
    injectFault(registry, 'payments', { error: new RangeError('down') });
    await expect(lastValueFrom(of(1).pipe(guardedBy(payments)))).rejects.toThrow(RangeError);
    const rows = payments.iterate(async function* () {
      yield 1;
    });
    await expect(rows.next()).rejects.toThrow(RangeError);
    expect(payments.snapshot().totals.failures).toBe(2);
  });
});

describe('injected latency', () => {
  it('holds a call up by the registry’s clock', async () => {
    const { clock, registry, payments } = make();
    injectFault(registry, 'payments', { latency: '2s' });
    const answer = succeed(payments);
    await clock.advance(1_999);
    expect(payments.snapshot().inFlight).toBe(1);
    await clock.advance(1);
    expect(await answer).toEqual({ ok: true, value: 'ok' });
    expect(payments.snapshot().latency.success.max).toBe(2_000);
  });

  it('comes before the error, where there is one', async () => {
    const { clock, registry, payments } = make();
    injectFault(registry, 'payments', { latency: 50, error: new Error('slow and down') });
    const call = hang(payments);
    await clock.advance(50);
    expect(await call.answer).toMatchObject({ ok: false, error: { message: 'slow and down' } });
    expect(payments.snapshot().latency.failure.max).toBe(50);
  });

  it('runs into a timeout below the breaker, after which nothing waits and the work never runs', async () => {
    const { clock, registry, payments } = make();
    injectFault(registry, 'payments', { latency: '1m' });
    let runs = 0;
    const answer = compose(payments, timeout('1s', { clock })).execute(() => ++runs);
    const settled = answer.catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await settled).toBeInstanceOf(CallTimeoutError);
    await clock.advance(120_000);
    expect(clock.pending).toBe(0);
    expect(runs).toBe(0);
  });

  it('runs into the breaker’s own timeout', async () => {
    const { clock, registry } = make({ breakers: { slow: { timeout: '1s' } } });
    injectFault(registry, 'slow', { latency: '1m' });
    const answer = succeed(registry.circuitBreaker('slow'));
    await clock.advance(1_000);
    expect(await answer).toMatchObject({ ok: false, error: { code: 'ERR_CALL_TIMEOUT' } });
  });

  it('holds up the beginning of a stream', async () => {
    const { clock, registry, payments } = make();
    injectFault(registry, 'payments', { latency: 100 });
    const observed = lastValueFrom(of(1, 2).pipe(guardedBy(payments), toArray()));
    const rows = payments.iterate(async function* () {
      yield 1;
      yield 2;
    });
    const first = rows.next();
    await clock.advance(99);
    expect(payments.snapshot().inFlight).toBe(2);
    await clock.advance(1);
    expect(await observed).toEqual([1, 2]);
    expect(await first).toEqual({ done: false, value: 1 });
    expect(await rows.next()).toEqual({ done: false, value: 2 });
    expect((await rows.next()).done).toBe(true);
    expect(payments.snapshot().totals.successes).toBe(2);
  });

  it('lets a stream be left while it is held up', async () => {
    const { clock, registry, payments } = make();
    injectFault(registry, 'payments', { latency: 100 });
    let subscriptions = 0;
    const subscription = of(1)
      .pipe(guardedBy(payments))
      .subscribe(() => subscriptions++);
    subscription.unsubscribe();
    await clock.advance(200);
    expect(subscriptions).toBe(0);
    expect(clock.pending).toBe(0);
    expect(payments.snapshot()).toMatchObject({ inFlight: 0, totals: { ignored: 1 } });
  });
});

/** The latencies in ms of 400 calls. */
async function latenciesOf(latency: Latency, seed = 1): Promise<number[]> {
  const { clock, registry, payments } = make();
  injectFault(registry, 'payments', { latency, seed });
  const latencies: number[] = [];
  for (let call = 0; call < 400; call++) {
    const begin = clock.now();
    const answer = payments.execute(() => clock.now() - begin);
    void answer.then((ms) => latencies.push(ms));
  }
  await clock.advance(1_000_000);
  return latencies.toSorted((a, b) => a - b);
}

const share = (values: readonly number[], below: number): number =>
  values.filter((ms) => ms < below).length / values.length;

describe('a distribution of latencies', () => {
  it('may be even between two bounds', async () => {
    const latencies = await latenciesOf({ min: 100, max: '200ms' });
    expect(latencies[0]).toBeGreaterThanOrEqual(100);
    expect(latencies.at(-1)).toBeLessThanOrEqual(200);
    expect(share(latencies, 150)).toBeCloseTo(0.5, 1);
  });

  it('may be normal', async () => {
    const latencies = await latenciesOf({ mean: 100, deviation: 20 });
    expect(share(latencies, 100)).toBeCloseTo(0.5, 1);
    expect(share(latencies, 120)).toBeCloseTo(0.84, 1);
  });

  it('may be log-normal, by its median and its 99th percentile', async () => {
    const latencies = await latenciesOf({ median: 100, p99: 1_000 });
    expect(share(latencies, 100)).toBeCloseTo(0.5, 1);
    expect(share(latencies, 1_000)).toBeGreaterThan(0.97);
    expect(share(latencies, 300)).toBeCloseTo(0.87, 1);
  });

  it('may be a function’s', async () => {
    expect(await latenciesOf(() => 5)).toEqual(Array.from({ length: 400 }, () => 5));
  });

  it('comes out the same for the same seed, and otherwise for another', async () => {
    const latency = { min: 1, max: 1_000 };
    expect(await latenciesOf(latency, 7)).toEqual(await latenciesOf(latency, 7));
    expect(await latenciesOf(latency, 7)).not.toEqual(await latenciesOf(latency, 8));
  });

  it.each([
    [{ min: 2, max: 1 }, 'min up to max'],
    [{ median: 2, p99: 1 }, 'median up to p99'],
    [{ median: 0, p99: 1 }, 'a median over 0'],
    ['soon', 'soon'],
  ])('is refused where it is none: %j', (latency, message) => {
    const { registry } = make();
    expect(() => injectFault(registry, 'payments', { latency })).toThrow(message);
    expect(registry.scope.interceptor).toBeNull();
  });
});

describe('a ratio', () => {
  const hitsOf = async (ratio: number, seed?: number): Promise<string> => {
    const { registry } = make({ breakers: { shaky: { failureRatio: false, failureThreshold: 1_000 } } });
    injectFault(registry, 'shaky', { ratio, ...(seed === undefined ? {} : { seed }) });
    const shaky = registry.circuitBreaker('shaky');
    let hits = '';
    for (let call = 0; call < 500; call++) hits += (await succeed(shaky)).ok ? '.' : 'x';
    return hits;
  };

  it('is the share of calls that are hit', async () => {
    const hits = [...(await hitsOf(0.3))].filter((hit) => hit === 'x').length;
    expect(hits / 500).toBeCloseTo(0.3, 1);
  });

  it('hits the same calls with the same seed', async () => {
    expect(await hitsOf(0.3, 5)).toBe(await hitsOf(0.3, 5));
    expect(await hitsOf(0.3, 5)).not.toBe(await hitsOf(0.3, 6));
  });

  it.each([0, -1, 1.1, Number.NaN])('is over 0 and up to 1: %d is refused', (ratio) => {
    expect(() => injectFault(make().registry, 'payments', { ratio })).toThrow('ratio: expected over 0 and up to 1');
  });
});

describe('in production', () => {
  const { NODE_ENV } = process.env;
  afterEach(() => {
    process.env['NODE_ENV'] = NODE_ENV;
  });

  it('no fault is injected', () => {
    const { registry } = make();
    process.env['NODE_ENV'] = 'production';
    expect(() => injectFault(registry, 'payments')).toThrow('does not run where NODE_ENV is "production"');
    expect(registry.scope.interceptor).toBeNull();
  });
});
