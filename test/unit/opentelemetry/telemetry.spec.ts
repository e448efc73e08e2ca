import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { context, metrics, trace } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

import { CIRCUIT_STATES, POLICY_EVENT_TYPES } from '../../../lib/engine/index.js';
import type { PolicyRegistry } from '../../../lib/engine/index.js';
import { startTelemetry } from '../../../lib/opentelemetry/telemetry.js';
import type { TelemetryOptions } from '../../../lib/opentelemetry/telemetry.js';
import { createRegistry } from '../../../lib/options/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

let clock: ManualClock;
const endings: (() => unknown)[] = [];

beforeEach(() => {
  clock = new ManualClock();
});

afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

function observe(options: Parameters<typeof createRegistry>[0] = {}, telemetry: TelemetryOptions = {}) {
  const policies = createRegistry(options, { clock });
  endings.push(startTelemetry(policies, telemetry));
  return policies;
}

const heard = (policies: PolicyRegistry) => POLICY_EVENT_TYPES.filter((type) => policies.scope.events.hears(type));

const succeed = (policies: PolicyRegistry, name: string) => policies.circuitBreaker(name).execute(() => 'fine');
const fail = (policies: PolicyRegistry, name: string) =>
  policies
    .circuitBreaker(name)
    .execute(() => Promise.reject(new Error('card 4711')))
    .catch(() => undefined);

describe('without an SDK', () => {
  it('hears nothing, so that no event is made', () => {
    expect(heard(observe())).toEqual([]);
  });
});

describe('metrics', () => {
  function sdk() {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    endings.push(() => meterProvider.shutdown());
    const collect = async () => {
      exporter.reset();
      await meterProvider.forceFlush();
      return exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    };
    const value = async (name: string, attributes: Attributes): Promise<unknown> => {
      const metric = (await collect()).find(({ descriptor }) => descriptor.name === name);
      return metric?.dataPoints.find((point) =>
        Object.entries(attributes).every(([key, each]) => point.attributes[key] === each),
      )?.value;
    };
    return { meterProvider, collect, value };
  }

  it('go to the global provider where no other is given', async () => {
    const { meterProvider, value } = sdk();
    metrics.setGlobalMeterProvider(meterProvider);
    endings.push(() => metrics.disable());
    const policies = observe();
    await succeed(policies, 'payments');
    expect(await value('circuit_breaker.calls', { breaker: 'payments', outcome: 'success' })).toBe(1);
  });

  it('count calls, refusals and transitions', async () => {
    const { meterProvider, value } = sdk();
    const policies = observe({ breakers: { payments: { failureThreshold: 1 } } }, { meterProvider });
    await succeed(policies, 'payments');
    await fail(policies, 'payments');
    await fail(policies, 'payments');
    expect(await value('circuit_breaker.calls', { breaker: 'payments', outcome: 'success' })).toBe(1);
    expect(await value('circuit_breaker.calls', { breaker: 'payments', outcome: 'failure' })).toBe(1);
    expect(await value('circuit_breaker.refused', { breaker: 'payments' })).toBe(1);
    expect(await value('circuit_breaker.transitions', { breaker: 'payments', from: 'closed', to: 'open' })).toBe(1);
  });

  it('have durations in seconds', async () => {
    const { meterProvider, value } = sdk();
    const policies = observe({}, { meterProvider });
    const permit = policies.circuitBreaker('payments').acquire();
    await clock.advance(250);
    permit.success();
    const duration = await value('circuit_breaker.call.duration', { breaker: 'payments', outcome: 'success' });
    expect(duration).toMatchObject({ count: 1, sum: 0.25 });
  });

  it('have every state of every breaker, its seconds and ratios', async () => {
    const { meterProvider, collect, value } = sdk();
    const policies = observe({ breakers: { payments: { failureRatio: 1 } } }, { meterProvider });
    await succeed(policies, 'payments');
    await fail(policies, 'payments');
    await clock.advance(4_000);
    const states = (await collect()).find(({ descriptor }) => descriptor.name === 'circuit_breaker.state')?.dataPoints;
    expect(states?.map(({ attributes, value: is }) => [attributes['state'], is])).toEqual(
      CIRCUIT_STATES.map((state) => [state, state === 'closed' ? 1 : 0]),
    );
    expect(await value('circuit_breaker.state.duration', { breaker: 'payments', state: 'closed' })).toBe(4);
    expect(await value('circuit_breaker.failure_ratio', { breaker: 'payments' })).toBe(0.5);
    expect(await value('circuit_breaker.slow_ratio', { breaker: 'payments' })).toBe(0);
  });

  it('take no more names than they may', async () => {
    const { meterProvider, value } = sdk();
    const policies = observe({}, { meterProvider, maxNames: 1 });
    for (const name of ['a', 'b', 'c']) await succeed(policies, name);
    expect(await value('circuit_breaker.calls', { breaker: '_other', outcome: 'success' })).toBe(2);
  });

  it('hear nothing more once stopped', () => {
    const { meterProvider } = sdk();
    const policies = createRegistry({}, { clock });
    const stop = startTelemetry(policies, { meterProvider });
    expect(heard(policies)).toContain('succeeded');
    stop();
    expect(heard(policies)).toEqual([]);
  });
});

