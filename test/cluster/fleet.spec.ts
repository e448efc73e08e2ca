import { expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';

import { describeWith } from '../fixtures/system-package.js';
import { Fleet } from './fleet.js';
import { Instance, until } from './instance.js';

// what the protocol promises is in scenarios.ts; this is what it takes to use it
describeWith('redis-server', 'redis-server')('several instances', () => {
  const fleet = new Fleet(1_250);

  it('acquire() waits for nothing: it refuses, says when to come again, asks, and the next one has its answer', async () => {
    const [a, b] = (await fleet.start(2)) as [Instance, Instance];
    await a.trip();
    await b.trip();
    await until(() => a.cluster.epoch === 1);
    await delay(320);
    const refusal = await Promise.resolve().then(() => a.breaker.acquire()).catch((error: unknown) => error); // prettier-ignore
    expect(refusal).toMatchObject({ code: 'ERR_CIRCUIT_OPEN', state: 'open' });
    const { retryAfter } = refusal as { retryAfter: number };
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(1_300);
    await until(() => a.cluster.epoch === 2);
    a.breaker.acquire().success();
    expect(a.breaker.state).toBe('half_open');
  });

  it('whoever was refused while another probed may probe once that is over, not when the lease would have been', async () => {
    const [a, b] = (await fleet.start(2, { breaker: { halfOpenTimeout: 20_000 } })) as [Instance, Instance];
    await a.trip();
    await b.trip();
    await until(() => a.cluster.epoch === 1 && b.cluster.epoch === 1);
    await delay(320);
    const probe = a.call(false, 300);
    await until(() => a.breaker.state === 'half_open');
    expect((await b.call()).outcome).toBe('refused');
    expect(b.breaker.snapshot().retryAfter).toBeGreaterThan(10_000);
    await probe;
    await b.callUntil(() => b.moves.includes('half_opened: break_over'));
    expect(a.moves.at(-1)).toBe('opened: probe_failed');
  });

  it("a client of the application's is a pattern only: it is neither used nor closed", async () => {
    const client = new Redis(fleet.server.url);
    const a = await Instance.start({ client });
    expect(a.cluster.connected).toBe(true);
    await a.close();
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
  });

  it('a client of another copy of ioredis will do as well', async () => {
    const client = new Redis(fleet.server.url);
    // what `instanceof` of this copy would not know
    const stranger = { isCluster: false, duplicate: (options: object) => client.duplicate(options) } as Redis;
    const a = fleet.add(await Instance.start({ client: stranger }));
    expect(a.cluster.connected).toBe(true);
    client.disconnect();
  });

  it('breakers that are excepted are local ones', async () => {
    const [a] = (await fleet.start(1)) as [Instance];
    const plain = fleet.add(Instance.begin({ connection: fleet.server.url, except: ['payments'] }));
    expect(plain.breaker.snapshot()).not.toHaveProperty('cluster');
    expect(a.breaker.snapshot()).toHaveProperty('cluster');
  });

  it('[C73] scripts that Redis has forgotten are sent again', async () => {
    const [a, b, c] = (await fleet.start(3)) as [Instance, Instance, Instance];
    await fleet.redis.script('FLUSH');
    await a.trip();
    await b.trip();
    await until(() => c.breaker.state === 'open');
    await fleet.redis.script('FLUSH');
    await delay(320);
    await a.callUntil(() => c.breaker.state === 'closed');
    expect([a, b, c].flatMap(({ faults }) => faults)).toEqual([]);
  });
});
