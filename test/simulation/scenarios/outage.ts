import type { Cell, Plot, Report, ScenarioOptions } from '../report.js';
import { OutageRun } from './outage-run.js';

const SIZES = [2, 10, 50, 200, 2_000];

/** A service that goes down for everybody, with and without a fleet. */
export async function outage({ seed, isQuick }: ScenarioOptions): Promise<Report> {
  const sizes = isQuick ? [2, 20] : SIZES;
  const rows: Cell[][] = [];
  const plots: Plot[] = [];
  for (const instances of sizes) {
    const alone = await new OutageRun({ seed, instances, isCoordinated: false }).run();
    const fleet = await new OutageRun({ seed, instances }).run();
    rows.push([
      instances,
      alone.openingDelay(0.5),
      alone.openingDelay(1),
      fleet.openingDelay(0.5),
      fleet.openingDelay(1),
      alone.failingCalls,
      fleet.failingCalls,
      alone.simulation.probes.mostInstances,
      fleet.simulation.probes.most,
      fleet.calmCommands,
      fleet.peakCommands,
      fleet.peakMessages,
    ]);
    if (instances === (isQuick ? 20 : 200)) plots.push(...plotsOf(alone, fleet));
  }
  return {
    title: 'Outage',
    setup:
      'One service is down for all instances from second 15 to 60. Each instance calls it once a second; the breaker ' +
      'has its default options, the fleet a quorum of 2. Delays in ms until half of the instances, and all, were open.',
    columns: [
      'instances',
      'alone, half open',
      'alone, all open',
      'fleet, half open',
      'fleet, all open',
      'failing calls alone',
      'in the fleet',
      'instances probing at once, alone',
      'probes at once in the fleet',
      'commands/s, calm',
      'peak',
      'messages/s, peak',
    ],
    rows,
    plots,
    conclusion:
      'The fleet opens with its second instance, and the larger it is the sooner there is one: what each instance had ' +
      'to find out by itself, two find out for all.',
  };
}

function plotsOf(alone: OutageRun, fleet: OutageRun): Plot[] {
  const { samples, meter } = fleet.simulation;
  const perSecond = (what: string) => meter.perSecond(what).map((count, second) => [second, count] as const);
  return [
    {
      title: `Outage at ${alone.simulation.setting.instances} instances: how many are not closed`,
      file: 'outage',
      x: 'seconds; the service is down from 15 to 60',
      series: [
        { name: 'alone', points: alone.simulation.samples.map(({ at, open, half_open }) => [at, open + half_open]) },
        { name: 'fleet', points: samples.map(({ at, open, half_open }) => [at, open + half_open]) },
      ],
    },
    {
      title: `Outage at ${alone.simulation.setting.instances} instances: what Redis does in a second`,
      file: 'outage-redis',
      x: 'seconds; the service is down from 15 to 60',
      series: [
        { name: 'commands', points: perSecond('command') },
        { name: 'messages delivered', points: perSecond('delivered') },
      ],
    },
  ];
}
