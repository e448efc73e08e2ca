import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';

import { CIRCUIT_STATES } from '../../lib/engine/index.js';
import { breakerKeys } from '../../lib/redis/keys.js';
import { BEAT, FORCE, LEASE, REPORT, SYNC, UNVOTE, VOTE } from '../../lib/redis/scripts.js';
import type { Script } from '../../lib/redis/scripts.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { RedisServer } from '../fixtures/redis-server.js';
import { describeWith } from '../fixtures/system-package.js';
import { RedisModel } from './redis-model.js';

const SEQUENCES = 60;
const STEPS = 120;
const STATES = ['', ...CIRCUIT_STATES];
const BREAKERS = ['payments', 'stock', 'mail'];

/** The script with a clock of the test's own; its messages go to a list. */
function staged({ source }: Script): string {
  const timed = source.replace(`redis.call('TIME')`, `redis.call('HMGET', 'clock', 'seconds', 'micros')`);
  expect(timed).not.toBe(source);
  return timed.replace(`redis.call('PUBLISH', ARGV[1],`, `redis.call('RPUSH', ARGV[1],`);
}

/** Random commands of a few instances, with tokens and epochs that are often right and sometimes old. */
class Commander {
  private readonly seen = new Map<string, { tokens: string[]; e: number; i: string }>();
  private count = 0;

  constructor(private readonly random: () => number) {}

  next(encoded: string): readonly [Script, readonly string[]] {
    const known = this.knownOf(encoded);
    const id = this.pick(['a', 'b', 'c', 'd']);
    const quorum = this.pick(['1', '2', '3']);
    const ms = String(Math.floor(this.random() * 400));
    const token = this.random() < 0.9 ? (known.tokens.at(-1) ?? 'none') : this.pick(['none', ...known.tokens]);
    const e = String(known.e - (this.random() < 0.1 ? 1 : 0));
    const i = this.random() < 0.05 ? 'another' : known.i;
    const repeated = this.pick([[e, i], ['0', '']]); // prettier-ignore
    const outcome = this.pick(['success', 'success', 'failure', 'released']);
    switch (Math.floor(this.random() * 12)) {
      case 0:
      case 1:
      case 2:
        return [VOTE, [id, String(Math.floor(this.random() * 3_000) + 1), quorum, ms, ...repeated]];
      case 3:
        return [UNVOTE, [id]];
      case 4:
      case 5:
      case 6:
        return [LEASE, [this.tokenOf(known.tokens), id, String(Math.floor(this.random() * 600) + 1)]];
      case 7:
      case 8:
      case 9:
        return [REPORT, [token, e, i, outcome, this.pick(['1', '2']), quorum, ms, id]];
      case 10:
        return [SYNC, []];
      default:
        return this.random() < 0.7 ? [SYNC, []] : [FORCE, this.pick([
          ['isolated', '-1', 'isolate', 'ann', 'drill'], ['isolated', ms, 'isolate', 'ann', ''], ['closed', '0', 'close', '', ''],
        ])]; // prettier-ignore
    }
  }

  learn(encoded: string, reply: readonly string[]): void {
    Object.assign(this.knownOf(encoded), { e: Number(reply[2]), i: reply[3] });
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T;
  }

  private knownOf(encoded: string) {
    let known = this.seen.get(encoded);
    if (known === undefined) this.seen.set(encoded, (known = { tokens: [], e: 0, i: 'none' }));
    return known;
  }

  private tokenOf(tokens: string[]): string {
    tokens.push(`t${this.count++}`);
    return tokens.at(-1) as string;
  }
}

describeWith('redis-server', 'redis-server')('the model of Redis', () => {
  let server: RedisServer;
  let redis: Redis;

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = new Redis(server.url);
  });

  afterAll(async () => {
    redis.disconnect();
    await server.kill();
  });

  it(`answers and publishes what the scripts do, in ${SEQUENCES} sequences of ${STEPS} random commands`, async () => {
    const met = new Set<string>();
    for (let seed = 1; seed <= SEQUENCES; seed++) {
      await redis.flushall();
      const random = seededRandom(seed);
      const commander = new Commander(random);
      const model = new RedisModel();
      const told: unknown[] = [];
      let now = 1_800_000_000_000;
      for (let step = 0; step < STEPS; step++) {
        now += Math.floor(random() ** 3 * 500);
        const moment = { seconds: Math.floor(now / 1_000), micros: (now % 1_000) * 1_000 };
        void redis.hset('clock', moment);
        if (random() < 0.1) {
          const args = [commander.pick(['a', 'b', 'c']), commander.pick(['0', '5', '900'])];
          const alive = model.run('beat', args, now, () => undefined);
          expect(await redis.eval(staged(BEAT), 1, 'cb:live', ...args)).toBe(alive);
          continue;
        }
        const encoded = commander.pick(BREAKERS);
        const [script, own] = commander.next(encoded);
        const standing =
          random() < 0.6 ? [commander.pick(['a', 'b', 'c']), commander.pick(STATES), commander.pick(['1', '700'])] : [];
        const args = ['told', encoded, `i${seed}-${step}`, ...own, ...standing];
        const keys = breakerKeys('cb', encoded);
        const reply = await redis.eval(staged(script), keys.length, ...keys, ...args);
        const answer = model.run(script.name, args, now, (text) => told.push(JSON.parse(text)));
        expect({ seed, step, name: script.name, own, answer }).toEqual({
          seed,
          step,
          name: script.name,
          own,
          answer: reply,
        });
        commander.learn(encoded, reply as string[]);
        const [verdict, state] = reply as string[];
        met.add(`${script.name} ${script === REPORT ? own[3] : ''}: ${verdict} ${state}`);
      }
      expect(told).toEqual((await redis.lrange('told', 0, -1)).map((text) => JSON.parse(text) as unknown));
    }
    // what would go unnoticed, were it never met
    expect([...met]).toEqual(
      expect.arrayContaining([
        'lease : granted half_open',
        'lease : denied half_open',
        'lease : denied open',
        'lease : free closed',
        'report success: ok closed',
        'report success: ok half_open',
        'report failure: ok open',
        'report failure: ok half_open',
        'report failure: stale half_open',
        'report released: ok half_open',
        'unvote : ok closed',
        'vote : stale closed',
        'vote : ok open',
        'sync : ok isolated',
      ]),
    );
  });
});
