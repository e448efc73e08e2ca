import type { Cell, Plot, Report, ScenarioOptions } from '../report.js';
import { SCRIPT_TIME } from '../simulated-redis.js';
import { Simulation } from '../simulation.js';

const IDLE_SECONDS = 30;
/** What Redis should be busy with this, at most, so that a burst finds room. */
const SHARE = 0.3;

/**
 * Commands a second of a fleet in which nothing happens: a heartbeat of each instance every `syncInterval`, a sync of
 * each breaker that is called, and every thirty seconds one of those that are not.
 */
export function commandsPerSecond(instances: number, breakers: number, called: number, syncInterval: number): number {
  const ticks = 1_000 / syncInterval;
  return instances * (ticks * (1 + called) + (breakers - called) / IDLE_SECONDS);
}

/** How many called breakers each instance may have, of no others. */
function calledWithin(instances: number, syncInterval: number): number {
  return Math.floor(((SHARE * 1_000) / SCRIPT_TIME / instances) * (syncInterval / 1_000) - 1);
}

/** How busy Redis is while all is well: measured where that is affordable, and computed. */
export async function load({ seed, isQuick }: ScenarioOptions): Promise<Report> {
  const rows: Cell[][] = [];
  const settings = [
    { instances: 10, breakers: 5, called: 2, syncInterval: 2_000 },
    { instances: 50, breakers: 100, called: 10, syncInterval: 2_000 },
    { instances: 50, breakers: 100, called: 10, syncInterval: 10_000 },
    { instances: 20, breakers: 2_000, called: 20, syncInterval: 2_000 },
    { instances: 2_000, breakers: 2, called: 1, syncInterval: 10_000, rate: 1 },
  ];
  for (const setting of isQuick ? settings.slice(0, 1) : settings) {
    const simulation = new Simulation({ seed, rate: 5, ...setting });
    simulation.startAll();
    const [from, to] = isQuick ? [10, 70] : [10, 40];
    await simulation.runTo(to);
    const { instances, breakers, called, syncInterval } = setting;
    const measured = simulation.meter.total('command', from, to) / (to - from);
    const computed = commandsPerSecond(instances, breakers, called, syncInterval);
    rows.push([instances, breakers, called, syncInterval / 1_000, measured, computed, busy(computed)]);
  }
  return {
    title: 'Load while all is well',
    setup: 'No failures; `called` breakers of each instance are called now and then, the others never.',
    columns: [
      'instances',
      'breakers each',
      'called',
      'syncInterval, s',
      'commands/s, measured',
      'computed',
      'of one Redis',
    ],
    rows,
    conclusion: 'Messages: none. What is computed is what is measured, so the table below is computed alone.',
  };
}

/** What the formula says of fleets that are too large to simulate. */
export async function sizing(): Promise<Report> {
  const sizes = [10, 50, 200, 1_000, 2_000];
  const rows = sizes.map((instances) => {
    const at = (called: number, syncInterval: number): string => {
      const commands = commandsPerSecond(instances, called, called, syncInterval);
      return `${Math.round(commands).toLocaleString('en-US')} (${busy(commands)})`;
    };
    return [instances, at(10, 2_000), at(100, 2_000), at(100, 10_000), at(1_000, 10_000), calledWithin(instances, 2_000), calledWithin(instances, 10_000)]; // prettier-ignore
  });
  return {
    title: 'Sizing',
    setup: `Commands a second, and the share of a Redis that runs ${(1 / SCRIPT_TIME).toFixed(0)} scripts in a ms: computed.`,
    columns: [
      'instances',
      '10 called, 2 s',
      '100 called, 2 s',
      '100 called, 10 s',
      '1,000 called, 10 s',
      'breakers within 30 %, 2 s',
      'within 30 %, 10 s',
    ],
    rows,
    plots: [plotOf(sizes)],
    conclusion: 'Where it says more than 30 %, raise `syncInterval`, or let fewer breakers take part (`only`).',
  };
}

const busy = (commands: number): string => `${((commands * SCRIPT_TIME) / 10).toFixed(1)} %`;

function plotOf(sizes: readonly number[]): Plot {
  const series = [10, 30, 100].map((called) => ({
    name: `${called} called breakers`,
    points: sizes.map((instances) => [instances, commandsPerSecond(instances, called, called, 2_000)] as const),
  }));
  const limit = {
    name: '30 % of one Redis',
    points: sizes.map((instances) => [instances, (SHARE * 1_000) / SCRIPT_TIME] as const),
  };
  return {
    title: 'Commands a second while all is well, syncInterval 2 s',
    file: 'sizing',
    x: 'instances',
    isLogarithmic: true,
    series: [...series, limit],
  };
}
