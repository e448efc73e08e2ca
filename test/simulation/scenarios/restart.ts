import type { Cell, Report, ScenarioOptions } from '../report.js';
import { Simulation } from '../simulation.js';

/** Redis comes back with nothing in it. */
export async function restart({ seed, isQuick }: ScenarioOptions): Promise<Report> {
  const rows: Cell[][] = [];
  const sizes = isQuick ? [[20, 50]] : [[20, 50], [20, 1_000], [200, 100], [2_000, 5]]; // prettier-ignore
  for (const [instances, breakers] of sizes as [number, number][]) {
    const simulation = new Simulation({ seed, instances, breakers, rate: 0 });
    simulation.startAll();
    await simulation.runTo(10);
    simulation.redis.forgetBacklog();
    simulation.redis.restart();
    for (const { transport } of simulation.instances) transport!.lose();
    await simulation.runTo(20);
    rows.push([
      instances,
      breakers,
      simulation.meter.peak('command', 10, 20),
      simulation.redis.longestBacklog,
      simulation.instances.reduce((sum, { transport }) => sum + transport!.distrusted, 0),
      simulation.isAgreed ? 'yes' : 'no',
    ]);
  }
  return {
    title: 'Restart of Redis',
    setup: 'All connections break at once and Redis has lost everything. Ten seconds later:',
    columns: [
      'instances',
      'breakers each',
      'commands/s, peak',
      'longest queue in Redis, ms',
      'connections given up',
      'all agree',
    ],
    rows,
    conclusion:
      'Each instance begins with one sync at a time and has up to sixteen under way while Redis keeps up, so that nobody ' +
      'waits long enough to give up and begin anew.',
  };
}
