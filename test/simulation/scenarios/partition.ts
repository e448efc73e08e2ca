import type { Cell, Report, ScenarioOptions } from '../report.js';
import { Simulation } from '../simulation.js';

const INSTANCES = [10, 200];
const CASES = [
  { name: 'during an outage', down: 15, cut: 25, heal: 45, back: 70 },
  { name: 'before an outage', down: 25, cut: 15, heal: 45, back: 70 },
  { name: 'over its end', down: 15, cut: 25, heal: 90, back: 70 },
];

/** Half of the instances lose Redis and find it again. */
export async function partition({ seed, isQuick }: ScenarioOptions): Promise<Report> {
  const rows: Cell[][] = [];
  for (const instances of isQuick ? [10] : INSTANCES) {
    for (const { name, down, cut, heal, back } of CASES) {
      const simulation = new Simulation({ seed, instances });
      simulation.startAll();
      const isDown = (at: number): boolean => at >= down && at < back;
      simulation.service.isWell = () => !isDown(simulation.time.now() / 1_000);
      await simulation.runTo(cut);
      setCut(simulation, true);
      await simulation.runTo(heal);
      setCut(simulation, false);
      const healed = await untilReady(simulation);
      const agreed = await untilAgreed(simulation);
      await simulation.runTo(140);
      const { length } = simulation.alive.filter(({ called }) => called[0]!.state === 'closed');
      rows.push([
        instances,
        name,
        healed - heal * 1_000,
        agreed - healed,
        simulation.meter.peak('command', heal, heal + 10),
        simulation.longestWait,
        simulation.probes.most,
        length,
      ]);
    }
  }
  return {
    title: 'Partition',
    setup:
      'Half of the instances are cut off from Redis, silently: nothing arrives, nobody is told. They decide alone, ' +
      'reconnect when they can, and agree with the others again. Times in ms.',
    columns: [
      'instances',
      'cut off',
      'until the last had reconnected',
      'from then until all agreed',
      'commands/s, peak after it',
      'longest wait of a call',
      'probes at once in the fleet',
      'closed in the end',
    ],
    rows,
    conclusion:
      'Reconnecting takes up to seven seconds (an attempt that hangs, and the longest back-off); once connected, an ' +
      'instance agrees after one round trip. No call waits longer than the lease deadline.',
  };
}

function setCut(simulation: Simulation, isCut: boolean): void {
  for (const { index, transport } of simulation.instances) if (index % 2 === 1) transport!.isCut = isCut;
}

const untilReady = (simulation: Simulation): Promise<number> =>
  until(simulation, () => simulation.alive.every(({ transport }) => transport!.isReady));

const untilAgreed = (simulation: Simulation): Promise<number> => until(simulation, () => simulation.isAgreed);

/** When, in ms, looked at every 5 ms. */
async function until(simulation: Simulation, condition: () => boolean): Promise<number> {
  const patience = simulation.time.now() + 30_000;
  while (!condition() && simulation.time.now() < patience) await simulation.time.advanceTo(simulation.time.now() + 5);
  return condition() ? simulation.time.now() : Infinity;
}
