import { describe, expect, it } from '@jest/globals';

import { around } from '../../cluster/broken/variant.js';
import type { Instance } from '../../cluster/instance.js';
import { MemoryWorld } from '../../cluster/memory-world.js';

interface Sent {
  readonly script: string;
  readonly at: number;
}

/** A world in memory, and what its instances send to Redis. */
function overheard(): { world: MemoryWorld; sent: Sent[]; times: (script: string) => number[] } {
  const sent: Sent[] = [];
  const world: MemoryWorld = new MemoryWorld({
    transport: (inner) =>
      around(inner, {
        run(script, keys, args) {
          sent.push({ script: script.name, at: world.clock.now() });
          return inner.run(script, keys, args);
        },
      }),
  });
  return { world, sent, times: (script) => sent.filter((each) => each.script === script).map(({ at }) => at) };
}

const gaps = (times: readonly number[]): number[] => times.slice(1).map((time, i) => time - (times[i] ?? 0));

describe('the schedule of a fleet', () => {
  it('says that it is alive at every sync interval, up to 20 % earlier or later', async () => {
    const { world, times } = overheard();
    await world.start(1, { syncInterval: 2_000 });
    await world.wait(200_000);
    const between = gaps(times('beat')).slice(1); // the first beat comes with the connection
    expect(between.length).toBeGreaterThan(80);
    for (const gap of between) {
      expect(gap).toBeGreaterThanOrEqual(1_600);
      expect(gap).toBeLessThanOrEqual(2_400);
    }
    expect(Math.min(...between)).toBeLessThan(1_700);
    expect(Math.max(...between)).toBeGreaterThan(2_300);
  });

  it('looks at a closed breaker that nobody calls once in thirty seconds', async () => {
    const { world, times } = overheard();
    await world.start(1, { syncInterval: 2_000 });
    const before = times('sync').length;
    await world.wait(300_000);
    expect([9, 10, 11]).toContain(times('sync').length - before);
  });

  it('looks at one that is called at every sync', async () => {
    const { world, times } = overheard();
    const [a] = (await world.start(1, { syncInterval: 2_000 })) as [Instance];
    for (let i = 0; i < 100; i++) {
      await a.call();
      await world.wait(600);
    }
    const beats = times('beat').length;
    expect(Math.abs(times('sync').length - beats)).toBeLessThanOrEqual(2);
  });

  it('renews a vote with every sync, as long as the circuit is open, and takes it back at the close', async () => {
    const { world, times } = overheard();
    const [a, b] = (await world.start(2, { breaker: { breakDuration: 2_000 } })) as [Instance, Instance];
    await a.trip();
    await world.wait(2_000);
    const votes = times('vote').length;
    expect(votes).toBeGreaterThan(7);
    await b.call();
    await world.until(() => b.cluster.votes === 1);
    await a.callUntil(() => a.breaker.state === 'closed');
    await b.call();
    await world.until(() => b.cluster.votes === 0);
    await world.wait(2_000);
    expect(times('unvote')).toHaveLength(1);
    expect(times('vote').length - votes).toBeLessThanOrEqual(1);
  });
});

describe('a message', () => {
  const said = async (change: object) => {
    const { world, times } = overheard();
    const [a] = (await world.start(1, { syncInterval: '1m' })) as [Instance];
    const before = times('sync').length;
    const { incarnation: i } = a.cluster;
    await world.redis.publish(JSON.stringify({ v: 1, n: 'payments', st: 'open', e: 5, i, left: 60_000, ...change }));
    await world.wait(5);
    return { a, syncs: times('sync').length - before };
  };

  it('of another incarnation is no more than a reason to ask Redis', async () => {
    const { a, syncs } = await said({ i: 'another' });
    expect(a.moves).toEqual([]);
    expect(a.cluster.epoch).toBe(0);
    expect(syncs).toBe(1);
  });

  it("of an operator's doing is one as well: who and why stands in Redis only", async () => {
    const { a, syncs } = await said({ st: 'isolated', f: 1 });
    expect(a.moves).toEqual([]);
    expect(syncs).toBe(1);
  });

  it('of an epoch that is over, or of a version to come, is none', async () => {
    for (const change of [{ e: 0 }, { v: 2 }, { v: 2, i: 'another' }]) {
      const { a, syncs } = await said(change);
      expect(a.moves).toEqual([]);
      expect(syncs).toBe(0);
    }
  });

  it('of a later epoch is followed at once, and asks nothing', async () => {
    const { a, syncs } = await said({});
    expect(a.moves).toEqual(['opened: cluster']);
    expect(a.cluster).toMatchObject({ cause: 'cluster', epoch: 5 });
    expect(syncs).toBe(0);
  });
});

