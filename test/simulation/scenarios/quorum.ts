import { mean } from '../report.js';
import type { Cell, Report, ScenarioOptions } from '../report.js';
import { Simulation } from '../simulation.js';
import type { Setting } from '../simulation.js';
import { OutageRun } from './outage-run.js';

const BAD = [2, 5, 34];

/** How many have to agree: a few instances with a fault of their own against an outage for all. */
export async function quorum({ seed, isQuick }: ScenarioOptions): Promise<Report> {
  const rows: Cell[][] = [];
  const instances = isQuick ? 40 : 100;
  for (const size of isQuick ? [2, 6] : [2, 3, 6, 11, 35, 51]) {
    const wronged: number[] = [];
    for (const bad of BAD) wronged.push(await refusedBy(bad, { seed, instances, quorum: size }));
    const real = await new OutageRun({ seed, instances, quorum: size }, { down: 15, back: 40, end: 41 }).run();
    rows.push([
      size,
      ...wronged.map((share) => `${(share * 100).toFixed(0)} %`),
      real.openingDelay(0.5),
      real.failingCalls,
    ]);
  }
  return {
    title: 'Quorum',
    setup:
      `Of ${instances} instances, some can't reach a service that is well: calls of the others that were refused all the ` +
      'same, over a minute. Beside it an outage for all, as before.',
    columns: [
      'quorum',
      ...BAD.map((bad) => `refused, ${bad} bad instances`),
      'opening delay in an outage',
      'failing calls in it',
    ],
    rows,
    conclusion:
      'As many bad instances as the quorum take the service from all others. It should be one more than can be bad ' +
      'together for a reason of their own: a node, a zone, a deployment. In an outage that costs little.',
  };
}

/** The share of calls that instances which reach the service are refused. */
async function refusedBy(bad: number, setting: Partial<Setting>): Promise<number> {
  const simulation = new Simulation(setting);
  simulation.startAll();
  await simulation.runTo(15);
  simulation.service.isWell = (instance) => instance >= bad;
  await simulation.runTo(75);
  return mean(simulation.instances.slice(bad).map(({ refused }) => refused / (60 * simulation.setting.rate)));
}
