import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';

import { chart } from './chart.js';
import { SCENARIOS } from './scenarios/index.js';
import { OutageRun } from './scenarios/outage-run.js';
import { commandsPerSecond, sizing } from './scenarios/sizing.js';
import { Simulation } from './simulation.js';
import type { Setting } from './simulation.js';
import { terminalPlot } from './terminal-plot.js';
import { markdownTable, terminalTable } from './table.js';

const LEASE_DEADLINE = 50;
const TIMES = { down: 6, back: 20, end: 45 };
/** `npm run simulate` prints its seed; what holds, holds for others, too. */
const SEED = Number(process.env['SIMULATION_SEED'] ?? 1);

const simulate = (setting: Partial<Setting>): Simulation => {
  const simulation = new Simulation({ seed: SEED, ...setting });
  simulation.startAll();
  return simulation;
};

it('an outage opens 200 instances a message after the second has seen it, where alone half of them need seconds', async () => {
  const alone = await new OutageRun({ seed: SEED, instances: 200, isCoordinated: false }, TIMES).run();
  const fleet = await new OutageRun({ seed: SEED, instances: 200 }, TIMES).run();
  const own = fleet.simulation.instances
    .flatMap(({ moves }) => moves.filter(({ type, reason }) => type === 'opened' && reason !== 'cluster'))
    .map(({ at }) => at - fleet.times.down * 1_000);
  const second = own.toSorted((a, b) => a - b)[1]!;
  // a vote on its way up, a message on its way down, each seldom longer than ten times the mean
  expect(fleet.openingDelay(1) - second).toBeLessThan(10);
  expect(fleet.openingDelay(1)).toBeLessThan(alone.openingDelay(0.5) / 2);
  expect(fleet.failingCalls).toBeLessThan(alone.failingCalls / 2);
  expect(fleet.simulation.isAgreed).toBe(true);
});

it('at most the share of probes runs in the fleet, however many instances wait for their turn', async () => {
  const breaker = { halfOpenMaxCalls: 2, successThreshold: 4 };
  const run = await new OutageRun(
    { seed: SEED, instances: 50, rate: 10, breaker },
    { down: 5, back: 10, end: 50 },
  ).run();
  const { probes, alive, name } = run.simulation;
  expect(probes.most).toBe(2);
  expect(alive.filter((each) => each.registry.find(name)?.state === 'closed')).toHaveLength(50);
});

it('an instance in which nothing happens sends a heartbeat with every tick, and a sync of each breaker in 30 s', async () => {
  const simulation = simulate({ instances: 10, breakers: 60, rate: 0 });
  await simulation.runTo(70);
  const each = simulation.meter.total('command', 10, 70) / 60 / 10;
  expect(each).toBeGreaterThan(2.5 * 0.9);
  expect(each).toBeLessThan(2.5 * 1.1);
  expect(commandsPerSecond(1, 60, 0, 2_000)).toBe(2.5);
  expect(simulation.meter.peak('command', 10, 70)).toBeLessThan(3 * 25); // no bursts
  expect(simulation.meter.total('published')).toBe(0);
});

it('a called breaker adds a sync with every tick, not with every call', async () => {
  const simulation = simulate({ instances: 10, breakers: 3, called: 3, rate: 5 });
  await simulation.runTo(40);
  const measured = simulation.meter.total('command', 10, 40) / 30;
  const computed = commandsPerSecond(10, 3, 3, 2_000);
  expect(Math.abs(measured / computed - 1)).toBeLessThan(0.1);
});

it.each([
  { quorum: 3, bad: 2, isWronged: false },
  { quorum: 3, bad: 3, isWronged: true },
])('$bad instances with a fault of their own against a quorum of $quorum', async ({ quorum, bad, isWronged }) => {
  const simulation = simulate({ instances: 30, quorum });
  await simulation.runTo(10);
  simulation.service.isWell = (instance) => instance >= bad;
  await simulation.runTo(40);
  const refused = simulation.instances.slice(bad).filter((each) => each.refused > 0);
  expect(refused).toHaveLength(isWronged ? 30 - bad : 0);
});

it('no call waits longer than the lease deadline for a Redis that has fallen silent, and all agree when it is back', async () => {
  const simulation = simulate({ instances: 20 });
  simulation.service.isWell = () => simulation.time.now() < 10_000 || simulation.time.now() > 50_000;
  await simulation.runTo(30); // the break ends while nobody hears of the others
  for (const { transport } of simulation.instances) transport!.isCut = true;
  await simulation.runTo(60);
  expect(simulation.longestWait).toBeGreaterThan(LEASE_DEADLINE / 2); // somebody did wait
  for (const { transport } of simulation.instances) transport!.isCut = false;
  await simulation.runTo(120);
  expect(simulation.longestWait).toBeLessThanOrEqual(LEASE_DEADLINE);
  expect(simulation.isAgreed).toBe(true);
  expect(simulation.alive.every(({ called }) => called[0]!.state === 'closed')).toBe(true);
});

it('a Redis that comes back is not drowned by those who waited for it, though it is slow', async () => {
  const simulation = simulate({ instances: 20, breakers: 100, rate: 0, scriptTime: 2 });
  await simulation.runTo(10);
  simulation.redis.restart();
  for (const { transport } of simulation.instances) transport!.lose();
  await simulation.runTo(20);
  expect(simulation.isAgreed).toBe(true);
  expect(simulation.redis.longestBacklog).toBeLessThan(1_000); // all at once it would be four seconds
  expect(simulation.instances.every(({ transport }) => transport!.distrusted === 0)).toBe(true);
});

it('instances that leave together do not hold up those that stay', async () => {
  const simulation = simulate({ instances: 20, breakers: 100, rate: 0 });
  await simulation.runTo(10);
  simulation.redis.forgetBacklog();
  for (const instance of simulation.instances.slice(0, 8)) void instance.stop();
  await simulation.runTo(15);
  expect(simulation.redis.longestBacklog).toBeLessThan(20); // all at once it would be forty
  expect(simulation.alive.every(({ called }) => called[0]!.snapshot().cluster?.instances === 12)).toBe(true);
});

it('every scenario runs in small, and the same with the same seed', async () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    const report = await scenario({ seed: SEED, isQuick: true });
    expect(report.rows.length).toBeGreaterThan(0);
    for (const row of report.rows) expect([name, row.length]).toEqual([name, report.columns.length]);
    expect(terminalTable(report).split('\n').length).toBeGreaterThan(report.rows.length);
    for (const plot of report.plots ?? []) {
      expect(terminalPlot(plot)).toContain(plot.series[0]!.name);
      expect(chart(plot)).not.toMatch(/NaN|undefined|Infinity/);
    }
  }
  const again = () => SCENARIOS['partition']!({ seed: SEED + 1, isQuick: true });
  expect(await again()).toEqual(await again());
}, 240_000); // some seconds, on a machine with nothing else to do

it('the guide has the sizes as they are computed now', async () => {
  expect(readFileSync('docs/cluster.md', 'utf8')).toContain(markdownTable(await sizing()));
});
