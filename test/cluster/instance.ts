import { setTimeout as delay } from 'node:timers/promises';

import type { CircuitBreakerPolicy, Clock, PolicyEvent, PolicyRegistry, Random } from '../../lib/engine/index.js';
import { createRegistry } from '../../lib/options/index.js';
import type { CircuitBreakerOptionsInput } from '../../lib/options/index.js';
import { Fleet } from '../../lib/redis/fleet.js';
import { channelOf } from '../../lib/redis/keys.js';
import { readFleetOptions } from '../../lib/redis/options.js';
import type { CircuitBreakerRedisModuleOptions } from '../../lib/redis/options.js';
import { RedisTransport } from '../../lib/redis/redis-transport.js';
import type { Transport } from '../../lib/redis/transport.js';
import type { Variant } from './broken/variant.js';
import { Breach } from './world.js';
import type { Link } from './world.js';

export interface InstanceOptions extends CircuitBreakerRedisModuleOptions {
  readonly breaker?: CircuitBreakerOptionsInput;
}

/** Where an instance runs: what time is there, and how it reaches Redis. */
export interface Place {
  readonly clock?: Clock;
  readonly random?: Random;
  /** Instead of a connection of its own. */
  readonly transport?: Transport;
  readonly link?: Link;
  /** A coordinator with a fault, in place of the real one. */
  readonly variant?: Variant;
  /** The same for all instances, whatever their own clocks say. */
  now(): number;
  wait(ms: number): Promise<void>;
  /** As `wait`, but time passes by itself. */
  sleep(ms: number): Promise<unknown>;
  done<T>(work: Promise<T>): Promise<T>;
}

/** How one call went, and how long the caller waited besides the work, in ms. */
export interface Call {
  readonly outcome: 'ok' | 'failed' | 'refused';
  readonly waited: number;
  /** What a refusal said. */
  readonly retryAfter: number | undefined;
}

/** A call that was let through to find out how the service is. */
export interface Probe {
  /** The fleet's, as the instance knew it. */
  readonly epoch: number;
  readonly began: number;
  /** When the call was over, or the stay that it was let through in: from then on its outcome moves nothing. */
  ended: number;
}

const QUICK: CircuitBreakerOptionsInput = {
  failureThreshold: 2,
  breakDuration: 300,
  halfOpenTimeout: 1_000,
  halfOpenMaxCalls: 2,
  successThreshold: 2,
};

const HERE: Place = {
  now: () => performance.now(),
  wait: (ms) => delay(ms),
  sleep: (ms) => delay(ms),
  done: (work) => work,
};

const ALONE = {
  incarnation: null,
  epoch: 0,
  cause: 'local',
  votes: 0,
  instances: 1,
  connected: false,
  fleet: null,
} as const;

/** One of several instances, as the module makes it, and a log of what happened in it. */
export class Instance {
  readonly registry: PolicyRegistry;
  readonly breaker: CircuitBreakerPolicy;
  readonly events: PolicyEvent[] = [];
  readonly faults: unknown[] = [];
  readonly probes: Probe[] = [];
  readonly fleet: Fleet;

  private constructor(
    { breaker, ...options }: InstanceOptions,
    private readonly place: Place,
  ) {
    const { clock, random, variant } = place;
    this.registry = createRegistry(
      { breakers: { payments: { ...QUICK, ...breaker } as never } },
      { clock, random, onFault: (fault) => void this.faults.push(fault) },
    );
    const { scope } = this.registry;
    const resolved = readFleetOptions({ syncInterval: 200, ...options });
    const from = options.client === undefined ? { connection: options.connection ?? '' } : { client: options.client };
    const transport =
      place.transport ?? new RedisTransport(from, channelOf(resolved.namespace), scope.clock, scope.random);
    this.fleet = new Fleet(
      scope,
      variant?.transport?.(transport) ?? transport,
      variant?.options?.(resolved) ?? resolved,
    );
    if (variant?.isAlone !== true) this.registry.coordinator = this.fleet;
    this.breaker = this.registry.circuitBreaker('payments');
    this.registry.on('*', (event) => {
      this.events.push(event);
      if (this.breaker.state === 'half_open') return;
      for (const probe of this.probes) probe.ended = Math.min(probe.ended, place.now());
    });
    this.fleet.start();
  }

  /** Does not wait for Redis. */
  static begin(options: InstanceOptions, place = HERE): Instance {
    return new Instance(options, place);
  }

  static async start(options: InstanceOptions): Promise<Instance> {
    const instance = new Instance(options, HERE);
    await until(() => instance.hasJoined);
    return instance;
  }

  /** Whether it knows how the fleet stands. */
  get hasJoined(): boolean {
    return this.cluster.connected && this.cluster.incarnation !== null;
  }

  get cluster() {
    return this.breaker.snapshot().cluster ?? ALONE;
  }

  /** Its connection, where it can be spoilt. */
  get link(): Link {
    if (this.place.link === undefined) throw new Error('this connection cannot be spoilt');
    return this.place.link;
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

  /** One call that takes `duration` ms. */
  call(isWell = true, duration = 0): Promise<Call> {
    return this.place.done(this.begin(isWell, duration));
  }

  /** As {@link call}, for calls at the same time: time has to pass before it ends. */
  async begin(isWell = true, duration = 0): Promise<Call> {
    const { place, breaker } = this;
    const began = place.now();
    let worked = 0;
    const work = async (): Promise<void> => {
      const at = place.now();
      const probe = { epoch: this.cluster.epoch, began: at, ended: Infinity };
      if (breaker.state === 'half_open') this.probes.push(probe);
      if (duration > 0) await place.sleep(duration);
      probe.ended = Math.min(probe.ended, place.now());
      worked = place.now() - at;
      if (!isWell) throw new Error('down');
    };
    const answer = await breaker.execute(work).then(
      () => ({ outcome: 'ok' as const, retryAfter: undefined }),
      (error: Error & { retryAfter?: number }) => ({
        outcome: error.message === 'down' ? ('failed' as const) : ('refused' as const),
        retryAfter: error.retryAfter,
      }),
    );
    return { ...answer, waited: place.now() - began - worked };
  }

  /** Calls now and then until something has come about. */
  async callUntil(condition: () => boolean, isWell = true): Promise<void> {
    for (let i = 0; i < 500 && !condition(); i++) {
      await this.call(isWell);
      await this.place.wait(5);
    }
    if (!condition()) throw new Breach(`did not come about: ${condition.toString()}`);
  }

  async close(): Promise<void> {
    await this.place.done(this.fleet.close());
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
