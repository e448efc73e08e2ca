import { Simulation } from './simulation.js';

for (const instances of [2, 10, 50, 200, 1000, 2000]) {
  for (const isCoordinated of [false, true]) {
    const t0 = performance.now();
    const sim = new Simulation({ instances, isCoordinated });
    sim.startAll();
    await sim.runTo(20);
    sim.service.isWell = () => false;
    await sim.runTo(65);
    sim.service.isWell = () => true;
    await sim.runTo(200);
    const delays = sim.instances.map((i) => (i.openedAt(sim.name, 20_000) ?? Infinity) - 20_000).sort((a, b) => a - b);
    const back = sim.instances.map((i) => (i.closedAt(sim.name) ?? Infinity) - 65_000).sort((a, b) => a - b);
    const q = (a: number[], p: number) => Math.round(a[Math.min(a.length - 1, Math.floor(p * a.length))]!);
    console.log(
      instances,
      isCoordinated,
      'open',
      q(delays, 0),
      q(delays, 0.5),
      q(delays, 1),
      'back',
      q(back, 0),
      q(back, 0.5),
      q(back, 1),
      'failed',
      sim.service.failures,
      'probes',
      sim.probes.total,
      sim.probes.failed,
      'most',
      sim.probes.most,
      sim.probes.mostInstances,
      'cmd peak',
      sim.meter.peak('command'),
      'idle',
      sim.meter.total('command', 10, 20) / 10,
      'open',
      sim.meter.total('command', 30, 40) / 10,
      'del',
      sim.meter.peak('delivered'),
      'wait',
      sim.longestWait.toFixed(1),
      'backlog',
      sim.redis.longestBacklog.toFixed(1),
      'agreed',
      sim.isAgreed,
      'took',
      ((performance.now() - t0) / 1000).toFixed(1),
    );
  }
}
