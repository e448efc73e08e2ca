import type { Cell, Report, ScenarioOptions } from '../report.js';
import type { Weather } from '../simulated-transport.js';
import { OutageRun } from './outage-run.js';

const WEATHERS: readonly Weather[] = [
  { latency: 0.5, loss: 0 },
  { latency: 5, loss: 0 },
  { latency: 15, loss: 0 },
  { latency: 25, loss: 0 },
  { latency: 50, loss: 0 },
  { latency: 250, loss: 0 },
  { latency: 2, loss: 0.02 },
  { latency: 2, loss: 0.1 },
];

/** How far away Redis may be. */
export async function slowNetwork({ seed, isQuick }: ScenarioOptions): Promise<Report> {
  const rows: Cell[][] = [];
  const instances = isQuick ? 10 : 50;
  for (const weather of isQuick ? [WEATHERS[0]!, WEATHERS[5]!] : WEATHERS) {
    const { simulation, ...run } = await measure(seed, weather, instances);
    rows.push([
      2 * weather.latency,
      `${weather.loss * 100} %`,
      run.spread,
      simulation.longestWait,
      simulation.probes.most,
      simulation.probes.mostInstances,
      simulation.instances.reduce((sum, { transport }) => sum + transport!.distrusted, 0),
      run.recovery,
    ]);
  }
  return {
    title: 'Slow network',
    setup:
      `An outage as before, ${instances} instances with 5 calls a second each, by the way to Redis and back in ms and the ` +
      'share of packets sent again. The lease deadline is 50 ms, the share of probes 3.',
    columns: [
      'round trip',
      'loss',
      'from the first to open to the last',
      'longest wait of a call',
      'probes at once, fleet half-open',
      'instances probing at once',
      'connections given up',
      'last closed, after the service is back',
    ],
    rows,
    conclusion:
      'A slow Redis delays openings by what it is slow and no call by more than the deadline. Where the ' +
      'round trip comes near the deadline, instances take silence for leave to probe alone, and probes are shared no longer.',
  };
}

async function measure(seed: number, weather: Weather, instances: number) {
  const run = await new OutageRun({ seed, instances, rate: 5, weather }, { down: 15, back: 60, end: 100 }).run();
  const spread = run.openingDelay(1) - run.openingDelay(0);
  return { simulation: run.simulation, spread, recovery: run.recoveryDelay(1) };
}
