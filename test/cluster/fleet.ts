import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { Redis } from 'ioredis';

import { RedisServer } from '../fixtures/redis-server.js';
import { Instance, until } from './instance.js';
import type { InstanceOptions } from './instance.js';

/** A Redis and the instances on it, for one block of tests: each finds it empty, and leaves no instance behind. */
export class Fleet {
  server!: RedisServer;
  redis!: Redis;
  private instances: Instance[] = [];

  constructor(private readonly leaseDeadline: number) {
    beforeAll(async () => {
      this.server = await RedisServer.start();
      this.redis = new Redis(this.server.url);
    });

    beforeEach(() => this.redis.flushall());

    afterEach(async () => {
      await Promise.all(this.instances.map((each) => each.close()));
      this.instances = [];
    });

    afterAll(async () => {
      this.redis.disconnect();
      await this.server.kill();
    });
  }

  /** So many more instances, once each knows of the others. */
  async start(count: number, options: InstanceOptions = {}): Promise<Instance[]> {
    const { leaseDeadline, server } = this;
    const started = await Promise.all(
      Array.from({ length: count }, () => Instance.start({ connection: server.url, leaseDeadline, ...options })),
    );
    this.instances.push(...started);
    await until(() => started.every(({ cluster }) => cluster.instances >= count));
    return started;
  }

  /** Takes over one that was started otherwise, to end it with the others. */
  add(instance: Instance): Instance {
    this.instances.push(instance);
    return instance;
  }
}
