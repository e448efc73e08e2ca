import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';

import { RedisServer } from '../fixtures/redis-server.js';
import { describeWith } from '../fixtures/system-package.js';
import { Instance, until } from './instance.js';
import type { InstanceOptions } from './instance.js';

describeWith('redis-server', 'redis-server')('several instances', () => {
  let server: RedisServer;
  let redis: Redis;
  let instances: Instance[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = new Redis(server.url);
  });

  beforeEach(async () => {
    await redis.flushall();
  });

  afterEach(async () => {
    await Promise.all(instances.map((each) => each.close()));
    instances = [];
  });

  afterAll(async () => {
    redis.disconnect();
    await server.kill();
  });

  const start = async (count: number, options: InstanceOptions = {}): Promise<Instance[]> => {
    const started = await Promise.all(
      Array.from({ length: count }, () => Instance.start({ connection: server.url, leaseDeadline: 500, ...options })),
    );
    instances.push(...started);
    await until(() => started.every(({ cluster }) => cluster.instances >= count));
    return started;
  };

  it('[C67] one bad node opens itself, and nobody else', async () => {
    const [bad, ...others] = (await start(3)) as [Instance, Instance, Instance];
    await bad.trip();
    await until(() => bad.cluster.votes === 1);
    await delay(500); // two syncs
    for (const other of others) expect(other.moves).toEqual([]);
    expect(bad.moves).toEqual(['opened: failure_threshold']);
    expect(bad.cluster).toMatchObject({ cause: 'local', epoch: 0 });
  });

  it('a quorum opens the fleet, and the others know that it was not their own evidence', async () => {
    const [a, b, c] = (await start(3)) as [Instance, Instance, Instance];
    await a.trip();
    await b.trip();
    await until(() => c.breaker.state === 'open');
    expect(c.moves).toEqual(['opened: cluster']);
    expect(c.cluster).toMatchObject({ cause: 'cluster', epoch: 1 });
    expect(a.moves).toEqual(['opened: failure_threshold']);
    expect((await c.call()).outcome).toBe('refused');
  });

  it('[C68] after the break one instance probes, for all: at most its share runs at once', async () => {
    const fleet = (await start(3)) as [Instance, Instance, Instance];
    await fleet[0].trip();
    await fleet[1].trip();
    await until(() => fleet.every(({ breaker }) => breaker.state === 'open'));
    await delay(320);
    const calls = await Promise.all(
      fleet.flatMap((instance) => Array.from({ length: 10 }, () => instance.call(true, 100))),
    );
    const passed = calls.filter(({ outcome }) => outcome === 'ok');
    expect(passed.length).toBeGreaterThanOrEqual(1);
    expect(passed.length).toBeLessThanOrEqual(2);
    expect(fleet.filter(({ moves }) => moves.includes('half_opened: break_over'))).toHaveLength(1);
    for (const { waited } of calls) expect(waited).toBeLessThan(600);
  });

  it('the fleet recovers: whoever followed closes with it, whoever tripped closes after its own probe', async () => {
    const [a, b, c] = (await start(3)) as [Instance, Instance, Instance];
    await a.trip();
    await b.trip();
    await until(() => c.breaker.state === 'open');
    await delay(320);
    await a.callUntil(() => c.breaker.state === 'closed');
    expect(c.moves).toEqual(['opened: cluster', 'closed: cluster']);
    expect(a.moves.slice(-2)).toEqual(['half_opened: break_over', 'closed: recovered']);
    expect(b.breaker.state).toBe('open');
    await b.callUntil(() => b.breaker.state === 'closed');
    expect(b.moves.slice(-2)).toEqual(['half_opened: break_over', 'closed: recovered']);
    await until(() => new Set([a, b, c].map(({ cluster }) => cluster.epoch)).size === 1);
  });

  it('one failed probe reopens its own instance; the next one may find the service well', async () => {
    const [a, b, c] = (await start(3)) as [Instance, Instance, Instance];
    await a.trip();
    await b.trip();
    await until(() => c.breaker.state === 'open');
    await delay(320);
    await a.callUntil(() => a.moves.includes('opened: probe_failed'), false);
    await until(() => a.cluster.epoch === 2);
    await c.callUntil(() => c.breaker.state === 'closed');
    expect(a.breaker.state).toBe('open');
    expect(c.moves.filter((move) => move.startsWith('opened'))).toHaveLength(1);
  });

  it('a quorum of failed probes reopens the fleet', async () => {
    const [a, b, c] = (await start(3)) as [Instance, Instance, Instance];
    await a.trip();
    await b.trip();
    await until(() => c.breaker.state === 'open');
    await delay(320);
    await a.callUntil(() => a.moves.includes('opened: probe_failed'), false);
    await b.callUntil(() => b.moves.includes('opened: probe_failed'), false);
    await until(() => c.moves.length === 2);
    expect(c.moves).toEqual(['opened: cluster', 'opened: cluster']);
    expect(c.cluster.epoch).toBe(3);
  });

  it('one alone still works', async () => {
    const [a] = (await start(1)) as [Instance];
    await a.trip();
    await delay(320);
    await a.callUntil(() => a.breaker.state === 'closed');
    expect(a.moves).toEqual(['opened: failure_threshold', 'half_opened: break_over', 'closed: recovered']);
  });

  it("an operator's word reaches all, with name and reason", async () => {
    const [a, b] = (await start(2)) as [Instance, Instance];
    a.breaker.isolate({ actor: 'ann', reason: 'drill' });
    await until(() => b.breaker.state === 'isolated');
    expect(b.events.find(({ type }) => type === 'isolated')).toMatchObject({ actor: 'ann', reason: 'drill' });
    b.breaker.close({ actor: 'bob' });
    await until(() => a.breaker.state === 'closed');
    expect(a.events.find(({ type }) => type === 'closed')).toMatchObject({ actor: 'bob' });
    a.breaker.isolate({ for: 60_000 });
    await until(() => b.breaker.state === 'isolated');
    expect(b.breaker.snapshot().retryAfter).toBeGreaterThan(50_000);
    a.breaker.reset();
    await until(() => b.breaker.state === 'closed');
    expect(a.events.filter(({ type }) => type === 'isolated')).toHaveLength(2);
  });

  it('whoever comes later finds the circuit open', async () => {
    const [a, b] = (await start(2, { breaker: { breakDuration: 60_000 } })) as [Instance, Instance];
    await a.trip();
    await b.trip();
    await until(() => a.cluster.epoch === 1);
    const late = await Instance.start({ connection: server.url });
    instances.push(late);
    expect(late.moves).toEqual(['opened: cluster']);
    expect(late.breaker.snapshot().retryAfter).toBeGreaterThan(50_000);
  });

  it('no call in the closed or the open state costs a command', async () => {
    const [a] = (await start(1, { syncInterval: '1h' })) as [Instance];
    const commands = async (): Promise<number> =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
    const before = await commands();
    for (let i = 0; i < 500; i++) await a.call();
    expect(await commands()).toBe(before);
    await a.trip();
    await until(() => a.cluster.votes === 1);
    const opened = await commands();
    expect(opened).toBeGreaterThan(before);
    for (let i = 0; i < 500; i++) expect((await a.call()).outcome).toBe('refused');
    expect(await commands()).toBe(opened);
  });

  it('acquire() waits for nothing: it refuses, asks, and the next one has its answer', async () => {
    const [a, b] = (await start(2)) as [Instance, Instance];
    await a.trip();
    await b.trip();
    await until(() => a.cluster.epoch === 1);
    await delay(320);
    expect(() => a.breaker.acquire()).toThrow('payments');
    await until(() => a.cluster.epoch === 2);
    a.breaker.acquire().success();
    expect(a.breaker.state).toBe('half_open');
  });

  it("a client of the application's is a pattern only: it is neither used nor closed", async () => {
    const client = new Redis(server.url);
    const a = await Instance.start({ client });
    expect(a.cluster.connected).toBe(true);
    await a.close();
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
  });

  it('breakers that are excepted are local ones', async () => {
    const [a] = (await start(1)) as [Instance];
    const plain = Instance.begin({ connection: server.url, except: ['payments'] });
    expect(plain.breaker.snapshot()).not.toHaveProperty('cluster');
    expect(a.breaker.snapshot()).toHaveProperty('cluster');
    await plain.close();
  });

  it('[C73] scripts that Redis has forgotten are sent again', async () => {
    const [a, b, c] = (await start(3)) as [Instance, Instance, Instance];
    await redis.script('FLUSH');
    await a.trip();
    await b.trip();
    await until(() => c.breaker.state === 'open');
    expect([a, b, c].flatMap(({ faults }) => faults)).toEqual([]);
  });

  it('[C71] a Redis that lost its data begins another incarnation, and all adopt it', async () => {
    const fleet = (await start(3, { breaker: { breakDuration: 60_000 } })) as [Instance, Instance, Instance];
    const { incarnation } = fleet[0].cluster;
    await fleet[0].trip();
    await fleet[1].trip();
    await until(() => fleet[2].breaker.state === 'open');
    await redis.flushall();
    await until(() => fleet.every(({ cluster }) => cluster.incarnation !== incarnation && cluster.epoch === 1));
    expect(new Set(fleet.map(({ cluster }) => cluster.incarnation)).size).toBe(1);
    expect(fleet.map(({ breaker }) => breaker.state)).toEqual(['open', 'open', 'open']);
  });

  it('[C72] a move that was not heard is learned by the next sync', async () => {
    const [a, b] = (await start(2)) as [Instance, Instance];
    await redis.hset('cb:{payments}:s', 'e', 7, 'st', 'open', 'until', Date.now() + 60_000);
    await a.call(); // idle ones look less often
    await b.call();
    await until(() => a.breaker.state === 'open' && b.breaker.state === 'open', 2_000);
    expect([a.cluster.epoch, b.cluster.epoch]).toEqual([7, 7]);
  });

  it('[C76] [C78] hostile payloads and unknown versions are ignored', async () => {
    const [a] = (await start(1)) as [Instance];
    const { incarnation: i } = a.cluster;
    const word = { v: 1, n: 'payments', st: 'open', e: 9, i, left: 60_000 };
    const hostile = [
      '', '{', 'null', '[]', '"x"', '{"__proto__":{"polluted":true}}', JSON.stringify({ ...word, v: 2 }),
      JSON.stringify({ ...word, e: -1 }), JSON.stringify({ ...word, e: 1.5 }), JSON.stringify({ ...word, e: '9' }),
      JSON.stringify({ ...word, st: 'constructor' }), JSON.stringify({ ...word, left: 1e300 }),
      JSON.stringify({ ...word, left: null }), JSON.stringify({ ...word, i: 'x'.repeat(65) }),
      JSON.stringify({ ...word, n: '__proto__' }), JSON.stringify({ ...word, n: 'other' }),
      JSON.stringify({ ...word, pad: 'x'.repeat(1_024) }), JSON.stringify({ ...word, e: 0 }),
      JSON.stringify({ ...word, i: 'another' }), JSON.stringify({ ...word, st: 'isolated', f: 1 }),
    ]; // prettier-ignore
    for (const payload of hostile) await redis.publish('cb:moves', payload);
    await delay(50);
    expect(a.moves).toEqual([]);
    expect(a.cluster).toMatchObject({ incarnation: i, epoch: 0 });
    expect({}).not.toHaveProperty('polluted');
    await redis.publish('cb:moves', JSON.stringify(word)); // such a word in good form is believed, until the next sync
    await until(() => a.breaker.state === 'open');
  });
});
