import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { RedisServer, freePort } from '../fixtures/redis-server.js';
import { describeWith } from '../fixtures/system-package.js';
import { TcpProxy } from '../fixtures/tcp-proxy.js';
import { Instance, until } from './instance.js';

/** The deadline of a lease, and what a busy machine may add to a timer, in ms. */
const PATIENCE = 50 + 60;

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
    await Promise.all(instances.map((each) => each.close()));
    instances = [];
    proxy.close();
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

  /** From closed over open and half-open to closed again: how every call went. */
  const passThroughAllStates = async (instance: Instance): Promise<void> => {
    const calls: Awaited<ReturnType<Instance['call']>>[] = [];
    for (let i = 0; i < 5; i++) calls.push(await instance.call());
    expect(calls.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => 'ok'));
    await instance.trip();
    expect(instance.breaker.state).toBe('open');
    for (let i = 0; i < 5; i++) calls.push(await instance.call());
    await delay(320);
    const candidate = await instance.call();
    expect(candidate.outcome).toBe('ok'); // it waited for its answer, and was let through without one
    calls.push(candidate);
    calls.push(await instance.call());
    expect(instance.breaker.state).toBe('closed');
    for (const { waited } of calls) expect(waited).toBeLessThan(PATIENCE);
    expect(calls.filter(({ waited }) => waited > 20).length).toBeLessThanOrEqual(1);
  };

  const troubles: readonly (readonly [string, () => Promise<void> | void])[] = [
    ['frozen', () => server.freeze()],
    ['killed', () => server.kill()],
    [
      'refused',
      () => {
        proxy.mode = 'refuse';
        proxy.cut();
      },
    ],
    ['black-holed', () => void (proxy.mode = 'blackhole')],
    ['mute', () => void (proxy.mode = 'mute')],
    ['slow', () => void (proxy.delay = 500)],
  ];

  it.each(troubles)('[C70] %s: no call fails for it, one waits, and none over the deadline', async (_, trouble) => {
    const [a] = (await start(proxy.url)) as [Instance];
    await trouble();
    await passThroughAllStates(a);
    expect(a.moves).toEqual(['opened: failure_threshold', 'half_opened: break_over', 'closed: recovered']);
  });

  it('a connection that no longer answers is given up, and the fleet is joined again once it does', async () => {
    const [a, b] = (await start(proxy.url, server.url)) as [Instance, Instance];
    proxy.mode = 'blackhole';
    await until(() => !a.cluster.connected);
    await a.trip();
    await b.trip();
    expect(a.cluster).toMatchObject({ connected: false, epoch: 0 });
    a.breaker.isolate({ actor: 'ann' }); // said to nobody yet
    proxy.mode = 'ok';
    await until(() => a.cluster.connected, 15_000);
    await until(() => b.breaker.state === 'isolated');
    expect(b.events.find(({ type }) => type === 'isolated')).toMatchObject({ actor: 'ann' });
    await until(() => a.cluster.epoch === b.cluster.epoch && a.cluster.incarnation === b.cluster.incarnation);
    expect(a.faults).toHaveLength(1); // told once, not with every attempt
  }, 30_000);

  it('two sides of a partition are plain local breakers, and agree within one sync once it has healed', async () => {
    const [a, b] = (await start(proxy.url, server.url)) as [Instance, Instance];
    proxy.mode = 'refuse';
    proxy.cut();
    await until(() => !a.cluster.connected);
    await a.trip();
    await delay(500);
    expect([a.breaker.state, b.breaker.state]).toEqual(['open', 'closed']);
    await b.trip();
    proxy.mode = 'ok';
    await until(() => a.cluster.connected && a.cluster.epoch >= 1, 15_000);
    await until(() => a.cluster.epoch === b.cluster.epoch && a.cluster.incarnation === b.cluster.incarnation);
  }, 30_000);

  it('[C77] an application starts without Redis, works, and joins when it comes', async () => {
    const port = await freePort();
    const late = await TcpProxy.start(server.port);
    const nobody = Instance.begin({ connection: `redis://127.0.0.1:${port}` });
    late.mode = 'refuse';
    const patient = Instance.begin({ connection: late.url });
    instances.push(nobody, patient);
    try {
      await passThroughAllStates(nobody);
      await passThroughAllStates(patient);
      expect(nobody.cluster).toMatchObject({ connected: false, incarnation: null });
      late.mode = 'ok';
      await until(() => patient.cluster.connected && patient.cluster.incarnation !== null, 15_000);
      expect(nobody.cluster.connected).toBe(false);
    } finally {
      await patient.close();
      late.close();
    }
  }, 30_000);

  it('a lease that is granted after the deadline is handed back', async () => {
    const [a, b] = (await start(proxy.url, server.url)) as [Instance, Instance];
    await a.trip();
    await b.trip();
    await until(() => a.cluster.epoch === 1 && b.cluster.epoch === 1);
    await delay(320);
    proxy.delay = 150;
    expect((await a.call()).outcome).toBe('ok'); // on its own
    await until(() => a.cluster.epoch === 2); // the late grant
    proxy.delay = 0;
    await b.callUntil(() => b.moves.includes('half_opened: break_over'));
  });
});
