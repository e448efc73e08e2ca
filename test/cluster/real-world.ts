import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';

import type { RedisServer } from '../fixtures/redis-server.js';
import { TcpProxy } from '../fixtures/tcp-proxy.js';
import type { Variant } from './broken/variant.js';
import { Instance } from './instance.js';
import type { InstanceOptions } from './instance.js';
import { Breach, patienceOf } from './world.js';
import type { Link, Store, Trouble, World } from './world.js';

/** The fleet in real time, with a `redis-server` of its own and a proxy before each instance. */
export class RealWorld implements World {
  /** What else a busy machine may do before it comes to a timer, in ms. */
  readonly slack = 400;
  readonly redis: Store = {
    flush: async () => void (await this.admin.flushall()),
    save: async () => {
      const keys = await this.admin.keys('*');
      const saved = await Promise.all(keys.map(async (key) => [key, await this.admin.dumpBuffer(key)] as const));
      return async () => {
        const swap = this.admin.multi().flushall(); // at once: between two commands an instance would write
        for (const [key, dump] of saved) swap.restore(key, 600_000, dump as Buffer);
        await swap.exec();
      };
    },
    open: async (encoded, epoch, left) => {
      const [seconds] = await this.admin.time();
      const until = Number(seconds) * 1_000 + left;
      await this.admin.hset(`cb:{${encoded}}:s`, { e: epoch, st: 'open', until });
    },
    publish: async (text) => void (await this.admin.publish('cb:moves', text)),
    commands: async () => {
      const counters = await this.admin.info('commandstats');
      const calls = [...counters.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)];
      return calls.reduce((sum, [, count]) => sum + Number(count), 0);
    },
  };
  private readonly admin: Redis;
  private readonly instances: Instance[] = [];
  private readonly proxies: TcpProxy[] = [];

  private constructor(
    readonly server: RedisServer,
    private readonly variant: Variant | undefined,
  ) {
    this.admin = new Redis(server.url);
  }

  static async make(server: RedisServer, variant?: Variant): Promise<RealWorld> {
    const world = new RealWorld(server, variant);
    await world.admin.flushall();
    return world;
  }

  async start(count: number, options: InstanceOptions = {}): Promise<Instance[]> {
    const started = await Promise.all(Array.from({ length: count }, () => this.add(options)));
    if (this.variant?.isAlone === true) return started;
    await this.until(() => started.every(({ hasJoined, cluster }) => hasJoined && cluster.instances >= count));
    return started;
  }

  async begin(options: InstanceOptions = {}, trouble?: Trouble): Promise<Instance> {
    return this.add(options, trouble);
  }

  wait(ms: number): Promise<void> {
    return delay(ms);
  }

  async until(condition: () => boolean, patience = patienceOf(this.variant)): Promise<void> {
    const end = performance.now() + patience;
    while (!condition()) {
      if (performance.now() > end) throw new Breach(`did not come about: ${condition.toString()}`);
      await delay(5);
    }
  }

  done<T>(work: Promise<T>): Promise<T> {
    return work;
  }

  async close(): Promise<void> {
    for (const proxy of this.proxies) proxy.close(); // or leaving would wait for an answer
    await Promise.all(this.instances.map((each) => each.close()));
    this.admin.disconnect();
  }

  private async add(options: InstanceOptions, trouble?: Trouble): Promise<Instance> {
    const proxy = await TcpProxy.start(this.server.port);
    this.proxies.push(proxy);
    if (trouble !== undefined) proxy.mode = trouble;
    const link: Link = {
      get slowness() {
        return proxy.delay;
      },
      set slowness(ms) {
        proxy.delay = ms;
      },
      become: (mode) => void (proxy.mode = mode),
      heal: () => void (proxy.mode = 'ok'),
    };
    const place = {
      link,
      ...(this.variant === undefined ? {} : { variant: this.variant }),
      now: () => performance.now(),
      wait: (ms: number) => delay(ms),
      sleep: (ms: number) => delay(ms, undefined, { ref: false }),
      done: <T>(work: Promise<T>) => work,
    };
    const instance = Instance.begin({ connection: proxy.url, ...options }, place);
    this.instances.push(instance);
    return instance;
  }
}
