import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';

import { parseAnswer, parseMessage } from '../../lib/redis/answer.js';
import type { Answer, Message } from '../../lib/redis/answer.js';
import { breakerKeys, encodeName } from '../../lib/redis/keys.js';
import { BEAT, FORCE, LEASE, REPORT, SYNC, UNVOTE, VOTE } from '../../lib/redis/scripts.js';
import type { Script } from '../../lib/redis/scripts.js';
import { RedisCluster } from '../fixtures/redis-cluster.js';
import { RedisServer } from '../fixtures/redis-server.js';
import { describeWith } from '../fixtures/system-package.js';

const NAME = 'payments';
const KEYS = breakerKeys('cb', NAME);

const ALL_ZERO = { closed: 0, open: 0, half_open: 0, isolated: 0, disabled: 0, metrics_only: 0 };

describeWith('redis-server', 'redis-server')('in Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let ear: Redis;
  let heard: Message[];

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = new Redis(server.url);
    ear = new Redis(server.url);
    await ear.subscribe('cb:moves');
    ear.on('message', (_channel: string, text: string) => heard.push(parseMessage(text) as Message));
  });

  beforeEach(async () => {
    heard = [];
    await redis.flushall();
  });

  afterAll(async () => {
    redis.disconnect();
    ear.disconnect();
    await server.kill();
  });

  const run = async (script: Script, ...args: (string | number)[]): Promise<Answer> =>
    parseAnswer(await redis.eval(script.source, KEYS.length, ...KEYS, 'cb:moves', NAME, 'first', ...args));
  const vote = (id: string, quorum = 2, openMs = 60_000, e = 0, i = '') => run(VOTE, id, 10_000, quorum, openMs, e, i);
  const lease = (token: string, id: string, ms = 5_000) => run(LEASE, token, id, ms);
  const report = (token: string, { e, i }: Answer, outcome: string, id: string, need = 2, quorum = 2) =>
    run(REPORT, token, e, i, outcome, need, quorum, 60_000, id);
  const openAndDue = async () => {
    await vote('a', 2, 0);
    await vote('b', 2, 0);
  };
  /** Messages come in order: the one sent last has come once this one has. */
  const messages = async (): Promise<Message[]> => {
    await redis.publish('cb:moves', JSON.stringify({ v: 1, n: 'end', st: 'closed', e: 0, i: 'x', left: 0 }));
    while (heard.at(-1)?.n !== 'end') await new Promise((resolve) => setImmediate(resolve));
    return heard.slice(0, -1);
  };

  it('a breaker nobody knew is closed, in epoch 0 of the incarnation that the asker brought', async () => {
    expect(await run(SYNC)).toMatchObject({ st: 'closed', e: 0, i: 'first', left: 0, votes: 0, command: null });
    const other = await redis.eval(SYNC.source, KEYS.length, ...KEYS, 'cb:moves', NAME, 'second');
    expect(parseAnswer(other).i).toBe('first');
  });

  it('every key expires', async () => {
    await openAndDue();
    const granted = await lease('t', 'a');
    await report('t', granted, 'failure', 'a');
    await lease('u', 'b');
    await run(SYNC, 'a', 'open', 6_000);
    await redis.eval(BEAT.source, 1, 'cb:live', 'a', 6_000);
    const keys = await redis.keys('*');
    expect(keys.toSorted()).toEqual(['cb:live', ...KEYS].toSorted());
    for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0);
  });

  it('one voice opens nothing, however often it is raised', async () => {
    await vote('a');
    expect(await vote('a')).toMatchObject({ st: 'closed', e: 0, votes: 1 });
    expect(await messages()).toEqual([]);
  });

  it('a quorum opens for the break that the last voter computed, and says so once', async () => {
    await vote('a');
    const opened = await vote('b');
    expect(opened).toMatchObject({ st: 'open', e: 1, votes: 2 });
    expect(opened.left).toBeGreaterThan(59_000);
    expect(opened.left).toBeLessThanOrEqual(60_000);
    await vote('c');
    const told = await messages();
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ n: NAME, st: 'open', e: 1, i: 'first', isForced: false });
  });

  it('the longest name, state and incarnation make a message within its limit', async () => {
    const encoded = encodeName('é'.repeat(33)); // 198 characters, and not yet hashed
    const incarnation = 'x'.repeat(64);
    const keys = breakerKeys('cb', encoded);
    await redis.eval(
      VOTE.source,
      keys.length,
      ...keys,
      'cb:moves',
      encoded,
      incarnation,
      'a',
      10_000,
      1,
      2 ** 31 - 1,
      0,
      '',
    );
    expect(await messages()).toMatchObject([{ n: encoded, st: 'open', e: 1, i: incarnation }]);
  });

  it('a vote that has expired is none', async () => {
    await run(VOTE, 'a', 1, 2, 60_000, 0, '');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await vote('b')).toMatchObject({ st: 'closed', votes: 1 });
  });

  it('a vote that was taken back is none', async () => {
    await vote('a');
    await run(UNVOTE, 'a');
    expect(await vote('b')).toMatchObject({ st: 'closed', votes: 1 });
  });

  it('a vote that is repeated after the fleet has closed is none, one of new evidence is', async () => {
    await vote('a');
    await vote('b');
    await run(FORCE, 'closed', 0, 'close', 'ann', '');
    expect(await vote('a', 2, 60_000, 1, 'first')).toMatchObject({ verdict: 'stale', st: 'closed', e: 2, votes: 0 });
    expect(await vote('b', 2, 60_000, 1, 'first')).toMatchObject({ verdict: 'stale', command: 'close', votes: 0 });
    expect(await vote('a', 2, 60_000, 2, 'first')).toMatchObject({ verdict: 'ok', votes: 1 });
    expect(await vote('b', 2, 60_000, 9, 'other')).toMatchObject({ verdict: 'ok', st: 'open', e: 3, votes: 2 });
    expect(await vote('c', 2, 60_000, 1, 'first')).toMatchObject({ verdict: 'ok', st: 'open', votes: 3 });
  });

  it('the last voter who is well closes a circuit that nobody probes, the first one does not', async () => {
    await openAndDue();
    expect(await run(UNVOTE, 'a')).toMatchObject({ st: 'open', e: 1 });
    expect(await run(UNVOTE, 'stranger')).toMatchObject({ st: 'open', e: 1 });
    expect(await run(UNVOTE, 'b')).toMatchObject({ st: 'closed', e: 2 });
  });

  it('a closed circuit needs no lease', async () => {
    expect((await lease('t', 'a')).verdict).toBe('free');
  });

  it('nobody probes before the break is over', async () => {
    await vote('a');
    await vote('b');
    const denied = await lease('t', 'a');
    expect(denied).toMatchObject({ verdict: 'denied', st: 'open', e: 1 });
    expect(denied.left).toBeGreaterThan(59_000);
  });

  it('one instance at a time probes; the others learn how long that may take', async () => {
    await openAndDue();
    expect(await lease('t', 'a')).toMatchObject({ verdict: 'granted', st: 'half_open', e: 2 });
    const denied = await lease('u', 'b');
    expect(denied.verdict).toBe('denied');
    expect(denied.left).toBeGreaterThan(4_000);
    expect(denied.left).toBeLessThanOrEqual(5_000);
  });

  it('tells how long the lease of a half-open fleet lasts, and that nobody has one', async () => {
    await openAndDue();
    const granted = await lease('t', 'a');
    expect((await run(SYNC)).left).toBeGreaterThan(4_000);
    await report('t', granted, 'failure', 'a');
    expect(await run(SYNC)).toMatchObject({ st: 'half_open', left: 0 });
  });

  it('a lease that is over goes to the next, and the word of the first is stale', async () => {
    await openAndDue();
    const first = await lease('t', 'a', 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const next = await lease('u', 'b');
    expect(next).toMatchObject({ verdict: 'granted', e: first.e });
    expect((await report('t', first, 'failure', 'a', 2, 1)).verdict).toBe('stale');
    expect(await run(SYNC)).toMatchObject({ st: 'half_open', e: 2 });
  });

  it('words of another epoch or incarnation are stale', async () => {
    await openAndDue();
    const granted = await lease('t', 'a');
    expect((await report('t', { ...granted, e: 1 }, 'success', 'a', 1)).verdict).toBe('stale');
    expect((await report('t', { ...granted, i: 'other' }, 'success', 'a', 1)).verdict).toBe('stale');
    expect((await report('t', granted, 'success', 'a', 1)).verdict).toBe('ok');
  });

  it('successes of several holders add up, and closing clears the votes', async () => {
    await openAndDue();
    const first = await lease('t', 'a');
    expect(await report('t', first, 'success', 'a')).toMatchObject({ st: 'half_open' });
    await report('t', first, 'released', 'a');
    const second = await lease('u', 'b');
    expect(second.verdict).toBe('granted');
    expect(await report('u', second, 'success', 'b')).toMatchObject({ st: 'closed', e: 3, votes: 0 });
  });

  it('one failed probe reopens nothing and waits its turn; a quorum of them reopens', async () => {
    await openAndDue();
    const first = await lease('t', 'a');
    expect(await report('t', first, 'failure', 'a')).toMatchObject({ verdict: 'ok', st: 'half_open', e: 2 });
    expect((await lease('x', 'a')).verdict).toBe('denied');
    const second = await lease('u', 'b');
    expect(second.verdict).toBe('granted');
    expect(await report('u', second, 'failure', 'b')).toMatchObject({ st: 'open', e: 3 });
  });

  it('a failed probe takes the successes before it back', async () => {
    await openAndDue();
    const first = await lease('t', 'a');
    await report('t', first, 'success', 'a');
    await report('t', first, 'failure', 'a');
    const second = await lease('u', 'b');
    expect(await report('u', second, 'success', 'b')).toMatchObject({ st: 'half_open' });
  });

  it('an operator isolates without end, with name and reason, and votes change nothing', async () => {
    expect(await run(FORCE, 'isolated', -1, 'isolate', 'ann', 'drill')).toMatchObject({
      st: 'isolated',
      left: -1,
      command: 'isolate',
      actor: 'ann',
      reason: 'drill',
    });
    await vote('a');
    expect(await vote('b')).toMatchObject({ st: 'isolated', e: 1 });
    expect((await lease('t', 'a')).verdict).toBe('denied');
    expect(await run(FORCE, 'closed', 0, 'close', 'bob', '')).toMatchObject({ st: 'closed', e: 2, votes: 0 });
    expect((await messages()).map(({ st, isForced }) => [st, isForced])).toEqual([
      ['isolated', true],
      ['closed', true],
    ]);
  });

  it('an isolation that is over ends with a probe', async () => {
    await run(FORCE, 'isolated', 0, 'isolate', '', '');
    expect(await lease('t', 'a')).toMatchObject({ verdict: 'granted', st: 'half_open' });
  });

  it('counts those alive, without those who left or fell silent', async () => {
    const beat = (id: string, ttl: number) => redis.eval(BEAT.source, 1, 'cb:live', id, ttl);
    expect(await beat('a', 6_000)).toBe(1);
    expect(await beat('b', 1)).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await beat('c', 6_000)).toBe(2);
    expect(await beat('a', 0)).toBe(1);
  });

  it('counts the instances in each state, each by its latest word, whatever it asked for', async () => {
    expect((await run(SYNC)).fleet).toEqual(ALL_ZERO);
    await run(SYNC, 'a', 'closed', 6_000);
    await run(SYNC, 'b', 'closed', 6_000);
    expect((await run(VOTE, 'c', 10_000, 2, 60_000, 0, '', 'c', 'open', 6_000)).fleet).toEqual({
      ...ALL_ZERO,
      closed: 2,
      open: 1,
    });
    await run(LEASE, 't', 'b', 5_000, 'b', 'half_open', 6_000);
    await run(UNVOTE, 'c', 'c', 'closed', 6_000);
    await run(REPORT, 't', 1, 'first', 'failure', 2, 2, 60_000, 'b', 'b', 'isolated', 6_000);
    await run(SYNC, 'd', 'metrics_only', 6_000);
    const { fleet } = await run(FORCE, 'closed', 0, 'close', '', '', 'e', 'disabled', 6_000);
    expect(fleet).toEqual({ ...ALL_ZERO, closed: 2, isolated: 1, metrics_only: 1, disabled: 1 });
    expect((await vote('a')).fleet).toEqual(fleet);
  });

  it('leaves out of the count who has left, fell silent, or says nothing sensible', async () => {
    await run(SYNC, 'a', 'closed', 6_000);
    await run(SYNC, 'b', 'half_open', 1);
    await run(SYNC, 'c', 'open', 6_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await run(SYNC, 'c', '', 0);
    await run(SYNC, 'd', 'ajar', 6_000);
    expect((await run(SYNC)).fleet).toEqual({ ...ALL_ZERO, closed: 1 });
  });

  it('counts anew where the sum and the instances differ', async () => {
    await run(SYNC, 'a', 'closed', 6_000);
    await run(SYNC, 'b', 'open', 6_000);
    for (const wrong of ['', '7 7 7 7 7 7', 'many', '1']) {
      await redis.hset(KEYS[0] as string, 'count', wrong);
      expect((await run(SYNC)).fleet).toEqual({ ...ALL_ZERO, closed: 1, open: 1 });
    }
    await redis.del(KEYS[0] as string);
    expect((await run(SYNC, 'b', 'closed', 6_000)).fleet).toEqual({ ...ALL_ZERO, closed: 2 });
    await redis.del(KEYS[4] as string);
    expect((await run(SYNC, 'b', 'closed', 6_000)).fleet).toEqual({ ...ALL_ZERO, closed: 1 });
  });

  it('a state that somebody else has written over is begun anew', async () => {
    await redis.hset(KEYS[0] as string, 'i', 'x', 'e', 'many', 'st', 'closed');
    expect(await run(SYNC)).toMatchObject({ st: 'closed', e: 0, i: 'first' });
  });

  it.each(['', '}x{', '{a}', 'a:b c', '\ud800', 'x'.repeat(10_000)])(
    '[C75] the keys of %j share one slot',
    async (name) => {
      const keys = breakerKeys('cb', encodeName(name));
      const tags = new Set(keys.map((key) => /\{([^{}]+)\}/.exec(key)?.[1]));
      expect(tags.size).toBe(1);
      expect([...tags][0]).toBe(encodeName(name));
    },
  );
});