describe('the active span', () => {
  let spans: InMemorySpanExporter;

  beforeEach(() => {
    spans = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    trace.setGlobalTracerProvider(provider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    endings.push(() => {
      trace.disable();
      context.disable();
      return provider.shutdown();
    });
  });

  /** Runs `work` in a span of its own and answers with what was written onto it. */
  async function within(name: string, work: () => unknown): Promise<ReadableSpan> {
    await trace.getTracer('test').startActiveSpan(name, async (span) => {
      await Promise.resolve(work()).catch(() => undefined);
      span.end();
    });
    const finished = spans.getFinishedSpans().find((span) => span.name === name);
    if (finished === undefined) throw new Error(`no span ${name}`);
    return finished;
  }

  const told = ({ events }: ReadableSpan) => events.map((event) => [event.name, event.attributes]);

  it('tells breaker and state of a call', async () => {
    const policies = observe();
    const span = await within('checkout', () => succeed(policies, 'payments'));
    expect(span.attributes).toEqual({ 'circuit_breaker.name': 'payments', 'circuit_breaker.state': 'closed' });
    expect(span.events).toEqual([]);
  });

  it('tells which call opened the breaker, and of none what the error said', async () => {
    const policies = observe({ breakers: { payments: { failureThreshold: 1 } } });
    const span = await within('checkout', () => fail(policies, 'payments'));
    expect(told(span)).toEqual([
      [
        'circuit_breaker.opened',
        { 'circuit_breaker.name': 'payments', from: 'closed', to: 'open', reason: expect.any(String) },
      ],
    ]);
    expect(span.attributes['circuit_breaker.state']).toBe('open');
    expect(JSON.stringify([span.attributes, span.events])).not.toContain('4711');
  });

  it('marks a refused call', async () => {
    const policies = observe({ breakers: { payments: { initialState: 'open', breakDuration: 30_000 } } });
    const span = await within('checkout', () => succeed(policies, 'payments'));
    expect(span.attributes).toEqual({
      'circuit_breaker.name': 'payments',
      'circuit_breaker.state': 'open',
      'circuit_breaker.refused': true,
    });
    expect(told(span)).toEqual([
      [
        'circuit_breaker.refused',
        { 'circuit_breaker.name': 'payments', 'circuit_breaker.state': 'open', retry_after: 30 },
      ],
    ]);
  });

  it('does not mark what metrics_only would have refused', async () => {
    const policies = observe({ breakers: { trial: { failureThreshold: 1, initialState: 'metrics_only' } } });
    await fail(policies, 'trial');
    const span = await within('checkout', () => succeed(policies, 'trial'));
    expect(span.attributes).not.toHaveProperty(['circuit_breaker.refused']);
    expect(told(span)).toHaveLength(1);
  });

  it('tells retries with the number of the attempt', async () => {
    const policies = observe({ retries: { gentle: { maxAttempts: 3, delay: 100, jitter: 'none' } } });
    const call = within('checkout', () => policies.retry('gentle').execute(() => Promise.reject(new Error('down'))));
    await clock.advance(10_000);
    const span = await call;
    expect(told(span)).toEqual([
      ['retry.retried', { 'retry.name': 'gentle', 'circuit_breaker.attempt': 2, delay: 0.1 }],
      ['retry.retried', { 'retry.name': 'gentle', 'circuit_breaker.attempt': 3, delay: 0.2 }],
      ['retry.retries_exhausted', { 'retry.name': 'gentle', reason: 'attempts', 'circuit_breaker.attempt': 3 }],
    ]);
    expect(span.attributes['circuit_breaker.attempt']).toBe(3);
  });

  it('is that of the call, not that of the call whose timer fires', async () => {
    const policies = observe({ timeouts: { quick: '1s' } });
    const hang = () => policies.timeout('quick').execute(() => new Promise<never>(() => undefined));
    const calls = [within('first', hang), within('second', hang)];
    await clock.advance(1_000);
    const [first, second] = await Promise.all(calls);
    expect(first?.events.map(({ name }) => name)).toEqual(['timeout.timed_out']);
    expect(second?.events.map(({ name }) => name)).toEqual(['timeout.timed_out']);
  });
});
