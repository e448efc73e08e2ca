import { afterAll, beforeAll, describe, it } from '@jest/globals';

import { RedisServer } from '../fixtures/redis-server.js';
import { describeWith } from '../fixtures/system-package.js';
import { MemoryWorld } from './memory-world.js';
import { RealWorld } from './real-world.js';
import { SCENARIOS } from './scenarios.js';
import type { World } from './world.js';

function playAll(make: () => Promise<World>): void {
  it.each(SCENARIOS.map((each) => [each.rule, each] as const))('%s', async (_, { play }) => {
    const world = await make();
    try {
      await play(world);
    } finally {
      await world.close();
    }
  });
}

describe('several instances in memory', () => {
  playAll(async () => new MemoryWorld());
});

describeWith('redis-server', 'redis-server')('several instances', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterAll(() => server.kill());

  playAll(() => RealWorld.make(server));
});
