import type { Clock } from '../../lib/engine/index.js';
import type { Script } from '../../lib/redis/scripts.js';
import type { Transport, TransportListener } from '../../lib/redis/transport.js';
import type { MemoryRedis } from '../fixtures/memory-redis.js';
import type { Link, Trouble } from './world.js';

/** How long a word takes one way, and how often a lost connection is tried again, in ms. */
const LATENCY = 1;
const RECONNECT = 100;

/** The way to a Redis in memory, over a network that can be put out of order. */
export class MemoryTransport implements Transport, Link {
  /** Words one way, answers and messages the other take this much longer, in ms. */
  slowness = 0;
  private trouble: Trouble | null = null;
  private held: (() => void)[] = [];
  private listener: TransportListener | undefined;
  private isOpen = false;
  private isClosed = false;
  /** How to tell those who wait for an answer that there will be none. */
  private readonly waiting = new Set<(fault: Error) => void>();

  constructor(
    private readonly redis: MemoryRedis,
    channel: string,
    private readonly clock: Clock,
  ) {
    redis.subscribe(channel, (text) => this.answer(() => this.isOpen && this.listener?.message(text)));
  }

  get isReady(): boolean {
    return this.isOpen && !this.isClosed;
  }

  start(listener: TransportListener): void {
    this.listener = listener;
    this.connect();
  }

  run({ source }: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    if (!this.isReady) return Promise.reject(new Error('there is no connection to Redis'));
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      this.request(() => {
        const reply = this.redis.eval(source, keys, args);
        this.answer(() => {
          this.waiting.delete(reject);
          resolve(reply);
        });
      });
    });
  }

  distrust(): void {
    this.disconnect();
  }

  close(): void {
    this.isClosed = true;
  }

  become(trouble: Trouble): void {
    this.trouble = trouble;
    if (trouble === 'refuse') this.disconnect();
  }

  heal(): void {
    const { trouble, held } = this;
    this.trouble = null;
    this.held = [];
    for (const deliver of held) deliver();
    // a stream in which words are missing is no stream
    if (trouble === 'blackhole' || trouble === 'mute') this.disconnect();
  }

  private request(deliver: () => void): void {
    this.clock.schedule(
      LATENCY,
      () => {
        if (this.trouble === 'hold') this.held.push(deliver);
        else if (this.trouble !== 'blackhole' && this.trouble !== 'refuse') deliver();
      },
      false,
    );
  }

  private answer(deliver: () => void): void {
    this.clock.schedule(
      LATENCY + this.slowness,
      () => {
        if (this.trouble === 'hold') this.held.push(deliver);
        else if (this.trouble === null) deliver();
      },
      false,
    );
  }

  private connect(): void {
    if (this.isClosed || this.isOpen) return;
    if (this.trouble !== null) {
      this.clock.schedule(RECONNECT, () => this.connect(), false);
      return;
    }
    this.isOpen = true;
    this.listener?.ready();
  }

  private disconnect(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    const lost = new Error('the connection to Redis was lost');
    for (const reject of this.waiting) reject(lost);
    this.waiting.clear();
    this.listener?.lost();
    this.listener?.fault(lost);
    this.clock.schedule(RECONNECT, () => this.connect(), false);
  }
}
