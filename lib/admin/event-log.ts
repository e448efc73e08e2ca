import type { PolicyEvent } from '../engine/index.js';
import type { EventRecord } from './event-record.js';

/** How many events of one breaker are kept. */
export const KEPT_EVENTS = 100;
/** Places that transitions keep, however many calls follow. */
const KEPT_MOVES = 50;

interface Entry<T> {
  readonly number: number;
  readonly kept: T;
}

/** The last events of one breaker. A flood of calls doesn't wash away what was done to it. */
export class EventLog {
  private readonly moves: Entry<EventRecord>[] = [];
  private readonly calls: Entry<EventRecord | PolicyEvent>[] = [];
  private count = 0;

  move(record: EventRecord): void {
    this.moves.push({ number: this.count++, kept: record });
    shorten(this.moves);
  }

  /** What became of a call; an event that holds nothing but plain data may be kept as it is. */
  call(kept: EventRecord | PolicyEvent): void {
    this.calls.push({ number: this.count++, kept });
    shorten(this.calls);
  }

  /** Oldest first. */
  read(): readonly (EventRecord | PolicyEvent)[] {
    const moves = this.moves.slice(-Math.max(KEPT_MOVES, KEPT_EVENTS - this.calls.length));
    const calls = this.calls.slice(-(KEPT_EVENTS - moves.length));
    return [...moves, ...(moves.length === KEPT_EVENTS ? [] : calls)]
      .toSorted((one, other) => one.number - other.number)
      .map(({ kept }) => kept);
  }

  /** The last few transitions, newest first. */
  lastMoves(count: number): readonly EventRecord[] {
    return this.moves
      .slice(-count)
      .toReversed()
      .map(({ kept }) => kept);
  }
}

/** Cut off in pieces: an array that loses its head at each call is moved each time. */
function shorten(entries: unknown[]): void {
  if (entries.length >= 2 * KEPT_EVENTS) entries.splice(0, KEPT_EVENTS);
}
