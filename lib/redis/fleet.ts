import { randomUUID } from 'node:crypto';

import type { CircuitBreakerPolicy, CoordinatedBreaker, Coordinator, Scope, Timer } from '../engine/index.js';
import { parseAnswer, parseMessage } from './answer.js';
import type { Answer } from './answer.js';
import type { FleetLink } from './fleet-link.js';
import { breakerKeys, channelOf, encodeName, liveKey } from './keys.js';
import { Membership } from './membership.js';
import { BEAT } from './scripts.js';
import type { Script } from './scripts.js';
import { SyncLine } from './sync-line.js';
import type { Transport } from './transport.js';

/** Complete options of a fleet, durations in ms. */
export interface FleetOptions {
  readonly namespace: string;
  readonly quorum: number;
  readonly leaseDeadline: number;
  readonly syncInterval: number;
  /** Which breakers take part. */
  readonly isMember: (name: string) => boolean;
}

/** How long the background waits for an answer, in ms. */
const BACKGROUND_DEADLINE = 2_000;
/** How long breakers may take to say that this instance leaves, in ms; what isn't said expires. */
const FAREWELL = 1_000;
/** Syncs come this much earlier or later, as a share, so that instances don't march in step. */
const JITTER = 0.2;

/**
 * This process among those that share its breakers: who is alive, what was published, and when to look again. Without a
 * connection each breaker is a plain local one.
 */
export class Fleet implements Coordinator, FleetLink {
  readonly id: string = randomUUID();
  readonly leaseDeadline: number;
  readonly voteTtl: number;
  instances = 1;
  private readonly members = new Map<string, Membership>();
  private readonly breakers = new Set<CoordinatedBreaker>();
  private readonly line: SyncLine;
  private timer: Timer | null = null;
  /** The most that were alive lately: a heartbeat that is late is not to make a single voice the quorum. */
  private peak: number;
  private peakAt = -Infinity;
  private isClosed = false;
  private hasComplained = false;

  constructor(
    private readonly scope: Scope,
    private readonly transport: Transport,
    private readonly options: FleetOptions,
  ) {
    this.leaseDeadline = options.leaseDeadline;
    this.voteTtl = 3 * options.syncInterval + BACKGROUND_DEADLINE;
    this.peak = options.quorum;
    this.line = new SyncLine(scope.clock, () => this.isConnected);
  }

  get isConnected(): boolean {
    return this.transport.isReady;
  }

  get quorum(): number {
    return Math.min(this.options.quorum, Math.max(1, this.peak));
  }

  start(): void {
    this.transport.start({
      ready: () => this.ready(),
      lost: () => undefined,
      message: (text) => this.hear(text),
      fault: (fault) => this.complain(fault),
    });
    this.plan();
  }

  /** Leaves the fleet; the breakers go on alone. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.timer?.cancel();
    const members = [...this.members.values()];
    for (const member of members) member.leave();
    for (const breaker of this.breakers) breaker.coordinate(null);
    this.members.clear();
    this.breakers.clear();
    try {
      if (this.isConnected) {
        await this.line.finish(members, FAREWELL);
        await this.beat(0);
      }
    } catch {
      // it will be missed
    }
    this.transport.close();
  }

  join(breaker: CoordinatedBreaker): void {
    if (this.isClosed || !this.options.isMember(breaker.name)) return;
    const encoded = encodeName(breaker.name);
    const membership = new Membership(encoded, breaker, this, () => {
      this.breakers.delete(breaker);
      this.line.remove(membership);
      if (this.members.get(encoded) === membership) this.members.delete(encoded);
    });
    this.members.set(encoded, membership);
    this.breakers.add(breaker);
    breaker.coordinate(membership);
    if (this.isConnected) this.line.add([membership]);
  }

  /** Takes in what a registry has already. */
  joinAll(breakers: readonly CircuitBreakerPolicy[]): void {
    for (const breaker of breakers) this.join(breaker);
  }

  async run(script: Script, encoded: string, args: readonly (string | number)[]): Promise<Answer> {
    const { namespace } = this.options;
    const common = [channelOf(namespace), encoded, randomUUID()];
    return parseAnswer(await this.send(script, breakerKeys(namespace, encoded), [...common, ...args.map(String)]));
  }

  private async send(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    let timer: Timer | undefined;
    const overdue = new Promise<never>((_, reject) => {
      const expire = (): void => {
        this.transport.distrust();
        reject(new Error('Redis has not answered'));
      };
      timer = this.scope.clock.schedule(BACKGROUND_DEADLINE, expire, false);
    });
    try {
      return await Promise.race([this.transport.run(script, keys, args), overdue]);
    } catch (fault) {
      this.complain(fault);
      throw fault;
    } finally {
      timer?.cancel();
    }
  }

  private async beat(ttl: number): Promise<void> {
    const count = Number(await this.send(BEAT, [liveKey(this.options.namespace)], [this.id, String(ttl)]));
    if (!Number.isSafeInteger(count) || count < 0) return;
    this.instances = count;
    const now = this.scope.clock.now();
    if (count < this.peak && now - this.peakAt <= this.voteTtl) return;
    this.peak = count;
    this.peakAt = now;
  }

  private ready(): void {
    this.hasComplained = false;
    // whoever else comes back may be slower
    this.peak = Math.max(this.peak, this.options.quorum);
    this.peakAt = this.scope.clock.now();
    this.beatQuietly();
    this.line.restart();
    const members = [...this.members.values()];
    this.line.add(members.filter((each) => each.hasNews));
    this.line.add(members);
  }

  private plan(): void {
    if (this.isClosed) return;
    const { clock, random } = this.scope;
    const delay = this.options.syncInterval * (1 - JITTER + 2 * JITTER * random());
    this.timer = clock.schedule(delay, () => this.tick(), false);
  }

  private tick(): void {
    this.plan();
    if (!this.isConnected) return;
    this.beatQuietly();
    const now = this.scope.clock.now();
    this.line.add([...this.members.values()].filter((each) => each.isDue(now)));
  }

  private beatQuietly(): void {
    this.beat(this.voteTtl).catch(() => undefined); // complained of already
  }

  private hear(text: string): void {
    const message = parseMessage(text);
    if (message === undefined || this.isClosed) return;
    const member = this.members.get(message.n);
    if (member?.heard(message, message.isForced) === true) this.line.add([member]);
  }

  /** Once for each time that the connection is lost. */
  private complain(fault: unknown): void {
    if (this.hasComplained || this.isClosed) return;
    this.hasComplained = true;
    this.scope.report(fault, 'the connection to Redis (until it is back, breakers decide alone)');
  }
}
