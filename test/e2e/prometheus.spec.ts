import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Header, Injectable } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { spawnSync } from 'node:child_process';
import { Registry, register } from 'prom-client';

import {
  Bulkhead,
  CircuitBreaker,
  CircuitBreakerModule,
  Fallback,
  Hedge,
  PolicyRegistry,
  RateLimit,
  Retry,
  Timeout,
} from '../../lib/index.js';
import { CircuitBreakerPrometheusModule, METRICS } from '../../lib/prometheus/index.js';
import { until, withPrometheus } from '../fixtures/prometheus.js';
import { describeWith } from '../fixtures/system-package.js';

const prometheus = new Registry();

@Injectable()
class Shop {
  @Fallback(() => 'from the cache')
  @Retry({ maxAttempts: 2, delay: '1ms' })
  @CircuitBreaker('payments')
  async pay(): Promise<string> {
    throw new Error('declined');
  }

  @CircuitBreaker('quotes')
  @Timeout('5ms')
  async quote(): Promise<string> {
    return new Promise<never>(() => undefined);
  }

  @Hedge({ delay: '1ms', maxAttempts: 2 })
  async ship(answer: Promise<string>): Promise<string> {
    return answer;
  }

  @Bulkhead({ maxConcurrent: 1 })
  async pack(answer: Promise<string>): Promise<string> {
    return answer;
  }

  @RateLimit({ limit: 1, interval: '1h' })
  async greet(): Promise<string> {
    return 'hello';
  }
}

@Controller('metrics')
class MetricsController {
  @Get()
  @Header('Content-Type', prometheus.contentType)
  metrics(): Promise<string> {
    return prometheus.metrics();
  }
}

let app: INestApplication;

beforeEach(async () => {
  const module = await Test.createTestingModule({
    imports: [
      CircuitBreakerModule.forRoot({
        logger: false,
        breakers: { payments: { failureThreshold: 2 }, 'odd "name" with \\': {} },
      }),
      CircuitBreakerPrometheusModule.forRoot({ registry: prometheus, resilience4jNames: true }),
    ],
    providers: [Shop],
    controllers: [MetricsController],
  }).compile();
  app = module.createNestApplication();
  await app.listen(0, '127.0.0.1');
});

afterEach(() => app.close());

const count = async (name: string, label?: string): Promise<number> => {
  const values = (await prometheus.getSingleMetric(name)?.get())?.values ?? [];
  return values
    .filter(({ labels }) => label === undefined || Object.values(labels).includes(label))
    .reduce((sum, { value }) => sum + value, 0);
};

/** Something of everything that is counted. */
async function useTheShop(): Promise<void> {
  const shop = app.get(Shop);
  for (let i = 0; i < 2; i++) expect(await shop.pay()).toBe('from the cache');
  await expect(shop.quote()).rejects.toMatchObject({ code: 'ERR_CALL_TIMEOUT' });
  let arrive: (answer: string) => void = () => undefined;
  const arrival = new Promise<string>((resolve) => (arrive = resolve));
  const shipped = shop.ship(arrival);
  const packed = shop.pack(arrival);
  await expect(shop.pack(arrival)).rejects.toMatchObject({ code: 'ERR_BULKHEAD_FULL' });
  await until(async () => (await count(METRICS.hedges.name)) > 0, 'a second attempt');
  arrive('parcel');
  expect(await Promise.all([shipped, packed])).toEqual(['parcel', 'parcel']);
  await shop.greet();
  await expect(shop.greet()).rejects.toMatchObject({ code: 'ERR_RATE_LIMITED' });
  app.get(PolicyRegistry).circuitBreaker('odd "name" with \\').isolate();
}

describe('metrics of decorated methods', () => {
  it('count what each policy of a stack did, unnamed ones by the method', async () => {
    await useTheShop();
    expect(await count('circuit_breaker_calls_total', 'payments')).toBe(2);
    expect(await count('circuit_breaker_refused_total', 'payments')).toBe(1);
    expect(await count('circuit_breaker_retries_total', 'Shop.pay')).toBe(1);
    expect(await count('circuit_breaker_fallbacks_total', 'Shop.pay')).toBe(2);
    expect(await count('circuit_breaker_timeouts_total', 'Shop.quote')).toBe(1);
    expect(await count('circuit_breaker_hedges_total', 'Shop.ship')).toBe(1);
    expect(await count('circuit_breaker_bulkhead_refused_total', 'Shop.pack')).toBe(1);
    expect(await count('circuit_breaker_rate_limited_total', 'Shop.greet')).toBe(1);
  });

  it('leave the default registry alone where another is given', () => {
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('go to the default registry otherwise, of several applications as well', async () => {
    const imports = [CircuitBreakerModule.forRoot({ logger: false }), CircuitBreakerPrometheusModule.forRoot()];
    const start = async () => (await Test.createTestingModule({ imports }).compile()).createNestApplication().init();
    const both = [await start(), await start()];
    for (const each of both)
      await each
        .get(PolicyRegistry)
        .circuitBreaker('payments')
        .execute(() => 'fine');
    expect(await register.metrics()).toContain('circuit_breaker_calls_total{breaker="payments",outcome="success"} 2');
    for (const each of both) await each.close();
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('are gone with the application', async () => {
    await app.close();
    expect(prometheus.getMetricsAsArray()).toEqual([]);
  });
});

describeWith('promtool', 'prometheus')('promtool', () => {
  it('finds nothing wrong with the metrics', async () => {
    await useTheShop();
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await prometheus.metrics(),
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

describeWith('prometheus', 'prometheus')('a real Prometheus', () => {
  it('scrapes the metrics and answers queries on them', async () => {
    await useTheShop();
    const target = new URL(await app.getUrl()).host;
    await withPrometheus(target, async (query) => {
      await until(async () => (await query('up')).length > 0, 'the first scrape');
      expect(await query('up')).toEqual([[{ instance: target, job: 'shop' }, '1']]);
      expect(await query('circuit_breaker_state{breaker="payments"} == 1')).toEqual([
        [{ instance: target, job: 'shop', breaker: 'payments', state: 'open' }, '1'],
      ]);
      expect(await query('count(circuit_breaker_state{state="isolated"} == 1)')).toEqual([[{}, '1']]);
      expect(await query('sum by (outcome) (circuit_breaker_calls_total{breaker="payments"})')).toEqual([
        [{ outcome: 'failure' }, '2'],
      ]);
      expect(await query('sum(circuit_breaker_call_duration_seconds_count{breaker="payments"})')).toEqual([[{}, '2']]);
      expect(await query('resilience4j_circuitbreaker_state{name="payments",state="open"}')).toHaveLength(1);
    });
  }, 60_000);
});
