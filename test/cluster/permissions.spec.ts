import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';

import { RedisCluster } from '../fixtures/redis-cluster.js';
import { RedisServer } from '../fixtures/redis-server.js';
import { describeWith } from '../fixtures/system-package.js';
import { Instance, until } from './instance.js';
import type { InstanceOptions } from './instance.js';

/** The rule as the documentation gives it. */
function documentedRule(): string[] {
  const [, line] = /^ACL SETUSER (breakers .+)$/m.exec(readFileSync('docs/cluster.md', 'utf8')) ?? [];
  if (line === undefined) throw new Error('docs/cluster.md gives no ACL');
  return line.replace('<password>', 'secret').split(' ');
}

/** Two that know of each other, whichever way they reach Redis. */
async function two(options: InstanceOptions): Promise<[Instance, Instance]> {
  const start = () => Instance.start({ leaseDeadline: 1_250, ...options });
  const [a, b] = await Promise.all([start(), start()]);
  await until(() => a.cluster.instances === 2);
  return [a, b];
}

/** An outage that both see, until it is over for `a`. */
async function openAndRecover(a: Instance, b: Instance): Promise<void> {
  await a.trip();
  await b.trip();
  await until(() => b.cluster.epoch === 1);
  await new Promise((resolve) => setTimeout(resolve, 320));
  await a.callUntil(() => a.breaker.state === 'closed');
}

describeWith('redis-server', 'redis-server')('with the permissions that the documentation asks for', () => {
  it('the fleet opens, recovers and obeys; nothing else in Redis can be reached', async () => {
    const server = await RedisServer.start();
    const admin = new Redis(server.url);
    let instances: Instance[] = [];
    try {
      await admin.call('ACL', 'SETUSER', ...documentedRule());
      const connection = `redis://breakers:secret@127.0.0.1:${server.port}`;
      const [a, b] = (instances = await two({ connection }));
      await openAndRecover(a, b);
      a.breaker.isolate({ reason: 'drill' });
      await until(() => b.breaker.state === 'isolated');
      expect([...a.faults, ...b.faults]).toEqual([]);
      const stranger = new Redis(connection);
      await expect(stranger.set('cb:x', '1')).rejects.toThrow('NOPERM');
      await expect(stranger.hget('other', 'x')).rejects.toThrow('NOPERM');
      await expect(stranger.flushall()).rejects.toThrow('NOPERM');
      stranger.disconnect();
    } finally {
      await Promise.all(instances.map((each) => each.close()));
      admin.disconnect();
      await server.kill();
    }
  }, 30_000);

  it('in a cluster, too, with the two that its client asks for', async () => {
    const [, more] = /a cluster's client needs `(\+[^`]+)` as well/.exec(readFileSync('docs/cluster.md', 'utf8')) ?? [];
    if (more === undefined) throw new Error('docs/cluster.md does not say what a cluster needs');
    const cluster = await RedisCluster.start(2);
    const admins = cluster.nodes.map((node) => new Redis(node));
    const redisOptions = { username: 'breakers', password: 'secret' };
    const client = new Redis.Cluster(cluster.nodes, { lazyConnect: true, redisOptions });
    let instances: Instance[] = [];
    try {
      for (const admin of admins) await admin.call('ACL', 'SETUSER', ...documentedRule(), ...more.split(' '));
      const [a, b] = (instances = await two({ client }));
      await openAndRecover(a, b);
      expect([...a.faults, ...b.faults]).toEqual([]);
    } finally {
      await Promise.all(instances.map((each) => each.close()));
      client.disconnect();
      for (const admin of admins) admin.disconnect();
      await cluster.kill();
    }
  });
});
