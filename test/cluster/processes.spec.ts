import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import { RedisServer } from '../fixtures/redis-server.js';
import { describeWith } from '../fixtures/system-package.js';
import { until } from './instance.js';

/** How long three processes may take to start, on a busy machine, in ms. */
const START = 120_000;
const REGISTER = join(process.cwd(), 'test/fixtures/process/register.js');

/** A Nest application that does what it is told: `trip`, `call`, `hang`, and says what happens to its breaker. */
const script = (url: string, wall: number): string => `
import 'reflect-metadata';
import { createInterface } from 'node:readline';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CircuitBreakerModule, PolicyRegistry } from 'nest-circuit-breaker';
import { CircuitBreakerRedisModule } from 'nest-circuit-breaker/redis';
import { systemClock } from 'nest-circuit-breaker/engine';
const clock = { ...systemClock, wall: () => systemClock.wall() + ${wall} };
const say = (word) => void process.stdout.write(word + '\\n');
class App {}
Module({ imports: [
  CircuitBreakerModule.forRoot({ logger: false, clock, breakers: { payments: {
    failureThreshold: 1, breakDuration: 300, halfOpenTimeout: 500, halfOpenMaxCalls: 1, successThreshold: 1 } } }),
  CircuitBreakerRedisModule.forRoot({ connection: '${url}', syncInterval: 200, leaseDeadline: 1_250 }),
] })(App);
const app = await NestFactory.createApplicationContext(App, { logger: false });
const registry = app.get(PolicyRegistry);
const breaker = registry.circuitBreaker('payments');
for (const type of ['opened', 'half_opened', 'closed']) registry.on(type, ({ reason }) => say(type + ': ' + reason));
const work = { call: async () => 'well', trip: async () => { throw new Error('down'); }, hang: () => new Promise((resolve) => setTimeout(resolve, 400)) };
createInterface({ input: process.stdin }).on('line', async (line) => {
  if (line === 'end') { await app.close(); process.exit(0); }
  await breaker.execute(work[line]).then(() => say(line + ' ok'), (error) => say(line + ' ' + error.message));
});
const wait = setInterval(() => {
  const { connected, incarnation, instances } = breaker.snapshot().cluster;
  if (!connected || incarnation === null || instances < 3) return;
  clearInterval(wait);
  say('ready');
}, 10);
`;

class Application {
  readonly said: string[] = [];
  errors = '';

  private constructor(private readonly child: ChildProcess) {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => this.said.push(line));
    child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
  }

  static start(url: string, wall = 0): Application {
    const args = ['--import', REGISTER, '--input-type=module', '-e', script(url, wall)];
    return new Application(spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] }));
  }

  tell(word: string): void {
    this.child.stdin?.write(`${word}\n`);
  }

  async says(word: string): Promise<void> {
    await until(() => this.said.includes(word), START - 5_000).catch(() => {
      throw new Error(`never said "${word}", but ${this.said.join(', ')} ${this.errors}`);
    });
  }

  /** Calls until one goes well. */
  async recover(): Promise<void> {
    this.said.length = 0;
    for (let i = 0; i < 400 && !this.said.includes('call ok'); i++) {
      this.tell('call');
      await delay(25);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGCONT');
    this.child.kill('SIGKILL');
    await gone;
  }
}

/** The tests use the same processes, one after the other: they take long to start, and the last one kills one. */
describeWith('redis-server', 'redis-server')('several processes', () => {
  let server: RedisServer;
  let a: Application;
  let b: Application;
  let c: Application;

  beforeAll(async () => {
    server = await RedisServer.start();
    // [C74] an hour apart: nothing that is decided depends on the wall clock
    [a, b, c] = [
      Application.start(server.url),
      Application.start(server.url, 3_600_000),
      Application.start(server.url, -3_600_000),
    ];
    await Promise.all([a, b, c].map((each) => each.says('ready')));
  }, START);

  beforeEach(async () => {
    for (const each of [a, b, c]) await each.recover();
    for (const each of [a, b, c]) each.said.length = 0;
  }, START);

  afterAll(async () => {
    await Promise.all([a, b, c].map((each) => each.close()));
    await server.kill();
  });

  const open = async (): Promise<void> => {
    a.tell('trip');
    b.tell('trip');
    await c.says('opened: cluster');
    await delay(320);
  };

  /** Calls now and then until the instance that only followed is closed. */
  const recover = async (...callers: Application[]): Promise<void> => {
    for (let i = 0; i < 400 && !c.said.some((word) => word.startsWith('closed')); i++) {
      for (const caller of callers) caller.tell('call');
      await delay(25);
    }
    expect(c.said.some((word) => word.startsWith('closed'))).toBe(true);
  };

  it(
    '[C74] clocks an hour apart: the fleet opens and recovers',
    async () => {
      await open();
      await recover(a, c);
      expect(c.said.filter((word) => word.startsWith('opened'))).toEqual(['opened: cluster']);
    },
    START,
  );

  it(
    '[C69] the holder of the lease is frozen: another probes after its lease, and the late word is void',
    async () => {
      await open();
      a.tell('hang');
      await a.says('half_opened: break_over');
      a.signal('SIGSTOP');
      await recover(b, c);
      a.signal('SIGCONT');
      await a.says('hang ok');
      await delay(500);
      expect(c.said.filter((word) => word.startsWith('opened'))).toEqual(['opened: cluster']);
      expect(c.said.filter((word) => word.startsWith('closed'))).toHaveLength(1);
    },
    START,
  );

  it(
    '[C69] the holder is killed: another probes after its lease',
    async () => {
      await open();
      a.tell('hang');
      await a.says('half_opened: break_over');
      a.signal('SIGKILL');
      await recover(b, c);
      expect(c.said.filter((word) => word.startsWith('opened'))).toEqual(['opened: cluster']);
    },
    START,
  );
});
