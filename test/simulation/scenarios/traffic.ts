import type { Cell, Report, ScenarioOptions } from '../report.js';
import { OutageRun } from './outage-run.js';

const INSTANCES = 20;
const TIMES = { down: 30, back: 230, end: 240 };

/** Who gains: instances with little traffic or with much. */
export async function traffic({ seed, isQuick }: ScenarioOptions): Promise<Report> {
  const rows: Cell[][] = [];
  for (const rate of isQuick ? [0.1, 10] : [0.1, 0.5, 2, 10, 50]) {
    const setting = { seed, instances: INSTANCES, rate };
    const times = rate > 1 ? { down: 5, back: 20, end: 21 } : TIMES;
    const alone = await new OutageRun({ ...setting, isCoordinated: false }, times).run();
    const fleet = await new OutageRun(setting, times).run();
    rows.push([
      rate,
      alone.openingDelay(0.5),
      alone.openingDelay(0.9),
      fleet.openingDelay(0.5),
      fleet.openingDelay(0.9),
      alone.failingCalls,
      fleet.failingCalls,
    ]);
  }
  return {
    title: 'Traffic',
    setup: `An outage as before with ${INSTANCES} instances, by how often each of them calls. Delays in ms.`,
    columns: [
      'calls/s an instance',
      'alone, half open',
      'alone, 90 % open',
      'fleet, half open',
      'fleet, 90 % open',
      'failing calls alone',
      'in the fleet',
    ],
    rows,
    conclusion: 'With ten calls a second and more each instance knows within half a second; a fleet spares it little.',
  };
}
