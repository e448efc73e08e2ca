import { describe, expect, it } from '@jest/globals';

import { Bypass } from '../../../lib/engine/bypass.js';
import {
  CIRCUIT_BREAKER_DEFAULTS,
  CircuitBreakerPolicy,
  FallbackPolicy,
  KeyedCircuitBreakerPolicy,
  Scope,
  TimeoutPolicy,
  compose,
} from '../../../lib/engine/index.js';
import type { CallContext, FallbackHandler, Policy, PolicyEvent } from '../../../lib/engine/index.js';
import { createRegistry } from '../../../lib/options/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

const BREAK = 5_000;

function fixture(handlers: readonly FallbackHandler[] = [() => 'cached']) {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const options = { ...CIRCUIT_BREAKER_DEFAULTS, failureThreshold: 1, breakDuration: BREAK };
  const breaker = new CircuitBreakerPolicy('payments', options, scope);
  const fallback = new FallbackPolicy('spare', { handlers, on: [] }, scope);
  const timeout = new TimeoutPolicy('', { enabled: true, duration: 1_000 }, scope);
  const work = { calls: 0, run: () => Promise.resolve(`the service: ${++work.calls}`) };
  return { clock, scope, breaker, fallback, timeout, work, options };
}

const failing = async (breaker: CircuitBreakerPolicy): Promise<void> =>
  breaker.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);

/** Both ways tell each of these alike. */
interface Told {
  readonly outcome: unknown;
  readonly cause: unknown;
  readonly events: readonly PolicyEvent[];
  readonly refused: number;
  readonly seen: readonly unknown[];
  readonly active: readonly number[];
}

