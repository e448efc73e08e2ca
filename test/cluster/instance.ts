import { setTimeout as delay } from 'node:timers/promises';

import type { CircuitBreakerPolicy, PolicyEvent, PolicyRegistry } from '../../lib/engine/index.js';
import { createRegistry } from '../../lib/options/index.js';
import type { CircuitBreakerOptionsInput } from '../../lib/options/index.js';
import { Fleet } from '../../lib/redis/fleet.js';
import { channelOf } from '../../lib/redis/keys.js';
import { readFleetOptions } from '../../lib/redis/options.js';
import type { CircuitBreakerRedisModuleOptions } from '../../lib/redis/options.js';
import { RedisTransport } from '../../lib/redis/redis-transport.js';

export interface InstanceOptions extends CircuitBreakerRedisModuleOptions {
  readonly breaker?: CircuitBreakerOptionsInput;
}

const QUICK: CircuitBreakerOptionsInput = {
  failureThreshold: 2,
  breakDuration: 300,
  halfOpenTimeout: 1_000,
  halfOpenMaxCalls: 2,
  successThreshold: 2,
};

/** One of several instances, as the module makes it, and a log of what happened in it. */
export class Instance {
  readonly registry: PolicyRegistry;
  readonly breaker: CircuitBreakerPolicy;
  readonly events: PolicyEvent[] = [];
  readonly faults: unknown[] = [];
  readonly fleet: Fleet;
  private readonly transport: RedisTransport;

  private constructor({ breaker, ...options }: InstanceOptions) {
    this.registry = createRegistry(
      { breakers: { payments: { ...QUICK, ...breaker } as never } },
      { onFault: (fault) => void this.faults.push(fault) },
    );
    const { scope } = this.registry;
    const resolved = readFleetOptions({ syncInterval: 200, ...options });
    const from = options.client === undefined ? { connection: options.connection ?? '' } : { client: options.client };
    this.transport = new RedisTransport(from, channelOf(resolved.namespace), scope.clock, scope.random);
    this.fleet = new Fleet(scope, this.transport, resolved);
    this.registry.coordinator = this.fleet;
    this.breaker = this.registry.circuitBreaker('payments');
    this.registry.on('*', (event) => void this.events.push(event));
    this.fleet.start();
  }

  /** Does not wait for Redis. */
  static begin(options: InstanceOptions): Instance {
    return new Instance(options);
  }

  static async start(options: InstanceOptions): Promise<Instance> {
    const instance = new Instance(options);
    await until(() => instance.cluster.connected && instance.cluster.incarnation !== null);
    return instance;
  }

  get cluster() {
    const { cluster } = this.breaker.snapshot();
    if (cluster === undefined) throw new Error('not in a fleet');
    return cluster;
  }

  /** The types of the breaker's transitions, with their reasons. */
  get moves(): string[] {
    return this.events.flatMap((event) =>
      ['opened', 'half_opened', 'closed', 'isolated', 'reset'].includes(event.type)
        ? [`${event.type}: ${(event as { reason?: string }).reason ?? ''}`]
        : [],
    );
  }

  /** Fails as often as opens it. */
  async trip(): Promise<void> {
    for (let i = 0; i < 2; i++) await this.call(false);
  }

  /** One call: how it went, and how long the caller waited, in ms. */
  async call(isWell = true, duration = 0): Promise<{ outcome: 'ok' | 'failed' | 'refused'; waited: number }> {
    const began = performance.now();
    const work = async (): Promise<void> => {
      if (duration > 0) await delay(duration);
      if (!isWell) throw new Error('down');
    };
    const outcome = await this.breaker.execute(work).then(
      () => 'ok' as const,
      (error: Error) => (error.message === 'down' ? ('failed' as const) : ('refused' as const)),
    );
    return { outcome, waited: performance.now() - began - duration };
  }

  /** Calls now and then until something has come about. */
  async callUntil(condition: () => boolean, isWell = true): Promise<void> {
    for (let i = 0; i < 500 && !condition(); i++) {
      await this.call(isWell);
      await delay(5);
    }
    if (!condition()) throw new Error(`did not come about: ${condition.toString()}`);
  }

  async close(): Promise<void> {
    await this.fleet.close();
  }
}

/** Waits for something that is to come about by itself. */
export async function until(condition: () => boolean, patience = 8_000): Promise<void> {
  const end = performance.now() + patience;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`did not come about: ${condition.toString()}`);
    await delay(5);
  }
}
