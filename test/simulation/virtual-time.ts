import type { Clock, Timer } from '../../lib/engine/index.js';

class Task implements Timer {
  isCancelled = false;

  constructor(
    readonly due: number,
    readonly order: number,
    readonly run: () => void,
  ) {}

  cancel(): void {
    this.isCancelled = true;
  }

  isBefore(other: Task): boolean {
    return this.due < other.due || (this.due === other.due && this.order < other.order);
  }
}

const START_OF_WALL = Date.UTC(2026, 0, 1);
/** Turns asked of the event loop at a time: one by one they cost several times as much. */
const TURNS = 64;

/**
 * The clock of all instances at once. It jumps from one task to the next (a binary heap), and between two of them
 * every promise runs to its end: a turn of the event loop lies between.
 */
export class VirtualTime implements Clock {
  private readonly heap: Task[] = [];
  private time = 0;
  private order = 0;
  private failure: { readonly fault: unknown } | undefined;

  now(): number {
    return this.time;
  }

  wall(): number {
    return START_OF_WALL + this.time;
  }

  schedule(delay: number, run: () => void): Timer {
    const task = new Task(this.time + Math.max(0, delay), this.order++, run);
    const { heap } = this;
    let at = heap.push(task) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (heap[above]!.isBefore(task)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = task;
    return task;
  }

  /** Runs what is due until then. */
  async advanceTo(end: number): Promise<void> {
    let isOver = false;
    const turn = (): void => {
      if (isOver) return;
      const task = this.takeUntil(end);
      if (task === undefined) {
        isOver = true;
        return;
      }
      this.time = task.due;
      try {
        task.run();
      } catch (fault) {
        this.failure = { fault };
        isOver = true;
      }
    };
    while (!isOver) {
      for (let i = 1; i < TURNS; i++) setImmediate(turn);
      await new Promise<void>((resolve) => setImmediate(() => resolve(turn())));
    }
    if (this.failure !== undefined) throw this.failure.fault;
    this.time = end;
  }

  private takeUntil(end: number): Task | undefined {
    for (let first = this.heap[0]; first !== undefined && first.due <= end; first = this.heap[0]) {
      this.removeFirst();
      if (!first.isCancelled) return first;
    }
    return undefined;
  }

  private removeFirst(): void {
    const { heap } = this;
    const last = heap.pop()!;
    const { length } = heap;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= length) break;
      if (below + 1 < length && heap[below + 1]!.isBefore(heap[below]!)) below++;
      if (last.isBefore(heap[below]!)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
  }
}
