import { quantile } from '../report.js';
import { Simulation } from '../simulation.js';
import type { Setting } from '../simulation.js';

/** When the service goes down, comes back, and the run ends, in seconds. */
export interface Times {
  readonly down: number;
  readonly back: number;
  readonly end: number;
}

export const TIMES: Times = { down: 15, back: 60, end: 100 };

/** One service goes down for all instances and comes back; delays are ms. */
export class OutageRun {
  readonly simulation: Simulation;

  constructor(
    setting: Partial<Setting>,
    readonly times: Times = TIMES,
  ) {
    this.simulation = new Simulation(setting);
  }

  async run(): Promise<this> {
    const { simulation, times } = this;
    simulation.startAll();
    simulation.sampleEvery(500);
    await simulation.runTo(times.down);
    simulation.service.isWell = () => false;
    await simulation.runTo(times.back);
    simulation.service.isWell = () => true;
    await simulation.runTo(times.end);
    return this;
  }

  /** Until so many of the instances had opened. */
  openingDelay(share: number): number {
    const { simulation, times } = this;
    const since = times.down * 1_000;
    const openings = simulation.instances.map((each) => each.openedAt(simulation.name, since) ?? Infinity);
    return quantile(openings, share) - since;
  }

  /** Until so many of the instances had closed for good, once the service was back. */
  recoveryDelay(share: number): number {
    const { simulation, times } = this;
    const closings = simulation.instances.map((each) => each.closedAt(simulation.name) ?? Infinity);
    return quantile(closings, share) - times.back * 1_000;
  }

  get failingCalls(): number {
    return this.simulation.service.failures;
  }

  /** Commands a second before anything has happened. */
  get calmCommands(): number {
    return this.simulation.meter.total('command', this.times.down - 10, this.times.down) / 10;
  }

  get peakCommands(): number {
    return this.simulation.meter.peak('command', this.times.down);
  }

  get peakMessages(): number {
    return this.simulation.meter.peak('delivered', this.times.down);
  }
}
