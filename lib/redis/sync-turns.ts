import type { CoordinatedBreaker } from '../engine/index.js';
import { IDLE_INTERVAL } from './presence.js';

/**
 * When a breaker is to look how its fleet stands: each time where something happens or somebody watches, else once in
 * every idle interval, at a place of its own in it, so that the many breakers of an instance don't all ask in the same
 * moment.
 */
export class SyncTurns {
  private readonly phase: number;
  private syncedAt = -Infinity;
  private seen = 0;

  constructor(private readonly breaker: CoordinatedBreaker) {
    this.phase = breaker.scope.random();
  }

  note(): void {
    this.syncedAt = this.breaker.scope.clock.now();
  }

  /** Whether it has been called since the last time that this was asked, or its turn has come. */
  isDue(now: number): boolean {
    const { calls, refused } = this.breaker.machine.ledger.tally;
    const isQuiet = calls + refused === this.seen;
    this.seen = calls + refused;
    return !isQuiet || this.breaker.scope.isWatched || this.turnAt(now) !== this.turnAt(this.syncedAt);
  }

  private turnAt(now: number): number {
    return Math.floor(now / IDLE_INTERVAL + this.phase);
  }
}
