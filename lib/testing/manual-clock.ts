import type { Clock, Timer } from '../engine/index.js';

interface Entry extends Timer {
  readonly due: number;
  readonly order: number;
  readonly task: () => void;
}

/** Turns of the microtask queue that {@link ManualClock.advance} lets pass between two tasks. */
const TURNS = 50;

/**
 * A clock that stands still until a test moves it. `now()` starts at 0; the wall clock starts at the epoch given.
 */
export class ManualClock implements Clock {
  readonly isManual = true;
  private readonly entries = new Set<Entry>();
  private time = 0;
  private order = 0;
  private wallOffset: number;

  constructor(startOfWall: Date | number = Date.UTC(2026, 0, 1)) {
    this.wallOffset = Number(startOfWall);
  }

  now(): number {
    return this.time;
  }

  wall(): number {
    return this.time + this.wallOffset;
  }

  /** How many tasks are waiting. */
  get pending(): number {
    return this.entries.size;
  }

  schedule(delay: number, task: () => void): Timer {
    const entry: Entry = {
      due: this.time + Math.max(0, delay),
      order: this.order++,
      task,
      cancel: () => void this.entries.delete(entry),
    };
    this.entries.add(entry);
    return entry;
  }

  /**
   * Moves time on by `ms`: runs what is due, in order, at the moment at which it is due, and lets promises run in
   * between.
   * @throws {RangeError} when asked to go back; {@link stepWall} does that to the wall clock
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`advance: expected a duration of at least 0 ms, got ${ms}`);
    const end = this.time + ms;
    await this.settle();
    for (let entry = this.nextBy(end); entry !== undefined; entry = this.nextBy(end)) {
      this.entries.delete(entry);
      this.time = Math.max(this.time, entry.due);
      entry.task();
      await this.settle();
    }
    this.time = end;
    await this.settle();
  }

  /** Moves only the wall clock, as a time server or an operator would; negative steps back. */
  stepWall(ms: number): void {
    this.wallOffset += ms;
  }

  private nextBy(end: number): Entry | undefined {
    let next: Entry | undefined;
    for (const entry of this.entries) {
      if (entry.due > end) continue;
      if (next === undefined || entry.due < next.due || (entry.due === next.due && entry.order < next.order))
        next = entry;
    }
    return next;
  }

  private async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
  }
}
