import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';

import type { PolicyEvent } from 'nest-circuit-breaker/engine';
import { CircuitBreakerRedisModule } from 'nest-circuit-breaker/redis';
import { CircuitBreakerHealthModule } from 'nest-circuit-breaker/terminus';
import { fail, times } from '../fixtures/breaker.js';
import { serve } from '../fixtures/dashboard.js';
import type { Server } from '../fixtures/dashboard.js';
import { RedisServer } from '../fixtures/redis-server.js';
import { describeWith } from '../fixtures/system-package.js';
import { until } from './instance.js';

/** An application with the admin's endpoints and a health endpoint, among others on the same Redis. */
class Shop {
  readonly events: PolicyEvent[] = [];

  private constructor(private readonly server: Server) {
    server.registry.on('*', (event) => void this.events.push(event));
    server.registry.scope.isWatched = true; // as by an open dashboard: nobody calls here
  }

  static async start(url: string, quorum = 2): Promise<Shop> {
    const imports = [
      CircuitBreakerRedisModule.forRoot({ connection: url, syncInterval: 200, quorum }),
      CircuitBreakerHealthModule.forRoot({ path: 'health', terminus: { logger: false } }),
    ];
    const breakers = { payments: { failureThreshold: 2, breakDuration: '60s' } };
    return new Shop(await serve(breakers, 0, undefined, imports));
  }

  get breaker() {
    return this.server.registry.circuitBreaker('payments');
  }

  get cluster() {
    const { cluster } = this.breaker.snapshot();
    if (cluster === undefined) throw new Error('not in a fleet');
    return cluster;
  }

  trip(): Promise<void> {
    return times(2, () => fail(this.breaker));
  }

  /** Asks the admin's endpoints as `user`. */
  async ask(path: string, user?: string, body: object = {}, method = 'POST'): Promise<Record<string, unknown>> {
    const init = {
      method,
      headers: { 'content-type': 'application/json', 'x-circuit-breaker-admin': '1', 'x-user': user ?? '' },
      body: JSON.stringify(body),
    };
    const url = this.server.url.replace('dashboard', path);
    return (await (await fetch(url, user === undefined ? {} : init)).json()) as Record<string, unknown>;
  }

