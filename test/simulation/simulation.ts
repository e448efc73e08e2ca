import { parseOptions } from '../../lib/options/index.js';
import type { CircuitBreakerOptionsInput, ParsedOptions } from '../../lib/options/index.js';
import { encodeName } from '../../lib/redis/keys.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { Meter } from './meter.js';
import { Probes } from './probes.js';
import { Service } from './service.js';
import { SimulatedInstance } from './simulated-instance.js';
import { SCRIPT_TIME, SimulatedRedis } from './simulated-redis.js';
import type { Weather } from './simulated-transport.js';
import { VirtualTime } from './virtual-time.js';

/** What is simulated. Durations are ms. */
export interface Setting {
  readonly seed: number;
  readonly instances: number;
  /** In each instance. */
  readonly breakers: number;
  /** How many of them are called. */
  readonly called: number;
  /** Calls a second through each called breaker of each instance. */
  readonly rate: number;
  readonly isCoordinated: boolean;
  readonly quorum: number;
  readonly syncInterval: number;
  readonly leaseDeadline: number;
  readonly weather: Weather;
  /** What a command keeps Redis busy. */
  readonly scriptTime: number;
  /** How long the service takes. */
  readonly duration: number;
  readonly breaker: CircuitBreakerOptionsInput;
}

/** Within one data centre. */
export const GOOD_WEATHER: Weather = { latency: 0.5, loss: 0 };

const DEFAULTS: Setting = {
  seed: 1,
  instances: 10,
  breakers: 1,
  called: 1,
  rate: 1,
  isCoordinated: true,
  quorum: 2,
  syncInterval: 2_000,
  leaseDeadline: 50,
  weather: GOOD_WEATHER,
  scriptTime: SCRIPT_TIME,
  duration: 50,
  breaker: {},
};

/** How many instances are in each state, at a moment. */
export interface Sample {
  readonly at: number;
  readonly closed: number;
  readonly open: number;
  readonly half_open: number;
}

/** A fleet of instances, a Redis and a service, on one clock. */
export class Simulation {
  readonly setting: Setting;
  readonly time = new VirtualTime();
  readonly meter = new Meter(() => this.time.now());
  readonly redis: SimulatedRedis;
  readonly random: () => number;
  readonly service: Service;
  readonly probes: Probes;
  readonly names: readonly string[];
  readonly parsedOptions: ParsedOptions;
  readonly samples: Sample[] = [];
  /** All that there ever were. */
  readonly instances: SimulatedInstance[] = [];
  /** The longest that a call has waited for leave to begin, or for its refusal, in ms. */
  longestWait = 0;

  constructor(setting: Partial<Setting> = {}) {
    this.setting = { ...DEFAULTS, ...setting };
    const { seed, breakers, breaker, duration } = this.setting;
    this.random = seededRandom(seed);
    this.redis = new SimulatedRedis(this.time, this.meter, this.setting.scriptTime);
    this.service = new Service(this.time, this.random, duration);
    this.names = Array.from({ length: breakers }, (_, index) => `service-${index}`);
    this.parsedOptions = parseOptions({ defaults: breaker, logger: false });
    this.probes = new Probes((name) => this.redis.model.stateOf(encodeName(name))?.st === 'half_open');
  }

  /** The breaker that scenarios look at. */
  get name(): string {
    return this.names[0]!;
  }

  get alive(): readonly SimulatedInstance[] {
    return this.instances.filter(({ isGone }) => !isGone);
  }

  /** Starts all instances within so many ms. */
  startAll(within = 2_000): void {
    const { instances } = this.setting;
    for (let i = 0; i < instances; i++) this.time.schedule((i * within) / instances, () => void this.start());
  }

  start(): SimulatedInstance {
    const instance = new SimulatedInstance(this, this.instances.length);
    this.instances.push(instance);
    return instance;
  }

  /** Notes every so many ms in which state the instances are. */
  sampleEvery(interval: number): void {
    this.time.schedule(interval, () => {
      this.sampleEvery(interval);
      const count = { closed: 0, open: 0, half_open: 0 };
      for (const { called, isGone } of this.instances) {
        const state = called[0]?.state;
        if (!isGone && (state === 'closed' || state === 'open' || state === 'half_open')) count[state]++;
      }
      this.samples.push({ at: this.time.now() / 1_000, ...count });
    });
  }

  /** Seconds since the start. */
  async runTo(seconds: number): Promise<void> {
    await this.time.advanceTo(seconds * 1_000);
  }

  waited(ms: number): void {
    this.longestWait = Math.max(this.longestWait, ms);
  }

  /** Whether every connected instance knows what Redis knows. */
  get isAgreed(): boolean {
    return this.names.every((name) => {
      const known = this.redis.model.stateOf(encodeName(name));
      return this.alive.every(({ registry }) => {
        const cluster = registry.find(name)?.snapshot().cluster;
        return cluster?.incarnation === known?.i && cluster?.epoch === known?.e;
      });
    });
  }
}
