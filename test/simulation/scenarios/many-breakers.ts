import type { Cell, Report, ScenarioOptions } from '../report.js';
import { quantile } from '../report.js';
import { Simulation } from '../simulation.js';

const DOWN = 15;
const BACK = 45;

/** What all breakers guard goes down at once: a database behind every tenant, say. */
export async function manyBreakers({ seed, isQuick }: ScenarioOptions): Promise<Report> {
  const rows: Cell[][] = [];
  for (const breakers of isQuick ? [20] : [100, 300]) {
    const instances = 20;
    const simulation = new Simulation({ seed, instances, breakers, called: breakers, rate: 0.25 });
    simulation.startAll();
    await simulation.runTo(DOWN);
    simulation.service.isWell = () => false;
    await simulation.runTo(BACK);
    simulation.service.isWell = () => true;
    await simulation.runTo(75);
    const { meter, names } = simulation;
    const delays = names.map((name) => openingOf(simulation, name));
    rows.push([
      instances,
      breakers,
      quantile(delays, 0.5),
      quantile(delays, 1),
      meter.total('command', DOWN - 10, DOWN) / 10,
      meter.peak('command', DOWN),
      meter.peak('delivered', DOWN),
      simulation.redis.longestBacklog,
      simulation.probes.most,
      simulation.longestWait,
    ]);
  }
  return {
    title: 'Many breakers at once',
    setup:
      'All that all breakers guard is down from second 15 to 45; each is called every four seconds by each instance.',
    columns: [
      'instances',
      'breakers each',
      'opening delay of half of them, ms',
      'of the last',
      'commands/s, calm',
      'peak',
      'messages/s, peak',
      'longest queue in Redis, ms',
      'probes at once, a breaker',
      'longest wait of a call',
    ],
    rows,
    conclusion:
      'An open breaker syncs with every tick, called or not: size for instances × breakers / `syncInterval`, and half as ' +
      'much again for the votes, leases and reports around a break.',
  };
}

/** Until a breaker was open in every instance. */
function openingOf({ instances }: Simulation, name: string): number {
  return Math.max(...instances.map((each) => each.openedAt(name, DOWN * 1_000) ?? Infinity)) - DOWN * 1_000;
}