  async health(): Promise<{ code: number; status: unknown; cluster: unknown }> {
    const answer = await fetch(new URL('/health', this.server.url));
    const { details } = (await answer.json()) as {
      details: { 'circuit-breakers': { status: string; breakers: { payments: { cluster: unknown } } } };
    };
    const { status, breakers } = details['circuit-breakers'];
    return { code: answer.status, status, cluster: breakers.payments.cluster };
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

describeWith('redis-server', 'redis-server')("an operator's word to one instance", () => {
  let redis: RedisServer;
  let shops: Shop[] = [];

  beforeAll(async () => {
    redis = await RedisServer.start();
  });

  beforeEach(() => redis.restart());

  afterEach(async () => {
    await Promise.all(shops.map((each) => each.close()));
    shops = [];
  });

  afterAll(() => redis.kill());

  const start = async (count: number): Promise<[Shop, Shop, Shop]> => {
    const started = await Promise.all(Array.from({ length: count }, () => Shop.start(redis.url)));
    shops.push(...started);
    await until(() => started.every(({ cluster }) => cluster.incarnation !== null && cluster.instances >= count));
    return started as [Shop, Shop, Shop];
  };

  const heardBy = (shop: Shop, type: string): PolicyEvent[] => shop.events.filter((event) => event.type === type);

  it('isolates all, with name, reason and end', async () => {
    const [a, b, c] = await start(3);
    await a.ask('payments/isolate', 'berta', { reason: 'bank holiday', for: '1h' });
    await until(() => [b, c].every(({ breaker }) => breaker.state === 'isolated'));
    for (const other of [b, c]) {
      const [event] = heardBy(other, 'isolated') as { expiresAt: Date }[];
      expect(event).toMatchObject({ actor: 'berta', reason: 'bank holiday' });
      expect(event!.expiresAt.getTime() - Date.now()).toBeGreaterThan(3_500_000);
      expect(await other.ask('payments')).toMatchObject({ state: 'isolated', reason: 'bank holiday', cluster: { cause: 'cluster' } });
      expect((await other.ask('payments/events'))[0]).toMatchObject({ type: 'isolated', actor: 'berta', reason: 'bank holiday' });
    } // prettier-ignore
    expect(a.cluster.cause).toBe('local');
    expect([a, b, c].map((each) => heardBy(each, 'isolated'))).toEqual(Array(3).fill([expect.anything()]));
  });

  it('closes and resets all, and those that had voted for open stay closed', async () => {
    const [a, b, c] = await start(3);
    await a.trip();
    await b.trip();
    await until(() => c.breaker.state === 'open');
    await c.ask('payments/close', 'carl', { reason: 'they say it is mended' });
    await until(() => [a, b].every(({ breaker }) => breaker.state === 'closed'));
    expect(heardBy(a, 'closed')).toMatchObject([{ actor: 'carl', reason: 'they say it is mended' }]);
    await a.trip();
    await b.trip();
    await until(() => c.breaker.state === 'open');
    await a.ask('payments/reset', 'anna');
    await until(() => [b, c].every(({ breaker }) => breaker.state === 'closed'));
    expect(heardBy(c, 'reset')).toMatchObject([{ actor: 'anna' }]);
    await new Promise((resolve) => setTimeout(resolve, 700)); // three syncs
    expect([a, b, c].map(({ breaker }) => breaker.state)).toEqual(['closed', 'closed', 'closed']);
    await until(() => c.cluster.fleet?.closed === 3);
    expect(c.cluster.votes).toBe(0);
  });

  it('is heard by whoever comes later, and after Redis was away', async () => {
    const [a] = await start(2);
    await redis.kill();
    await until(() => !a.cluster.connected);
    await a.ask('payments/isolate', 'berta', { reason: 'drill' });
    await redis.restart();
    await until(() => shops.every(({ breaker }) => breaker.state === 'isolated'), 10_000);
    const late = await Shop.start(redis.url);
    shops.push(late);
    await until(() => late.breaker.state === 'isolated');
    expect(heardBy(late, 'isolated')).toMatchObject([{ actor: 'berta', reason: 'drill' }]);
  }, 30_000);

  it('the last of two words holds everywhere', async () => {
    const [a, b, c] = await start(3);
    for (let round = 0; round < 5; round++) {
      await Promise.all([a.ask('payments/isolate', 'anna'), b.ask('payments/close', 'bert')]);
      await until(() => new Set([a, b, c].map(({ cluster }) => cluster.epoch)).size === 1);
      await until(() => new Set([a, b, c].map(({ breaker }) => breaker.state)).size === 1);
    }
  });

  it('changes options, or who is counted, here alone', async () => {
    const [a, b] = await start(2);
    await a.ask('payments', 'anna', { failureThreshold: 7, reason: 'noisy' }, 'PATCH');
    await a.ask('payments/metrics-only', 'anna', {});
    await until(() => b.cluster.fleet?.metrics_only === 1);
    expect(heardBy(a, 'updated')).toMatchObject([{ actor: 'anna', reason: 'noisy' }, { to: 'metrics_only', actor: 'anna' }]);
    expect(b.breaker.options.failureThreshold).toBe(2);
    expect(b.breaker.state).toBe('closed');
  }); // prettier-ignore

  it('health tells of the fleet, and that without Redis an instance is degraded, not down', async () => {
    const [a, b, c] = await start(3);
    expect(await c.health()).toMatchObject({ code: 200, status: 'up', cluster: { connected: true, instances: 3 } });
    await redis.kill();
    await until(() => !c.cluster.connected);
    expect(await c.health()).toMatchObject({ code: 200, status: 'degraded', cluster: { connected: false } });
    await redis.restart();
    await until(() => [a, b, c].every(({ cluster }) => cluster.connected), 10_000);
    await a.trip();
    await b.trip();
    await until(() => c.breaker.state === 'open');
    await until(() => c.cluster.fleet?.open === 3);
    expect(await c.health()).toMatchObject({ code: 503, status: 'down', cluster: { cause: 'cluster', votes: 2, fleet: { open: 3 } } });
    expect((await a.health()).cluster).toMatchObject({ cause: 'local' });
  }, 30_000); // prettier-ignore
});
