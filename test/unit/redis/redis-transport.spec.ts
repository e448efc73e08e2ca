import { EventEmitter } from 'node:events';

import { describe, expect, it } from '@jest/globals';

import { RedisTransport } from '../../../lib/redis/redis-transport.js';
import type { RedisClient } from '../../../lib/redis/redis-transport.js';
import { SYNC } from '../../../lib/redis/scripts.js';
import { ManualClock } from '../../../lib/testing/index.js';

/** As much of an ioredis client as is asked for, from another copy of it: it does what a test says. */
class Client extends EventEmitter {
  readonly isCluster = false;
  status = 'wait';
  readonly done: string[] = [];
  replies: (() => Promise<unknown>)[] = [];

  constructor(readonly options: { readonly retryStrategy: (attempt: number) => number }) {
    super();
  }

  become(status: string): void {
    this.status = status;
    this.emit(status);
  }

  async connect(): Promise<void> {
    this.done.push('connect');
    this.become('connecting');
  }

  disconnect(isAgain = false): void {
    this.done.push(isAgain ? 'disconnect, to connect again' : 'disconnect');
  }

  async subscribe(channel: string): Promise<void> {
    this.done.push(`subscribe ${channel}`);
    await this.replies.shift()?.();
  }

  async evalsha(): Promise<unknown> {
    this.done.push('evalsha');
    return this.replies.shift()?.();
  }

  async eval(source: string): Promise<unknown> {
    this.done.push(source === SYNC.source ? 'eval' : 'eval something else');
    return this.replies.shift()?.();
  }
}

function bench() {
  const clock = new ManualClock();
  const clients: Client[] = [];
  const pattern = {
    isCluster: false,
    duplicate: (options: Client['options']) => {
      const client = new Client(options);
      clients.push(client);
      return client;
    },
  } as unknown as RedisClient;
  const transport = new RedisTransport({ client: pattern }, 'cb:moves', clock, () => 0.5);
  const told: string[] = [];
  transport.start({
    ready: () => told.push('ready'),
    lost: () => told.push('lost'),
    message: (text) => told.push(text),
    fault: (fault) => told.push(String(fault)),
  });
  const [commands, messages] = clients as [Client, Client];
  return { clock, transport, told, commands, messages };
}

async function ready() {
  const made = bench();
  made.commands.become('ready');
  made.messages.become('ready');
  await made.clock.advance(0);
  return made;
}

describe('a connection', () => {
  it('is of use once commands can be sent and moves are heard', async () => {
    const { transport, told, commands, messages, clock } = bench();
    commands.become('ready');
    expect(transport.isReady).toBe(false);
    messages.become('ready');
    expect(transport.isReady).toBe(false);
    await clock.advance(0);
    expect(transport.isReady).toBe(true);
    expect(messages.done).toEqual(['connect', 'subscribe cb:moves']);
    expect(told).toEqual(['ready']);
  });

  it('that is lost is told once, and once again when it is back', async () => {
    const { told, commands, messages, clock } = await ready();
    messages.become('close');
    commands.become('close');
    commands.become('ready');
    messages.become('ready');
    await clock.advance(0);
    expect(told).toEqual(['ready', 'lost', 'ready']);
  });

  it.each(['commands', 'messages'] as const)('that is not of use in two seconds is given up: %s', async (which) => {
    const made = bench();
    const other = which === 'commands' ? made.messages : made.commands;
    other.become('ready');
    made[which].become('connect');
    await made.clock.advance(1_999);
    expect(made[which].done).not.toContain('disconnect, to connect again');
    await made.clock.advance(1);
    expect(made[which].done).toContain('disconnect, to connect again');
    expect(other.done).not.toContain('disconnect, to connect again');
  });

  it('whose subscription gets no answer in two seconds is given up', async () => {
    const { clock, commands, messages, transport } = bench();
    messages.replies.push(() => new Promise(() => undefined));
    commands.become('ready');
    messages.become('ready');
    await clock.advance(2_000);
    expect(transport.isReady).toBe(false);
    expect(messages.done).toContain('disconnect, to connect again');
  });

  it('that is of use is left alone', async () => {
    const { clock, commands, messages } = await ready();
    await clock.advance(60_000);
    expect([...commands.done, ...messages.done]).not.toContain('disconnect, to connect again');
    expect(clock.pending).toBe(0);
  });

  it('that is distrusted is given up once, however many answers are overdue', async () => {
    const { transport, told, commands, messages } = await ready();
    for (let i = 0; i < 20; i++) transport.distrust();
    for (const { done } of [commands, messages])
      expect(done.filter((each) => each === 'disconnect, to connect again')).toHaveLength(1);
    expect(told).toEqual(['ready', 'lost']);
  });

  it('is tried again after 50 ms times two for each attempt, up to five seconds, by chance up to half of it less', () => {
    const { commands } = bench();
    const waits = [1, 2, 3, 7, 8, 50].map((attempt) => commands.options.retryStrategy(attempt));
    expect(waits).toEqual([75, 150, 300, 3_750, 3_750, 3_750]);
  });

  it('that is closed stays closed', async () => {
    const { transport, commands, messages, told, clock } = await ready();
    transport.close();
    for (const { done } of [commands, messages]) expect(done.at(-1)).toBe('disconnect');
    expect(transport.isReady).toBe(false);
    commands.become('close');
    await clock.advance(60_000);
    expect(told).toEqual(['ready']);
    expect(clock.pending).toBe(0);
  });
});

describe('a script', () => {
  it('is refused at once while there is no connection', async () => {
    const { transport, commands } = bench();
    await expect(transport.run(SYNC, ['k'], ['a'])).rejects.toThrow('no connection');
    expect(commands.done).toEqual(['connect']);
  });

  it('goes by its digest, and whole where Redis has forgotten it', async () => {
    const { transport, commands } = await ready();
    commands.replies.push(async () => 'known');
    expect(await transport.run(SYNC, ['k'], ['a'])).toBe('known');
    commands.replies.push(() => Promise.reject(new Error('NOSCRIPT No matching script')), async () => 'learned'); // prettier-ignore
    expect(await transport.run(SYNC, ['k'], ['a'])).toBe('learned');
    expect(commands.done.slice(1)).toEqual(['evalsha', 'evalsha', 'eval']);
  });

  it('that fails for another reason fails', async () => {
    const { transport, commands } = await ready();
    commands.replies.push(() => Promise.reject(new Error('OOM')));
    await expect(transport.run(SYNC, ['k'], ['a'])).rejects.toThrow('OOM');
    expect(commands.done.slice(1)).toEqual(['evalsha']);
  });
});

it('moves of other channels are not heard', async () => {
  const { messages, told } = await ready();
  messages.emit('message', 'other', 'x');
  messages.emit('message', 'cb:moves', 'y');
  expect(told).toEqual(['ready', 'y']);
});
