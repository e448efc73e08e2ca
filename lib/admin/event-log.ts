import type { EventRecord } from './event-record.js';

/** How many events of one breaker are kept. */
export const KEPT_EVENTS = 100;
/** Places that transitions keep, however many calls follow. */
const KEPT_MOVES = 50;

interface Entry {
  readonly number: number;
  readonly record: EventRecord;
}

/** The last events of one breaker. A flood of calls doesn't wash away what was done to it. */
export class EventLog {
  private readonly moves: Entry[] = [];
  private readonly calls: Entry[] = [];
  private count = 0;

  add(record: EventRecord, isMove: boolean): void {
    const entries = isMove ? this.moves : this.calls;
    entries.push({ number: this.count++, record });
    // cut off in pieces: an array that loses its head at each call is moved each time
    if (entries.length >= 2 * KEPT_EVENTS) entries.splice(0, KEPT_EVENTS);
  }

  /** Oldest first. */
  read(): readonly EventRecord[] {
    const moves = this.moves.slice(-Math.max(KEPT_MOVES, KEPT_EVENTS - this.calls.length));
    const calls = this.calls.slice(-(KEPT_EVENTS - moves.length));
    return [...moves, ...(moves.length === KEPT_EVENTS ? [] : calls)]
      .toSorted((one, other) => one.number - other.number)
      .map(({ record }) => record);
  }

  /** The last few transitions, newest first. */
  lastMoves(count: number): readonly EventRecord[] {
    return this.moves
      .slice(-count)
      .toReversed()
      .map(({ record }) => record);
  }
}
