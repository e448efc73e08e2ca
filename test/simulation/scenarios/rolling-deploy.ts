import { mean } from '../report.js';
import type { Cell, Report, ScenarioOptions } from '../report.js';
import { Simulation } from '../simulation.js';
import type { Setting } from '../simulation.js';

const DOWN = 30;
const BATCH = 0.05;

/** Every instance is replaced while a service is down. */
export async function rollingDeploy({ seed, isQuick }: ScenarioOptions): Promise<Report> {
  const rows: Cell[][] = [];
  for (const instances of isQuick ? [20] : [20, 100, 300]) {
    const setting = { seed, instances, breakers: 20, called: 5 };
    const alone = await deploy({ ...setting, isCoordinated: false });
    const fleet = await deploy(setting);
    const { meter, name, probes, redis } = fleet;
    rows.push([
      instances,
      mean(failuresOfNewcomers(alone)),
      mean(failuresOfNewcomers(fleet)),
      fleet.alive.filter((each) => each.registry.find(name)?.state === 'closed').length,
      Math.max(...fleet.alive.map((each) => each.registry.find(name)?.snapshot().cluster?.instances ?? 0)),
      meter.total('command', 10, 20) / 10,
      meter.peak('command', DOWN),
      meter.peak('delivered', DOWN),
      redis.longestBacklog,
      probes.most,
    ]);
  }
  return {
    title: 'Rolling deploy',
    setup:
      'A service is down from second 30 on. From second 40 a twentieth of the instances is replaced every two seconds; ' +
      'each has 20 breakers, of which 5 are called once a second.',
    columns: [
      'instances',
      'failing calls of a newcomer, alone',
      'in the fleet',
      'closed at the end',
      'counted at the end',
      'commands/s, calm',
      'peak',
      'messages/s, peak',
      'longest queue in Redis, ms',
      'probes at once',
    ],
    rows,
    conclusion: 'Who joins learns with its first sync that the circuit is open; who leaves is counted no longer.',
  };
}

async function deploy(setting: Partial<Setting>): Promise<Simulation> {
  const simulation = new Simulation(setting);
  simulation.startAll();
  await simulation.runTo(DOWN);
  simulation.service.isWell = (_, breaker) => breaker !== simulation.name;
  await simulation.runTo(40);
  simulation.redis.forgetBacklog();
  const old = [...simulation.instances];
  const size = Math.max(1, Math.round(old.length * BATCH));
  for (let second = 40; old.length > 0; second += 2) {
    for (const instance of old.splice(0, size)) {
      void instance.stop();
      simulation.start();
    }
    await simulation.runTo(second + 2);
  }
  await simulation.runTo(simulation.time.now() / 1_000 + 20);
  return simulation;
}

/** Probes left out: what each who came during the outage had to learn by failing. */
function failuresOfNewcomers({ alive }: Simulation): number[] {
  return alive.map(({ failed }) => failed);
}
