import { expect, it } from '@jest/globals';

import { RedisServer } from '../fixtures/redis-server.js';
import { describeWith } from '../fixtures/system-package.js';
import { Fleet } from './fleet.js';
import { Instance, until } from './instance.js';

describeWith('redis-server', 'redis-server')('how many instances are in which state', () => {
  const fleet = new Fleet(500);

  /** Until each of them says so; those that nobody calls look less often. */
  const allSee = async (seers: readonly Instance[], counts: Record<string, number>): Promise<void> => {
    const none = { closed: 0, open: 0, half_open: 0, isolated: 0, disabled: 0, metrics_only: 0 };
    const sees = ({ cluster }: Instance): boolean =>
      Object.entries({ ...none, ...counts }).every(([state, count]) => cluster.fleet?.[state as 'open'] === count);
    const isSeen = async (): Promise<boolean> => {
      await Promise.all(seers.map((each) => each.call()));
      return seers.every(sees);
    };
    for (const end = performance.now() + 5_000; !(await isSeen());) {
      if (performance.now() > end) expect(seers.map(({ cluster }) => cluster.fleet)).toEqual(seers.map(() => counts));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('every instance can tell, whatever its own state', async () => {
    const all = (await fleet.start(4, { breaker: { breakDuration: 60_000 } })) as [
      Instance,
      Instance,
      Instance,
      Instance,
    ];
    const [a, b, c, d] = all;
    await allSee(all, { closed: 4 });
    await a.trip();
    await allSee(all, { closed: 3, open: 1 });
    c.breaker.metricsOnly();
    await allSee(all, { closed: 2, open: 1, metrics_only: 1 });
    await b.trip();
    await allSee(all, { open: 3, metrics_only: 1 });
    c.breaker.disable();
    await allSee(all, { open: 3, disabled: 1 });
    d.breaker.close({ actor: 'ann' });
    await allSee(all, { closed: 4 });
    d.breaker.isolate();
    await allSee(all, { isolated: 4 });
  }, 30_000);

  it('a probe that takes its time is seen by the others', async () => {
    const [a, b] = (await fleet.start(2)) as [Instance, Instance];
    await a.trip();
    await b.trip();
    await until(() => a.cluster.epoch === 1);
    await new Promise((resolve) => setTimeout(resolve, 320));
    const probe = a.call(true, 900);
    await until(() => b.cluster.fleet?.half_open === 1);
    expect(b.cluster.fleet).toMatchObject({ closed: 0, open: 1, half_open: 1 });
    await probe;
  });

  it('whoever leaves is no longer counted, nor a breaker that was removed', async () => {
    const all = (await fleet.start(3)) as [Instance, Instance, Instance];
    const [a, b, c] = all;
    await allSee(all, { closed: 3 });
    await c.close();
    await allSee([a, b], { closed: 2 });
    b.registry.remove('payments');
    await allSee([a], { closed: 1 });
  });

  it('a closed one that fell silent is missed as soon as its heartbeat is', async () => {
    const [a] = (await fleet.start(1)) as [Instance];
    await fleet.redis.eval("return redis.call('ZADD', KEYS[1], 1e14, 'silent')", 1, 'cb:{payments}:m');
    await allSee([a], { closed: 1 });
    await fleet.redis.zadd('cb:live', Date.now() + 60_000, 'silent');
    await allSee([a], { closed: 2 });
  });

  it('a breaker that nobody calls says nothing more than before', async () => {
    await fleet.start(2);
    const commands = async (): Promise<number> => {
      const stats = await fleet.redis.info('commandstats');
      return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce(
        (sum, [, calls]) => sum + Number(calls),
        0,
      );
    };
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = await commands();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await commands()) - before).toBeLessThanOrEqual(14); // two heartbeats every 160 to 240 ms
  });

  it('while somebody watches, a breaker that nobody calls is up to date', async () => {
    const [a] = (await fleet.start(1)) as [Instance];
    a.registry.scope.isWatched = true;
    await fleet.start(1);
    await until(() => a.cluster.fleet?.closed === 2);
  });

  it('without Redis the last numbers stay, and it is said that they are old', async () => {
    const own = await RedisServer.start();
    const a = fleet.add(await Instance.start({ connection: own.url }));
    await until(() => a.cluster.fleet?.closed === 1);
    await own.kill();
    await until(() => !a.cluster.connected);
    expect(a.cluster.fleet).toMatchObject({ closed: 1, open: 0 });
  });
});