describe('the two deadlines', () => {
  it('an answer that is too late for a call is early enough for the background', async () => {
    const world = new MemoryWorld();
    const [a, b] = (await world.start(2)) as [Instance, Instance];
    a.link.slowness = 1_500;
    await a.trip();
    await b.trip();
    await world.until(() => b.cluster.epoch === 1); // both votes were counted
    expect(a.faults).toEqual([]);
    await world.wait(2_000);
    expect(a.cluster).toMatchObject({ connected: true, epoch: 1 });
  });

  it('an answer that is two seconds overdue costs the connection, and is complained of once', async () => {
    const world = new MemoryWorld();
    const [a] = (await world.start(1, { syncInterval: '1m' })) as [Instance];
    a.link.become('hold');
    await a.trip(); // its vote
    await world.wait(1_990);
    expect(a.cluster.connected).toBe(true);
    await world.wait(20);
    expect(a.cluster.connected).toBe(false);
    await world.wait(10_000);
    expect(a.faults).toHaveLength(1);
    a.link.heal();
    await world.until(() => a.cluster.connected && a.cluster.votes === 1);
  });
});

describe('the quorum', () => {
  it('is not lowered by a heartbeat that is late', async () => {
    const world = new MemoryWorld();
    const [a, b] = (await world.start(2)) as [Instance, Instance];
    b.link.become('blackhole');
    await world.wait(2_700); // a heartbeat holds for 2,600 ms
    await world.until(() => a.cluster.instances === 1);
    await a.trip();
    await world.wait(100);
    expect(a.cluster).toMatchObject({ epoch: 0, votes: 1 });
    await world.wait(6_000); // now it is believed that it is alone
    expect(a.cluster.epoch).toBeGreaterThanOrEqual(1);
  });
});

describe('leaving', () => {
  it('a fleet that closes takes its instance out of the count, and its breakers go on alone', async () => {
    const world = new MemoryWorld();
    const [a, b] = (await world.start(2)) as [Instance, Instance];
    await a.close();
    expect(a.breaker.snapshot()).not.toHaveProperty('cluster');
    await world.until(() => b.cluster.instances === 1, 400);
    await a.trip();
    await world.wait(400);
    await a.callUntil(() => a.breaker.state === 'closed');
    expect(b.moves).toEqual([]);
  });

  it('closing does not wait for a Redis that is silent longer than the background does', async () => {
    const world = new MemoryWorld();
    const [a] = (await world.start(1)) as [Instance];
    a.link.become('mute');
    const before = world.clock.now();
    await a.close();
    expect(world.clock.now() - before).toBeLessThanOrEqual(2_001);
    await world.wait(60_000);
    const { commands } = world.store;
    await world.wait(60_000);
    expect(world.store.commands).toBe(commands); // and is never heard of again
  });
});

describe('what Redis keeps', () => {
  it('expires within ten minutes after the last word', async () => {
    const world = new MemoryWorld();
    const [a, b] = (await world.start(2, { breaker: { breakDuration: 60_000 } })) as [Instance, Instance];
    await a.trip();
    await b.trip();
    await world.until(() => b.cluster.epoch === 1);
    expect(world.store.keys.length).toBeGreaterThanOrEqual(3);
    for (const key of world.store.keys) expect(world.store.timeToLive(key)).toBeLessThanOrEqual(600_000);
    await world.close();
    await world.wait(600_001);
    expect(world.store.keys).toEqual([]);
  });
});
