import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';

import { RedisServer } from '../fixtures/redis-server.js';
import { describeWith } from '../fixtures/system-package.js';
import { TcpProxy } from '../fixtures/tcp-proxy.js';
import { Instance, until } from './instance.js';
import type { Call } from './instance.js';

/** The deadline of a lease, and what a busy machine may add to a timer, in ms; a client left to itself takes seconds. */
const PATIENCE = 50 + 400;

// what a connection can suffer is in scenarios.ts; this is what the server itself can, and a connection's own ways
describeWith('redis-server', 'redis-server')('when Redis is in trouble', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let instances: Instance[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  beforeEach(async () => {
    await server.restart();
    proxy = await TcpProxy.start(server.port);
  });

  afterEach(async () => {
    server.thaw();
    proxy.close();
    await Promise.all(instances.map((each) => each.close()));
    instances = [];
  });

  afterAll(async () => {
    server.thaw();
    await server.kill();
  });

  const start = async (...urls: string[]): Promise<Instance[]> => {
    const started = await Promise.all(urls.map((connection) => Instance.start({ connection })));
    instances.push(...started);
    await until(() => started.every(({ cluster }) => cluster.instances >= urls.length));
    return started;
  };

  const troubles: readonly (readonly [string, () => Promise<void> | void])[] = [
    ['frozen', () => server.freeze()],
    ['killed', () => server.kill()],
    ['cut off', () => proxy.cut()],
  ];
  const states = ['closed', 'open', 'half_open'] as const;

  it.each(troubles.flatMap(([name, trouble]) => states.map((state) => [name, state, trouble] as const)))(
    '[C70] %s while %s: no call fails for it, and none waits over the deadline',
    async (_, state, trouble) => {
      const [a] = (await start(proxy.url)) as [Instance];
      const calls: Call[] = [];
      if (state === 'closed') await trouble();
      for (let i = 0; i < 5; i++) calls.push(await a.call());
      await a.trip();
      await until(() => state === 'closed' || a.cluster.votes === 1);
      if (state === 'open') await trouble();
      calls.push(await a.call());
      await delay(320);
      if (state === 'half_open') {
        await a.callUntil(() => a.breaker.state === 'half_open');
        await trouble();
      }
      for (let i = 0; i < 3; i++) calls.push(await a.call());
      await a.callUntil(() => a.breaker.state === 'closed');
      expect(calls.map(({ outcome }) => outcome)).toEqual([
        'ok', 'ok', 'ok', 'ok', 'ok', 'refused', 'ok', 'ok', 'ok',
      ]); // prettier-ignore
      for (const { waited } of calls) expect(waited).toBeLessThan(PATIENCE);
      expect(a.moves).toEqual(['opened: failure_threshold', 'half_opened: break_over', 'closed: recovered']);
    },
  );

  it.each(['frozen', 'killed'] as const)(
    '%s for a while, all are together again afterwards',
    async (kind) => {
      const [a, b] = (await start(server.url, server.url)) as [Instance, Instance];
      if (kind === 'frozen') server.freeze();
      else await server.kill();
      await a.trip();
      await b.trip();
      await delay(2_500); // longer than the background waits
      if (kind === 'frozen') server.thaw();
      else await server.restart();
      await until(() => a.cluster.connected && b.cluster.connected, 15_000);
      await until(() => a.cluster.epoch >= 1 && a.cluster.epoch === b.cluster.epoch);
      expect(a.cluster.incarnation).toBe(b.cluster.incarnation);
      for (const { faults } of [a, b]) expect(faults.length).toBeLessThanOrEqual(2); // told once, not with every attempt
    },
    30_000,
  );

  it('a connection that breaks with a question under way is made anew, and left alone from then on', async () => {
    const [a] = (await start(proxy.url)) as [Instance];
    const admin = new Redis(server.url);
    proxy.mode = 'hold';
    await a.trip(); // its vote gets no answer
    proxy.cut();
    proxy.mode = 'ok';
    await until(() => a.cluster.connected && a.cluster.votes === 1);
    const connections = async (): Promise<string[]> =>
      String(await admin.client('LIST')).match(/^id=\d+/gm) ?? []; // prettier-ignore
    const before = await connections();
    await delay(2_200); // the answer that never came is overdue by now
    expect(await connections()).toEqual(before);
    admin.disconnect();
  });

  it('a connection whose subscription gets no answer is given up for another', async () => {
    proxy.censored = 'subscribe';
    const a = Instance.begin({ connection: proxy.url });
    instances.push(a);
    await until(() => proxy.attempts === 2);
    await until(() => proxy.attempts === 3);
    expect(a.cluster.connected).toBe(false);
    proxy.censored = null;
    await until(() => a.hasJoined, 15_000);
  });

  it('a connection that is refused is tried again less and less often', async () => {
    const [a] = (await start(proxy.url)) as [Instance];
    proxy.mode = 'refuse';
    const before = proxy.attempts;
    await delay(3_000);
    // each of two connections after 50 to 100 ms, then up to twice as long each time
    expect(proxy.attempts - before).toBeGreaterThanOrEqual(4);
    expect(proxy.attempts - before).toBeLessThanOrEqual(16);
    expect(a.faults).toHaveLength(1);
  });

  it('nobody at the address of Redis: breakers work alone', async () => {
    const nobody = Instance.begin({ connection: 'redis://127.0.0.1:1' });
    instances.push(nobody);
    await nobody.trip();
    await delay(320);
    await nobody.callUntil(() => nobody.breaker.state === 'closed');
    expect(nobody.cluster).toMatchObject({ connected: false, incarnation: null });
    expect(nobody.faults).toHaveLength(1);
  });
});
