import type { CircuitState, CoordinatedBreaker, FleetSummary } from '../engine/index.js';
import type { FleetLink } from './fleet-link.js';

/** How often a closed breaker that nobody calls looks how the fleet stands, in ms. */
export const IDLE_INTERVAL = 30_000;

/** What an instance tells of its own state, along with whatever else it says, and how many it heard are in which. */
export class Presence {
  private heard: FleetSummary | null = null;
  private told: CircuitState | null = null;
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

  /** For the end of a request: who asks, how it stands there, and how long to believe that, in ms. */
  say(): readonly [id: string, state: CircuitState | '', ttl: number] {
    const { id, voteTtl } = this.link;
    if (this.isOver) return [id, '', 0];
    this.told = this.state;
    return [id, this.told, this.told === 'closed' ? IDLE_INTERVAL + voteTtl : voteTtl];
  }

  hear(fleet: FleetSummary | null): void {
    this.heard = fleet ?? this.heard;
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
