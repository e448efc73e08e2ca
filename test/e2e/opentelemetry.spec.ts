import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

import { CircuitBreaker, CircuitBreakerModule, Fallback, Retry } from '../../lib/index.js';
import { CircuitBreakerOpenTelemetryModule } from '../../lib/opentelemetry/index.js';

@Injectable()
class Shop {
  @Fallback(() => 'from the cache')
  @Retry({ maxAttempts: 3, delay: '1ms' })
  @CircuitBreaker('payments')
  async pay(_card: string): Promise<string> {
    await Promise.resolve();
    throw new Error('declined');
  }
}

const spans = new InMemorySpanExporter();
let exporter: InMemoryMetricExporter;
let meterProvider: MeterProvider;
let app: INestApplication;

beforeEach(async () => {
  spans.reset();
  exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  meterProvider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(meterProvider);
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const module = await Test.createTestingModule({
    imports: [
      CircuitBreakerModule.forRoot({ logger: false, breakers: { payments: { failureThreshold: 2 } } }),
      CircuitBreakerOpenTelemetryModule.forRoot(),
    ],
    providers: [Shop],
  }).compile();
  app = await module.createNestApplication().init();
});

afterEach(async () => {
  await app.close();
  await meterProvider.shutdown();
  metrics.disable();
  trace.disable();
  context.disable();
});

describe('a decorated method under OpenTelemetry', () => {
  it('has its whole story on the span that called it, each call on its own', async () => {
    const tracer = trace.getTracer('test');
    const call = (name: string) =>
      tracer.startActiveSpan(name, async (span) => {
        const answer = await app.get(Shop).pay('4711');
        span.end();
        return answer;
      });
    expect(await call('first')).toBe('from the cache');
    expect(await Promise.all([call('second'), call('third')])).toEqual(['from the cache', 'from the cache']);
    const story = (name: string) =>
      spans
        .getFinishedSpans()
        .find((span) => span.name === name)
        ?.events.map((event) => event.name);
    expect(story('first')).toEqual([
      'retry.retried',
      'circuit_breaker.opened',
      'retry.retried',
      'circuit_breaker.refused',
      'fallback.fell_back',
    ]);
    expect(story('second')).toEqual(['circuit_breaker.refused', 'fallback.fell_back']);
    expect(story('third')).toEqual(story('second'));
    expect(JSON.stringify(spans.getFinishedSpans().map((span) => [span.attributes, span.events]))).not.toMatch(
      /4711|declined/,
    );
  });

  it('is counted by the global meter provider', async () => {
    await app.get(Shop).pay('4711');
    await meterProvider.forceFlush();
    const counted = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
      .find(({ descriptor }) => descriptor.name === 'circuit_breaker.fallbacks');
    expect(counted?.dataPoints.map(({ attributes, value }) => [attributes, value])).toEqual([
      [{ name: 'Shop.pay' }, 1],
    ]);
  });
});
