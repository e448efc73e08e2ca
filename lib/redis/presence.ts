import type { CircuitState, CoordinatedBreaker, FleetSummary } from '../engine/index.js';
import type { Answer } from './answer.js';
import type { FleetLink } from './fleet-link.js';

/** How often a closed breaker that nobody calls looks how the fleet stands, in ms. */
export const IDLE_INTERVAL = 30_000;

/** What an instance tells of its own state, along with whatever else it says, and how many it heard are in which. */
export class Presence {
  private heard: FleetSummary | null = null;
  private told: CircuitState | null = null;
  /** Until then what was told needs no renewal. */
  private freshUntil = -Infinity;
  private incarnation: string | null = null;
  private isOver = false;

  constructor(
    private readonly breaker: CoordinatedBreaker,
    private readonly link: FleetLink,
  ) {}

  get hasLeft(): boolean {
    return this.isOver;
  }

  /** The last word that was sent is still true. */
  get isTold(): boolean {
    return this.told === this.state;
  }

  /** As last heard; of those that fell silent, the closed ones are missed last: there can't be more than are alive. */
  get fleet(): FleetSummary | null {
    const { heard } = this;
    if (heard === null) return null;
    const others = Object.values(heard).reduce((sum, each) => sum + each, -heard.closed);
    return Object.freeze({ ...heard, closed: Math.max(0, Math.min(heard.closed, this.link.instances - others)) });
  }

  /** For the end of a request, where it is news or grows old: who asks, how it stands there, and how long that holds. */
  say(): readonly (string | number)[] {
    const { id, voteTtl } = this.link;
    if (this.isOver) return [id, '', 0];
    const now = this.breaker.scope.clock.now();
    if (this.isTold && now < this.freshUntil) return [];
    this.told = this.state;
    // a word that was still fresh may be followed by an idle interval's silence
    const ttl = this.told === 'closed' ? 2 * IDLE_INTERVAL + voteTtl : voteTtl;
    this.freshUntil = now + ttl / 3;
    return [id, this.told, ttl];
  }

  hear({ fleet, i }: Answer): void {
    this.heard = fleet ?? this.heard;
    // another memory knows nothing of what the last one was told
    if (this.incarnation !== null && this.incarnation !== i) this.told = null;
    this.incarnation = i;
  }

  /** What was said last has not arrived, as far as is known. */
  lost(): void {
    this.told = null;
  }

  /** From now on every word is a farewell. */
  leave(): void {
    this.isOver = true;
  }

  private get state(): CircuitState {
    const { machine, scope } = this.breaker;
    return scope.enabled ? machine.stay.kind : 'disabled';
  }
}
