import type { CircuitState, PolicyKind, PolicyRegistry, Timer } from '../engine/index.js';
import { sentenceCase } from './event-text.js';

/** How often refusals are summed up, in ms. */
const INTERVAL = 10_000;

const REFUSING: ReadonlySet<CircuitState> = new Set<CircuitState>(['open', 'half_open', 'isolated']);

interface Tally {
  refused: number;
  at: number;
}

/**
 * Sums up what breakers have refused, from their totals, and counts what bulkheads and rate limiters refuse. It looks
 * while there is something to see, by one timer that keeps no process alive, and once more when that ends.
 */
export class RefusalWatch {
  /** Refusals already said, and when, by breaker. */
  private readonly said = new Map<string, Tally>();
  /** Refusals not yet said, and since when, by bulkhead or rate limiter. */
  private readonly turnedAway = new Map<string, Tally>();
  private timer: Timer | undefined;

  constructor(
    private readonly registry: PolicyRegistry,
    private readonly write: (text: string) => void,
  ) {
    registry.scope.onTurnedAway = (policy, name) => this.count(policy, name);
  }

  /** The breaker has changed. */
  look(name: string): void {
    const breaker = this.registry.find(name);
    if (breaker === undefined) {
      this.said.delete(name);
      return;
    }
    const isRefusing = REFUSING.has(breaker.state);
    const known = this.said.get(name);
    if (known === undefined) {
      if (isRefusing) this.said.set(name, { refused: breaker.snapshot().totals.refused, at: this.now() });
    } else if (!isRefusing) {
      this.say(name, known);
      this.said.delete(name);
    }
    this.arm();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.registry.scope.onTurnedAway = null;
    for (const [name, known] of this.said) this.say(name, known);
    this.said.clear();
    this.sayTurnedAway();
  }

  private count(policy: PolicyKind, name: string): void {
    const who = `${sentenceCase(policy)} "${name}"`;
    const known = this.turnedAway.get(who);
    if (known === undefined) this.turnedAway.set(who, { refused: 1, at: this.now() });
    else known.refused++;
    this.arm();
  }

  private sayTurnedAway(): void {
    for (const [who, { refused, at }] of this.turnedAway) this.tell(who, refused, at);
    this.turnedAway.clear();
  }

  private readonly sumUp = (): void => {
    this.timer = undefined;
    for (const [name, known] of this.said) {
      this.say(name, known);
      this.look(name);
    }
    this.sayTurnedAway();
    this.arm();
  };

  private say(name: string, known: { refused: number; at: number }): void {
    const total = this.registry.find(name)?.snapshot().totals.refused ?? 0;
    const count = total - known.refused;
    const since = known.at;
    known.refused = total;
    known.at = this.now();
    this.tell(`Circuit breaker "${name}"`, count, since);
  }

  private tell(who: string, count: number, since: number): void {
    if (count <= 0) return; // none, or the totals were reset
    const seconds = Math.max(1, Math.round((this.now() - since) / 1_000));
    const calls = count === 1 ? '1 call' : `${count.toLocaleString('en-US')} calls`;
    this.write(`${who}: ${calls} refused in ${seconds} s`);
  }

  private arm(): void {
    if (this.said.size + this.turnedAway.size > 0)
      this.timer ??= this.registry.scope.clock.schedule(INTERVAL, this.sumUp, false);
  }

  private now(): number {
    return this.registry.scope.clock.now();
  }
}
