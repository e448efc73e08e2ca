import type { CircuitBreakerPolicy, PolicyRegistry } from '../../lib/engine/index.js';
import { createRegistry } from '../../lib/options/index.js';
import { Fleet } from '../../lib/redis/fleet.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import type { Simulation } from './simulation.js';
import { SimulatedTransport } from './simulated-transport.js';

/** What happened to the breaker of an instance. */
export interface Move {
  readonly at: number;
  readonly type: 'opened' | 'half_opened' | 'closed';
  readonly breaker: string;
  readonly reason: string;
}

/** One process: the registry and the fleet that an application has, and calls. */
export class SimulatedInstance {
  readonly registry: PolicyRegistry;
  readonly transport: SimulatedTransport | null;
  readonly moves: Move[] = [];
  readonly called: readonly CircuitBreakerPolicy[];
  readonly bornAt: number;
  failed = 0;
  refused = 0;
  isGone = false;
  private readonly fleet: Fleet | null = null;
  private readonly random: () => number;

  constructor(
    private readonly simulation: Simulation,
    readonly index: number,
  ) {
    const { time, redis, setting, parsedOptions } = simulation;
    this.bornAt = time.now();
    this.random = seededRandom(setting.seed * 1_000_003 + index);
    const chance = seededRandom(setting.seed * 7_000_003 + index);
    this.registry = createRegistry(parsedOptions, { clock: time, random: chance, onFault: () => undefined });
    const breakers = simulation.names.map((name) => this.registry.circuitBreaker(name));
    this.called = breakers.slice(0, setting.called);
    for (const type of ['opened', 'half_opened', 'closed'] as const)
      this.registry.on(
        type,
        ({ name, reason }) => void this.moves.push({ at: time.now(), type, breaker: name, reason }),
      );
    this.transport = setting.isCoordinated ? new SimulatedTransport(time, redis, chance, setting.weather) : null;
    if (this.transport !== null) {
      const { quorum, syncInterval, leaseDeadline } = setting;
      const options = { namespace: 'cb', quorum, syncInterval, leaseDeadline, isMember: () => true };
      const fleet = (this.fleet = new Fleet(this.registry.scope, this.transport, options));
      fleet.joinAll(breakers);
      this.registry.coordinator = fleet;
      fleet.start();
    }
    if (setting.rate > 0) this.planCall();
  }

  async stop(): Promise<void> {
    this.isGone = true;
    await this.fleet?.close();
  }

  /** When it first opened since then, by its own doing or the fleet's. */
  openedAt(breaker: string, since: number): number | undefined {
    return this.moves.find((move) => move.type === 'opened' && move.breaker === breaker && move.at >= since)?.at;
  }

  /** When it closed for good. */
  closedAt(breaker: string): number | undefined {
    const last = this.moves.findLast((move) => move.breaker === breaker);
    return last?.type === 'closed' ? last.at : undefined;
  }

  private planCall(): void {
    const { time, setting } = this.simulation;
    const gap = (-Math.log(1 - this.random()) * 1_000) / (setting.rate * this.called.length);
    time.schedule(gap, () => {
      if (this.isGone) return;
      this.planCall();
      this.call(this.called[Math.floor(this.random() * this.called.length)]!);
    });
  }

  private call(breaker: CircuitBreakerPolicy): void {
    const { simulation } = this;
    const { time, service, probes } = simulation;
    const began = time.now();
    let isThrough = false;
    const work = (): Promise<void> => {
      isThrough = true;
      simulation.waited(time.now() - began);
      const answer = service.answer(this.index, breaker.name);
      if (breaker.state === 'half_open') probes.follow(breaker.name, this.index, answer);
      return answer;
    };
    breaker.execute(work).catch(() => {
      if (isThrough) this.failed++;
      else {
        this.refused++;
        simulation.waited(time.now() - began);
      }
    });
  }
}
