import type { Meter } from './meter.js';
import { RedisModel } from './redis-model.js';
import type { VirtualTime } from './virtual-time.js';

/**
 * What a command keeps the server's one thread busy, in ms, with its share of reading and writing: redis-server 7.0 took
 * 33 to 85 µs on a small virtual machine, by how busy that was. `INFO commandstats` tells what it is elsewhere.
 */
export const SCRIPT_TIME = 0.05;
/** What each receiver of a message adds to that, in ms. */
const DELIVERY_TIME = 0.005;

/** Where the server sends what is published. */
export interface Subscriber {
  hear(text: string, sentAt: number): void;
}

/** The server: one thread that takes commands in the order in which they come. */
export class SimulatedRedis {
  readonly model = new RedisModel();
  readonly subscribers = new Set<Subscriber>();
  isUp = true;
  private freeAt = 0;
  /** The longest that a command has waited for its turn since {@link forgetBacklog}, in ms. */
  longestBacklog = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly meter: Meter,
    private readonly scriptTime = SCRIPT_TIME,
  ) {}

  /** Runs a command that has just come in; answers when the reply leaves. */
  execute(script: string, args: readonly string[]): { readonly reply: unknown; readonly at: number } {
    const now = this.time.now();
    const begin = Math.max(now, this.freeAt);
    this.longestBacklog = Math.max(this.longestBacklog, begin - now);
    this.freeAt = begin + this.scriptTime;
    this.meter.count(`command ${script}`);
    const reply = this.model.run(script, args, Math.floor(this.freeAt), (text) => this.publish(text));
    return { reply, at: this.freeAt };
  }

  /** A command that only a connection needs. */
  greet(): void {
    this.freeAt = Math.max(this.time.now(), this.freeAt) + this.scriptTime;
    this.meter.count('command connect');
  }

  forgetBacklog(): void {
    this.longestBacklog = 0;
  }

  /** All is lost but the machine. */
  restart(): void {
    this.model.clear();
    this.freeAt = this.time.now();
    this.isUp = true;
  }

  private publish(text: string): void {
    this.meter.count('published');
    for (const subscriber of this.subscribers) {
      this.freeAt += DELIVERY_TIME;
      this.meter.count('delivered');
      subscriber.hear(text, this.freeAt);
    }
  }
}
