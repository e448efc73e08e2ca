import 'reflect-metadata';

import { afterEach, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { CircuitBreakerModule, PolicyRegistry } from 'nest-circuit-breaker';
import type { CircuitBreakerPolicy } from 'nest-circuit-breaker';
import { CircuitBreakerRedisModule } from 'nest-circuit-breaker/redis';
import type { CircuitBreakerRedisModuleOptions } from 'nest-circuit-breaker/redis';
import { setTimeout as delay } from 'node:timers/promises';

import { RedisCluster } from '../fixtures/redis-cluster.js';
import { RedisSentinel } from '../fixtures/redis-sentinel.js';
import { describeWith } from '../fixtures/system-package.js';
import { until } from './instance.js';

/** Names whose keys lie in different slots, and one that looks like a hash tag of its own. */
const NAMES = ['payments', 'orders', 'stock', '}x{'] as const;

class Application {
  private constructor(private readonly context: INestApplicationContext) {}

  static async start(redis: CircuitBreakerRedisModuleOptions): Promise<Application> {
    const options = {
      failureThreshold: 1, breakDuration: 300, halfOpenTimeout: 2_000, successThreshold: 1, halfOpenMaxCalls: 1,
    }; // prettier-ignore
    @Module({
      imports: [
        CircuitBreakerModule.forRoot({ logger: false, defaults: options }),
        CircuitBreakerRedisModule.forRoot({ leaseDeadline: 1_250, syncInterval: 200, ...redis }),
      ],
    })
    class App {}
    const application = new Application(await NestFactory.createApplicationContext(App, { logger: false }));
    for (const name of NAMES) application.breaker(name);
    return application;
  }

  breaker(name: string): CircuitBreakerPolicy {
    return this.context.get(PolicyRegistry).circuitBreaker(name);
  }

  cluster(name: string) {
    const { cluster } = this.breaker(name).snapshot();
    if (cluster === undefined) throw new Error(`${name} is in no fleet`);
    return cluster;
  }

  hasJoined(instances: number): boolean {
    const clusters = NAMES.map((name) => this.cluster(name));
    return clusters.every((each) => each.connected && each.incarnation !== null && each.instances === instances);
  }

  async call(name: string, isWell = true): Promise<void> {
    const work = () => (isWell ? Promise.resolve() : Promise.reject(new Error('down')));
    await this.breaker(name).execute(work).catch(() => undefined); // prettier-ignore
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

describeWith('redis-server', 'redis-server')('two applications share an opening and a recovery', () => {
  let applications: Application[] = [];

  afterEach(async () => {
    await Promise.all(applications.map((each) => each.close()));
    applications = [];
  });

  /** The third follows, which has seen no failure itself. */
  const start = async (redis: () => CircuitBreakerRedisModuleOptions): Promise<Application[]> => {
    applications = await Promise.all([0, 1, 2].map(() => Application.start(redis())));
    await until(() => applications.every((each) => each.hasJoined(3)));
    return applications;
  };

  const openAndRecover = async (name: string): Promise<void> => {
    const [a, b, c] = applications as [Application, Application, Application];
    await a.call(name, false);
    await b.call(name, false);
    await until(() => c.breaker(name).state === 'open');
    expect(c.cluster(name)).toMatchObject({ cause: 'cluster' });
    await delay(320);
    for (let i = 0; i < 400 && applications.some((each) => each.breaker(name).state !== 'closed'); i++) {
      await a.call(name);
      await b.call(name);
      await delay(10);
    }
    expect(applications.map((each) => each.breaker(name).state)).toEqual(['closed', 'closed', 'closed']);
  };

  it('[C75] over a cluster client, each breaker in a slot of its own', async () => {
    const cluster = await RedisCluster.start(3);
    const client = new Redis.Cluster(cluster.nodes);
    try {
      await start(() => ({ client }));
      for (const name of NAMES) await openAndRecover(name);
      expect(client.status).toBe('ready'); // the application's own is left alone
    } finally {
      await Promise.all(applications.map((each) => each.close()));
      client.disconnect();
      await cluster.kill();
    }
  }, 60_000);

  it.each(['connection', 'client'] as const)(
    'over a sentinel, given as a %s, across a fail-over',
    async (way) => {
      const sentinel = await RedisSentinel.start();
      const connection = { sentinels: [{ host: '127.0.0.1', port: sentinel.port }], name: sentinel.name };
      const client = way === 'client' ? new Redis(connection) : null;
      client?.on('error', () => undefined); // the application's own concern
      try {
        const [a, b, c] = (await start(() => (client === null ? { connection } : { client }))) as [
        Application, Application, Application,
      ]; // prettier-ignore
        await openAndRecover('payments');
        a.breaker('orders').isolate({ actor: 'ann' });
        await until(() => c.breaker('orders').state === 'isolated');
        await sentinel.failOver();
        await until(() => applications.every((each) => each.hasJoined(3)), 20_000);
        expect(b.breaker('orders').state).toBe('isolated');
        await openAndRecover('payments');
        b.breaker('orders').close();
        await until(() => a.breaker('orders').state === 'closed');
      } finally {
        await Promise.all(applications.map((each) => each.close()));
        client?.disconnect();
        await sentinel.kill();
      }
    },
    60_000,
  );
});