describeWith('redis-server', 'redis-server')('in a Redis cluster', () => {
  it('[C75] every script keeps to one slot, whatever the name', async () => {
    const cluster = await RedisCluster.start(1);
    const redis = new Redis(cluster.nodes[0] ?? {});
    try {
      const scripts: [Script, (string | number)[]][] = [
        [VOTE, ['a', 10_000, 1, 0, 0, '']],
        [LEASE, ['t', 'a', 5_000]],
        [REPORT, ['t', 2, 'first', 'success', 1, 1, 1_000, 'a']],
        [UNVOTE, ['a']],
        [SYNC, []],
        [FORCE, ['isolated', -1, 'isolate', '', '']],
      ];
      for (const name of ['payments', '', '}x{', '{', 'é']) {
        const encoded = encodeName(name);
        for (const [script, args] of scripts) {
          const reply = await redis.eval(
            script.source,
            5,
            ...breakerKeys('cb', encoded),
            'cb:moves',
            encoded,
            'first',
            ...args,
          );
          expect(parseAnswer(reply).i).toBe('first');
        }
      }
      expect(await redis.eval(BEAT.source, 1, 'cb:live', 'a', 6_000)).toBe(1);
    } finally {
      redis.disconnect();
      await cluster.kill();
    }
  });
});
