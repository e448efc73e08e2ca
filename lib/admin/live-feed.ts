import { currentDate } from '../engine/index.js';
import type { Clock, PolicyRegistry, Timer } from '../engine/index.js';
import { BreakerSight } from './breaker-view.js';
import { LiveClient, textOf } from './live-client.js';
import type { Output, Part } from './live-client.js';
import type { Recorder } from './recorder.js';
import type { Redaction } from './redaction.js';

/** Two frames a second. */
const FRAME = 500;
/** A heartbeat every five seconds. */
const FRAMES_PER_BEAT = 10;
/** A client that takes nothing for a minute is gone. */
const MAX_STALLED = 120;
const MAX_MOVES = 100;

interface Known {
  readonly mark: string;
  readonly options: object;
}

/**
 * The event stream. Twice a second it looks which breakers have changed, and writes each of them once, for all clients
 * together. Without a client there is no timer, and nobody looks.
 */
export class LiveFeed {
  private readonly clients = new Set<LiveClient>();
  private readonly known = new Map<string, Known>();
  private moves: string[] = [];
  private timer: Timer | undefined;
  private frames = 0;
  private isClosed = false;
  private readonly clock: Clock;

  constructor(
    private readonly registry: PolicyRegistry,
    private readonly recorder: Recorder,
    private readonly redaction: Redaction,
    private readonly maxConnections: number,
  ) {
    this.clock = registry.scope.clock;
  }

  get connections(): number {
    return this.clients.size;
  }

  /** Whether one more client may come. */
  get hasRoom(): boolean {
    return !this.isClosed && this.clients.size < this.maxConnections;
  }

  /** Begins to serve a client with the whole; answers what to do when it goes. */
  connect(output: Output): () => void {
    const client = new LiveClient(output);
    if (this.clients.size === 0) this.wake();
    this.clients.add(client);
    client.send('snapshot', `{${this.stand()},"breakers":[${this.whole().join()}]}`);
    return () => this.leave(client);
  }

  /** Ends all streams, and takes no more clients. */
  close(): void {
    this.isClosed = true;
    for (const client of [...this.clients]) {
      this.leave(client);
      client.end();
    }
  }

  private leave(client: LiveClient): void {
    this.clients.delete(client);
    if (this.clients.size > 0) return;
    this.registry.scope.isWatched = false;
    this.timer?.cancel();
    this.timer = undefined;
    this.recorder.onMove = undefined;
    this.moves = [];
    this.known.clear();
  }

  private wake(): void {
    this.registry.scope.isWatched = true;
    this.look();
    this.recorder.onMove = (record) => {
      this.moves.push(JSON.stringify(record));
      if (this.moves.length > MAX_MOVES) this.moves.shift();
    };
    this.schedule();
  }

  private schedule(): void {
    this.timer = this.clock.schedule(FRAME, this.frame, false);
  }

  private readonly frame = (): void => {
    this.schedule();
    const { changed, removed } = this.look();
    const moves = this.moves;
    this.moves = [];
    const stand = this.stand();
    const isBeat = ++this.frames % FRAMES_PER_BEAT === 0;
    for (const client of [...this.clients]) {
      client.take({ changed, removed, moves }, stand);
      if (isBeat) client.beat(`{${stand}}`);
      if (client.stalled <= MAX_STALLED) continue;
      this.leave(client);
      client.end();
    }
  };

  /** What has changed since the last look. */
  private look(): { changed: ReadonlyMap<string, Part>; removed: readonly string[] } {
    const changed = new Map<string, Part>();
    const gone = new Set(this.known.keys());
    for (const breaker of this.registry.circuitBreakers()) {
      const sight = new BreakerSight(breaker, this.clock);
      const known = this.known.get(breaker.name);
      gone.delete(breaker.name);
      const isOld = known?.options === sight.optionsObject;
      if (isOld && known.mark === sight.mark) continue;
      this.known.set(breaker.name, { mark: sight.mark, options: sight.optionsObject });
      const part = this.clients.size > 0 ? this.partOf(sight, isOld) : undefined;
      if (part !== undefined) changed.set(breaker.name, part);
    }
    for (const name of gone) this.known.delete(name);
    return { changed, removed: [...gone] };
  }

  /** `undefined` where something in it cannot be written as JSON: the others are told of all the same. */
  private partOf(sight: BreakerSight, hasOldOptions: boolean): Part | undefined {
    try {
      return {
        view: sight.viewText(this.recorder, this.redaction),
        options: hasOldOptions ? undefined : sight.optionsText(this.redaction),
      };
    } catch (fault) {
      this.registry.scope.report(fault, 'the event stream of the admin API');
      return undefined;
    }
  }

  private whole(): readonly string[] {
    return this.registry
      .circuitBreakers()
      .map((breaker) => this.partOf(new BreakerSight(breaker, this.clock), false))
      .filter((part) => part !== undefined)
      .map(textOf);
  }

  private stand(): string {
    return `"at":${JSON.stringify(currentDate(this.clock))},"summary":${JSON.stringify(this.registry.summary())}`;
  }
}
