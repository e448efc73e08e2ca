import type { Random } from '../../lib/engine/index.js';
import type { Script } from '../../lib/redis/scripts.js';
import type { Transport, TransportListener } from '../../lib/redis/transport.js';
import type { SimulatedRedis, Subscriber } from './simulated-redis.js';
import type { VirtualTime } from './virtual-time.js';

/** What the network does to what passes it. */
export interface Weather {
  /** One way, in ms, on average; each takes between half of it and, seldom, several times as long. */
  readonly latency: number;
  /** The share of packets that have to be sent again, which takes 200 ms, then 400. */
  readonly loss: number;
}

/** As ioredis is told to: how long to wait for a connection, and between two attempts, in ms. */
const PATIENCE = 2_000;
const MAX_BACKOFF = 5_000;
const RETRANSMISSION = 200;
/** Round trips until a connection is of use: TCP, the readiness check, the subscription. */
const GREETINGS = 3;

/** A connection that was made; words of an older one reach nobody. */
class Connection {
  readonly pending = new Set<(fault: Error) => void>();
  /** The last word of each direction arrives then: none overtakes another. */
  upArrival = 0;
  downArrival = 0;
}

/**
 * An instance's way to Redis. While it is cut, nothing arrives in either direction and nobody is told: the instance
 * finds out by its own deadlines, as with a real network.
 */
export class SimulatedTransport implements Transport, Subscriber {
  isCut = false;
  weather: Weather;
  /** How often the connection was given up since an answer was overdue. */
  distrusted = 0;
  private connection: Connection | null = null;
  private listener: TransportListener | undefined;
  private isClosed = false;

  constructor(
    private readonly time: VirtualTime,
    private readonly redis: SimulatedRedis,
    private readonly random: Random,
    weather: Weather,
  ) {
    this.weather = weather;
  }

  get isReady(): boolean {
    return this.connection !== null;
  }

  start(listener: TransportListener): void {
    this.listener = listener;
    this.connect(1);
  }

  run(script: Script, _keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const { connection } = this;
    if (connection === null) return Promise.reject(new Error('there is no connection to Redis'));
    return new Promise((resolve, reject) => {
      connection.pending.add(reject);
      if (this.isCut) return;
      connection.upArrival = this.send(this.time.now(), connection.upArrival, () => {
        if (this.isCut || !this.redis.isUp || connection !== this.connection) return;
        const { reply, at } = this.redis.execute(script.name, args);
        connection.downArrival = this.send(at, connection.downArrival, () => {
          if (this.isCut || !connection.pending.delete(reject)) return;
          resolve(reply);
        });
      });
    });
  }

  hear(text: string, sentAt: number): void {
    const { connection } = this;
    if (connection === null || this.isCut) return;
    connection.downArrival = this.send(sentAt, connection.downArrival, () => {
      if (connection === this.connection && !this.isCut) this.listener?.message(text);
    });
  }

  distrust(): void {
    if (this.connection === null || this.isClosed) return;
    this.distrusted++;
    this.lose();
  }

  /** The connection breaks, and both ends know. */
  lose(): void {
    const { connection } = this;
    if (connection === null) return;
    this.drop(connection);
    this.listener?.lost();
    this.retry(1);
  }

  close(): void {
    this.isClosed = true;
    if (this.connection !== null) this.drop(this.connection);
  }

  private connect(attempt: number): void {
    if (this.isClosed) return;
    let trip = 0;
    for (let i = 0; i < GREETINGS; i++) trip += this.delay() + this.delay();
    const isRefused = !this.redis.isUp && !this.isCut;
    const patience = isRefused ? this.delay() : this.isCut || trip > PATIENCE ? PATIENCE : trip;
    this.time.schedule(patience, () => {
      if (this.isClosed) return;
      if (this.isCut || !this.redis.isUp || patience !== trip) this.retry(attempt + 1);
      else this.connected();
    });
  }

  private connected(): void {
    for (let i = 0; i < GREETINGS; i++) this.redis.greet();
    this.connection = new Connection();
    this.redis.subscribers.add(this);
    this.listener?.ready();
  }

  private retry(attempt: number): void {
    const backoff = Math.min(MAX_BACKOFF, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + this.random() / 2);
    this.time.schedule(backoff, () => this.connect(attempt));
  }

  private drop(connection: Connection): void {
    this.connection = null;
    this.redis.subscribers.delete(this);
    for (const reject of connection.pending) reject(new Error('the connection is gone'));
    connection.pending.clear();
  }

  /** In order: answers when it arrives. */
  private send(at: number, notBefore: number, arrive: () => void): number {
    const arrival = Math.max(at + this.delay(), notBefore);
    this.time.schedule(arrival - this.time.now(), arrive);
    return arrival;
  }

  private delay(): number {
    const { latency, loss } = this.weather;
    let delay = latency * (0.5 - 0.5 * Math.log(1 - this.random()));
    for (let again = RETRANSMISSION; this.random() < loss; again *= 2) delay += again;
    return delay;
  }
}