describe('the short way past a shut breaker', () => {
  const thrown = () => new Error('no cache');
  const handlers: Record<string, (seen: unknown[]) => FallbackHandler> = {
    'answers at once': () => () => 'cached',
    'answers with a promise': () => () => Promise.resolve('cached'),
    // oxlint-disable-next-line unicorn/no-thenable -- being one is the point
    'answers with a thenable': () => () => ({ then: (ok: (value: string) => void) => ok('cached') }),
    'throws': () => () => {
      throw thrown();
    }, // prettier-ignore
    'rejects': () => () => Promise.reject(thrown()), // prettier-ignore
    'answers with a hostile object': () => () =>
      new Proxy({}, { has: () => { throw thrown(); } }), // prettier-ignore
    'looks at the error': (seen) => (error) => void seen.push(error),
    'rethrows the error': () => (error) => {
      throw error;
    },
    'looks at the context': (seen) => (_error, context: CallContext) => {
      const { attempt, operation, args, policy, name, properties, startedAt, signal } = context;
      seen.push([attempt, operation, args, policy, name, [...properties], startedAt.getTime(), signal.aborted]);
    },
  };

  async function tell(way: 'short' | 'long', make: (seen: unknown[]) => FallbackHandler, hears: boolean) {
    const seen: unknown[] = [];
    const { scope, breaker, timeout } = fixture();
    await failing(breaker);
    // a predicate that everything matches sends the call the long way
    const options = { handlers: [make(seen)], on: way === 'long' ? [() => true] : [] };
    const pipeline = compose(new FallbackPolicy('spare', options, scope), breaker, timeout);
    const events: PolicyEvent[] = [];
    if (hears) scope.events.on('*', (event) => void events.push(event));
    const call = pipeline.execute(() => 'the service', { operation: 'Shop.pay', args: [7], properties: new Map([['k', 'v']]) }); // prettier-ignore
    const during = scope.active;
    const outcome = await call.catch((error: unknown) => error);
    const { cause } = (outcome ?? {}) as { cause?: unknown };
    const told: Told = { outcome, cause, events, refused: breaker.snapshot().totals.refused, seen, active: [during, scope.active] }; // prettier-ignore
    return told;
  }

  it.each(
    Object.entries(handlers).flatMap(([what, make]) => [true, false].map((hears) => [what, hears, make] as const)),
  )('a fallback that %s tells what it tells the long way (events heard: %s)', async (_, hears, make) => {
    const short = await tell('short', make, hears);
    expect(short).toEqual(await tell('long', make, hears));
    expect(short.refused).toBe(1);
    expect(short.active[1]).toBe(0);
  });

  it.each<[string, (breaker: CircuitBreakerPolicy) => unknown]>([
    ['an open breaker', failing],
    ['an isolated breaker', (breaker) => breaker.isolate()],
    ['one that is isolated for a time', (breaker) => breaker.isolate({ for: 1_000 })],
  ])('is taken past %s', async (_, shut) => {
    const { breaker, fallback, scope } = fixture();
    const bypass = Bypass.of([fallback, breaker], scope);
    expect(bypass?.answer(undefined)).toBeUndefined();
    await shut(breaker);
    await expect(bypass?.answer(undefined)).resolves.toBe('cached');
    expect(breaker.snapshot().totals.refused).toBe(1);
  });

  it('is as long as the break, and no longer', async () => {
    const { breaker, clock, fallback, work } = fixture();
    const pipeline = compose(fallback, breaker);
    await expect(pipeline.execute(work.run)).resolves.toBe('the service: 1');
    await failing(breaker);
    await clock.advance(BREAK - 1);
    await expect(pipeline.execute(work.run)).resolves.toBe('cached');
    await clock.advance(1);
    await expect(pipeline.execute(work.run)).resolves.toBe('the service: 2');
    expect(breaker.state).toBe('half_open');
  });

  it('ends the context it has made: a signal read later is never aborted', async () => {
    const contexts: CallContext[] = [];
    const handler: FallbackHandler = (_error, context) => void contexts.push(context);
    const { breaker, scope, fallback } = fixture([handler]);
    breaker.isolate();
    await compose(fallback, breaker).execute(() => 'the service');
    expect(contexts[0]?.signal.aborted).toBe(false);
    expect(scope.abortable.size).toBe(0);
  });

  it('lets a shutdown abort a fallback that works', async () => {
    let signal: AbortSignal | undefined;
    const { breaker, scope, fallback, clock } = fixture([
      (_error, context) => new Promise((resolve) => (signal = context.signal).addEventListener('abort', resolve)),
    ]);
    breaker.isolate();
    const call = compose(fallback, breaker).execute(() => 'the service');
    const drained = scope.drain(100);
    await clock.advance(100);
    await drained;
    await call;
    expect(signal?.reason).toMatchObject({ code: 'ERR_SHUTTING_DOWN' });
    expect(scope.active).toBe(0);
  });

  it('is a call under way from the refusal on: a shutdown begun by its fallback leaves it its time', async () => {
    let aborted: boolean | undefined;
    const { breaker, scope, fallback, clock } = fixture([
      async (_error, { signal }) => {
        void scope.drain(1_000);
        await clock.advance(999);
        aborted = signal.aborted;
      },
    ]);
    breaker.isolate();
    await compose(fallback, breaker).execute(() => 'the service');
    expect(aborted).toBe(false);
  });

  it('is a call under way while listeners hear of the refusal', async () => {
    const active: number[] = [];
    const { breaker, scope, fallback } = fixture();
    breaker.isolate();
    scope.events.on('refused', () => void active.push(scope.active));
    scope.events.on('fell_back', () => void active.push(scope.active));
    await compose(fallback, breaker).execute(() => 'the service');
    expect([...active, scope.active]).toEqual([1, 1, 0]);
  });

  it('asks the handler that the fallback has once all have heard of the refusal', async () => {
    const { breaker, scope, fallback } = fixture([(error) => error]);
    breaker.isolate();
    scope.events.on('refused', () => fallback.update({ handlers: [() => 'new'], on: [] }));
    await expect(compose(fallback, breaker).execute(() => 'the service')).resolves.toBe('new');
  });

  it('hands over the error where listeners hear it, whatever the handler says that it sees', async () => {
    const handler = Object.assign((error: unknown) => error, { sees: () => false });
    const { breaker, scope, fallback } = fixture([handler]);
    breaker.isolate();
    scope.events.on('fell_back', () => undefined);
    const answer = compose(fallback, breaker).execute(() => 'the service');
    await expect(answer).resolves.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
  });

  describe('is not taken', () => {
    type Fixture = ReturnType<typeof fixture>;
    const others: Record<string, (made: Fixture) => void> = {
      'by a breaker that is switched off': ({ breaker, options }) => breaker.update({ ...options, enabled: false }),
      'where policies are switched off': ({ scope }) => void (scope.enabled = false),
      'past a closed breaker': ({ breaker }) => breaker.close(),
      'past one in `metrics_only`': ({ breaker }) => breaker.metricsOnly(),
    };

    it.each(Object.entries(others))('%s', async (_, change) => {
      const made = fixture();
      made.breaker.isolate();
      change(made);
      expect(Bypass.of([made.fallback, made.breaker], made.scope)?.answer(undefined)).toBeUndefined();
      await expect(compose(made.fallback, made.breaker).execute(made.work.run)).resolves.toBe('the service: 1');
    });

    it('where somebody steps in, who meets each call', async () => {
      const { scope, breaker, fallback } = fixture();
      breaker.isolate();
      scope.interceptor = { admitted: () => undefined, before: () => undefined };
      expect(Bypass.of([fallback, breaker], scope)?.answer(undefined)).toBeUndefined();
      await expect(compose(fallback, breaker).execute(() => 'the service')).resolves.toBe('cached');
    });

    it('by several fallbacks: each gets the error of the one before', async () => {
      const first = () => Promise.reject(new Error('no cache'));
      const { breaker, fallback } = fixture([first, (error) => (error as Error).message]);
      breaker.isolate();
      await expect(compose(fallback, breaker).execute(() => 'the service')).resolves.toBe('no cache');
    });

    it('with a caller’s signal, which ends the call at once', async () => {
      const { breaker, fallback } = fixture([() => new Promise(() => undefined)]);
      breaker.isolate();
      const caller = new AbortController();
      const call = compose(fallback, breaker).execute(() => 'the service', { signal: caller.signal });
      caller.abort('enough');
      await expect(call).rejects.toBe('enough');
    });

    it('past a child: its parent is asked first', async () => {
      const registry = createRegistry({
        defaults: { breakDuration: 1_000 },
        breakers: { region: {}, node: { parent: 'region' } },
      });
      const { fallback } = fixture();
      const node = registry.circuitBreaker('node');
      node.isolate();
      registry.circuitBreaker('region').isolate();
      await expect(compose(fallback, node).execute(() => 'the service')).resolves.toBe('cached');
      expect(registry.circuitBreaker('region').snapshot().totals.refused).toBe(1);
      expect(node.snapshot().totals.refused).toBe(0);
    });

    it('where other policies stand first, or none follows', () => {
      const { breaker, fallback, timeout, scope } = fixture();
      const keyed = new KeyedCircuitBreakerPolicy({ name: 'keyed' } as never, () => 'k', scope);
      const lists: readonly (readonly Policy[])[] = [[], [fallback], [breaker], [breaker, fallback], [fallback, timeout, breaker], [fallback, keyed]]; // prettier-ignore
      for (const policies of lists) expect(Bypass.of(policies, scope)).toBeUndefined();
      expect(Bypass.of([fallback, breaker], new Scope())).toBeUndefined();
    });
  });
});
