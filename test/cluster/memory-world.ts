import type { Clock } from '../../lib/engine/index.js';
import { channelOf } from '../../lib/redis/keys.js';
import { ManualClock } from '../../lib/testing/index.js';
import { MemoryRedis } from '../fixtures/memory-redis.js';
import type { Variant } from './broken/variant.js';
import { Instance } from './instance.js';
import type { InstanceOptions, Place } from './instance.js';
import { MemoryTransport } from './memory-transport.js';
import { Breach, patienceOf } from './world.js';
import type { Store, Trouble, World } from './world.js';

const HOUR = 3_600_000;
const MODULUS = 2 ** 31 - 1;

/** The fleet in memory: the real coordinator and the real scripts, on a clock that stands still until it is moved. */
export class MemoryWorld implements World {
  readonly slack = 0;
  readonly clock = new ManualClock();
  readonly store = new MemoryRedis(this.clock);
  readonly redis: Store = {
    flush: async () => this.store.flush(),
    save: async () => {
      const back = this.store.save();
      return async () => back();
    },
    open: async (encoded, epoch, left) => {
      const fields = ['e', String(epoch), 'st', 'open', 'until', String(this.store.now + left)];
      this.store.command('HSET', [`cb:{${encoded}}:s`, ...fields]);
    },
    publish: async (text) => void this.store.publish(channelOf('cb'), text),
    commands: async () => this.store.commands,
  };
  private readonly instances: Instance[] = [];
  private seed = 1;

  constructor(private readonly variant?: Variant) {}

  async start(count: number, options: InstanceOptions = {}): Promise<Instance[]> {
    const started = Array.from({ length: count }, () => this.add(options));
    if (this.variant?.isAlone === true) return started;
    await this.wait(10);
    if (!started.every(({ hasJoined }) => hasJoined)) throw new Error('the fleet did not come together');
    await this.until(() => started.every(({ cluster }) => cluster.instances >= count));
    return started;
  }

  async begin(options: InstanceOptions = {}, trouble?: Trouble): Promise<Instance> {
    return this.add(options, trouble);
  }

  wait(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  async until(condition: () => boolean, patience = patienceOf(this.variant)): Promise<void> {
    for (let i = 0; i < patience && !condition(); i++) await this.clock.advance(1);
    if (!condition()) throw new Breach(`did not come about: ${condition.toString()}`);
  }

  async done<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const end = (): void => void (isDone = true);
    work.then(end, end);
    await Promise.resolve();
    for (let i = 0; i < 10_000 && !isDone; i++) await this.clock.advance(i === 0 ? 0 : 1);
    if (!isDone) throw new Breach('a call has not ended in ten seconds');
    return work;
  }

  async close(): Promise<void> {
    await this.done(Promise.all(this.instances.map(({ fleet }) => fleet.close())));
  }

  private add(options: InstanceOptions, trouble?: Trouble): Instance {
    const clock = this.skewed(this.instances.length);
    const transport = new MemoryTransport(this.store, channelOf('cb'), clock);
    if (trouble !== undefined) transport.become(trouble);
    const place: Place = {
      clock,
      random: () => this.random(),
      transport,
      link: transport,
      ...(this.variant === undefined ? {} : { variant: this.variant }),
      now: () => this.clock.now(),
      wait: (ms) => this.wait(ms),
      sleep: (ms) => new Promise<void>((resolve) => this.clock.schedule(ms, resolve)),
      done: (work) => this.done(work),
    };
    const instance = Instance.begin({ connection: 'memory', ...options }, place);
    this.instances.push(instance);
    return instance;
  }

  /** No two clocks of a world agree, neither on the hour nor on how long the machine has been up. */
  private skewed(place: number): Clock {
    const { clock } = this;
    return {
      now: () => clock.now() + place * 1_000,
      wall: () => clock.wall() + (place % 2 === 0 ? place : -place) * HOUR,
      schedule: (delay, task) => clock.schedule(delay, task),
    };
  }

  /** Chance, but the same at every run: Lehmer's generator. */
  private random(): number {
    this.seed = (this.seed * 16_807) % MODULUS;
    return this.seed / MODULUS;
  }
}
