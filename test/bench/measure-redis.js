// A breaker of a fleet, attached to a Redis of its own, in turn with a local one: time, and commands a call.
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';

import { Redis } from 'ioredis';

import { Runner, started } from './runner.js';
import { median, ratio, rounds } from './rounds.js';

const HOST = '127.0.0.1';
const TITLE = 'decorated method, attached to Redis (bare: not attached)';
/** What the one who counts says himself, and what a connection says of itself when it begins. */
const NOT_CALLS = new Set(['config', 'info', 'ping', 'client', 'hello', 'select']);

async function freePort() {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function commandsOf(redis) {
  const text = await redis.info('commandstats');
  const counts = [...text.matchAll(/^cmdstat_(\w+)[^:]*:calls=(\d+)/gm)];
  return counts.filter(([, name]) => !NOT_CALLS.has(name)).reduce((sum, [, , calls]) => sum + Number(calls), 0);
}

export async function measureRedis(_, pace) {
  if (spawnSync('redis-server', ['--version']).error !== undefined) {
    return [{ title: `${TITLE}: not measured, there is no redis-server`, unit: 'ns', cells: {}, targets: [] }];
  }
  const port = await freePort();
  const place = ['--port', port, '--bind', HOST, '--dir', tmpdir(), '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', place.map(String), { stdio: 'ignore' });
  const redis = new Redis(port, HOST, { retryStrategy: () => 50 });
  redis.on('error', () => undefined); // until the server is there
  const job = { subject: 'ours', call: 'attached' };
  const runners = [];
  try {
    await redis.ping();
    runners.push(Runner.ofCalls(job), Runner.ofCalls({ ...job, load: `redis://${HOST}:${port}` }));
    await started(runners);
    if ((await commandsOf(redis)) === 0) throw new Error('the breaker has not joined the fleet');
    await redis.config('RESETSTAT');
    const [local, attached] = await rounds(runners, pace);
    const commands = await commandsOf(redis);
    const times = ratio(attached, local);
    return [
      {
        title: TITLE,
        unit: 'ns',
        cells: { bare: { value: median(local) }, ours: { value: median(attached), times } },
        targets: [{ words: '× the local cost', value: times, limit: 1.05 }],
      },
      {
        title: 'commands to Redis in all these calls',
        unit: 'commands',
        cells: { ours: { value: commands } },
        targets: [{ words: 'commands', value: commands, limit: 0 }],
      },
    ];
  } finally {
    for (const runner of runners) runner.end();
    redis.disconnect();
    server.kill();
  }
}
