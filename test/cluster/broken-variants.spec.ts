import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { RedisServer } from '../fixtures/redis-server.js';
import { describeWith } from '../fixtures/system-package.js';
import { noCoordination } from './broken/no-coordination.js';
import { noDeadline } from './broken/no-deadline.js';
import { noExpiry } from './broken/no-expiry.js';
import { noFence } from './broken/no-fence.js';
import { noIncarnation } from './broken/no-incarnation.js';
import { noLease } from './broken/no-lease.js';
import { noSync } from './broken/no-sync.js';
import { quorumOne } from './broken/quorum-one.js';
import type { Variant } from './broken/variant.js';
import { MemoryWorld } from './memory-world.js';
import { RealWorld } from './real-world.js';
import * as scenarios from './scenarios.js';
import type { Scenario } from './scenarios.js';
import { Breach } from './world.js';
import type { World } from './world.js';

/** Each part of the coordinator, and the promises that are broken without it; the first one is tried on a real Redis. */
const CAUGHT: readonly (readonly [string, Variant, readonly Scenario[]])[] = [
  ['no fence', noFence, [scenarios.lateWord]],
  ['no lease', noLease, [scenarios.fewProbes, scenarios.silentHolder, scenarios.refusals]],
  ['no expiry', noExpiry, [scenarios.silentHolder, scenarios.expiredVote]],
  ['no incarnation', noIncarnation, [scenarios.otherHistory, scenarios.lostData]],
  ['no sync', noSync, [scenarios.lostMove, scenarios.lostMoves, scenarios.falseMove]],
  ['no deadline', noDeadline, [scenarios.deadline, scenarios.slowLease]],
  ['a quorum of one', quorumOne, [scenarios.oneBadNode, scenarios.oneFailedProbe]],
  ['no coordination', noCoordination, [scenarios.quorumOpens, scenarios.operators, scenarios.lateComer]],
];

/** Whether a promise was seen to be broken; anything else that goes wrong proves nothing. */
async function isCaught({ play }: Scenario, world: World): Promise<boolean> {
  try {
    await play(world);
    return false;
  } catch (fault) {
    if (fault instanceof Breach || (fault as { matcherResult?: unknown }).matcherResult !== undefined) return true;
    throw fault;
  } finally {
    await world.close();
  }
}

describe.each(CAUGHT)('a coordinator with %s', (_, variant, promises) => {
  it.each(promises.map((each) => [each.rule, each] as const))('is caught: %s', async (_rule, scenario) => {
    expect(await isCaught(scenario, new MemoryWorld())).toBe(false);
    expect(await isCaught(scenario, new MemoryWorld(variant))).toBe(true);
  });
});

describeWith('redis-server', 'redis-server')('against a real Redis', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterAll(() => server.kill());

  it.each(CAUGHT)('a coordinator with %s is caught', async (_, variant, [scenario]) => {
    expect(await isCaught(scenario as Scenario, await RealWorld.make(server, variant))).toBe(true);
  });
});
