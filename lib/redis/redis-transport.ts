import { createHash } from 'node:crypto';

import { Redis } from 'ioredis';
import type { Cluster, RedisOptions } from 'ioredis';

import type { Clock, Random, Timer } from '../engine/index.js';
import type { Script } from './scripts.js';
import type { Transport, TransportListener } from './transport.js';

/** Where Redis is: a URL, or ioredis's options. */
export type RedisConnection = string | RedisOptions;
export type RedisClient = Redis | Cluster;

/** How long a connection may take to become usable, in ms; a frozen Redis still accepts connections. */
const PATIENCE = 2_000;
const MAX_BACKOFF = 5_000;
/** How long a connection that was given up may take to end in good order, in ms. */
const FAREWELL = 200;

const digests = new Map<Script, string>();

function digestOf(script: Script): string {
  let digest = digests.get(script);
  if (digest === undefined) digests.set(script, (digest = createHash('sha1').update(script.source).digest('hex')));
  return digest;
}

/**
 * ioredis on two connections of its own, one for commands and one for messages. Nothing is queued while there is no
 * connection and nothing is sent twice; a connection that doesn't become usable in time is dropped for another.
 */
export class RedisTransport implements Transport {
  private readonly commands: RedisClient;
  private readonly messages: RedisClient;
  private readonly watches = new Map<RedisClient, Timer>();
  private listener: TransportListener | undefined;
  private isSubscribed = false;
  private isClosed = false;
  private wasReady = false;

  constructor(
    from: { readonly connection: RedisConnection } | { readonly client: RedisClient },
    private readonly channel: string,
    private readonly clock: Clock,
    random: Random,
  ) {
    const backoff = (attempt: number): number =>
      Math.min(MAX_BACKOFF, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + random() / 2);
    this.commands = open(from, backoff);
    this.messages = open(from, backoff);
  }

  get isReady(): boolean {
    return this.commands.status === 'ready' && this.isSubscribed && !this.isClosed;
  }

  start(listener: TransportListener): void {
    this.listener = listener;
    for (const client of [this.commands, this.messages]) {
      client.on('error', (error: unknown) => listener.fault(error));
      client.on('close', () => this.changed());
      client.on('ready', () => {
        if (client === this.commands) this.watches.get(client)?.cancel();
        this.changed();
      });
      client.on('close', () => this.watches.get(client)?.cancel());
      client.on('connecting', () => this.watch(client));
      client.on('connect', () => this.watch(client));
    }
    this.messages.on('message', (channel: string, text: string) => {
      if (channel === this.channel) listener.message(text);
    });
    this.messages.on('close', () => {
      this.isSubscribed = false;
      this.changed();
    });
    this.messages.on('ready', () => {
      this.messages.subscribe(this.channel).then(
        () => {
          this.isSubscribed = this.messages.status === 'ready';
          this.watches.get(this.messages)?.cancel();
          this.changed();
        },
        (error: unknown) => listener.fault(error),
      );
    });
    for (const client of [this.commands, this.messages]) {
      client.connect().catch(() => undefined); // told as an error, and tried again
    }
  }

  async run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    if (!this.isReady) throw new Error('there is no connection to Redis');
    try {
      return await this.commands.evalsha(digestOf(script), keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await this.commands.eval(script.source, keys.length, ...keys, ...args);
    }
  }

  distrust(): void {
    if (!this.isReady) return; // given up already, by an answer that was due before
    this.isSubscribed = false;
    for (const client of [this.commands, this.messages]) client.disconnect(true);
    this.changed();
  }

  close(): void {
    this.isClosed = true;
    for (const watch of this.watches.values()) watch.cancel();
    for (const client of [this.commands, this.messages]) client.disconnect();
  }

  private changed(): void {
    const { isReady } = this;
    if (isReady === this.wasReady || this.isClosed) return;
    this.wasReady = isReady;
    if (isReady) this.listener?.ready();
    else this.listener?.lost();
  }

  private watch(client: RedisClient): void {
    this.watches.get(client)?.cancel();
    const expire = (): void => {
      if (!this.isClosed) client.disconnect(true);
    };
    this.watches.set(client, this.clock.schedule(PATIENCE, expire, false));
  }
}

function open(
  from: { readonly connection: RedisConnection } | { readonly client: RedisClient },
  backoff: (attempt: number) => number,
): RedisClient {
  const options = {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0, // a connection that ends says so to those who wait for an answer
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    connectTimeout: PATIENCE,
    disconnectTimeout: FAREWELL,
    keyPrefix: '',
    retryStrategy: backoff,
  };
  if ('client' in from) {
    const { client } = from;
    if (!isCluster(client)) return client.duplicate(options);
    return client.duplicate([], {
      lazyConnect: true,
      enableOfflineQueue: false,
      clusterRetryStrategy: backoff,
      redisOptions: {
        ...(client.options.redisOptions as object),
        connectTimeout: PATIENCE,
        disconnectTimeout: FAREWELL,
      },
    });
  }
  const { connection } = from;
  return typeof connection === 'string'
    ? new Redis(connection, options)
    : new Redis({ ...(connection as object), ...options });
}

/** Told by what it says of itself: an application may have another copy of ioredis than this module. */
const isCluster = (client: RedisClient): client is Cluster => client.isCluster;
