import type { Clock, Timer } from '../clock.js';

/** What a {@link DeadlineList} keeps: linked into the list, so that adding and removing allocates nothing. */
export interface Deadline {
  due: number;
  previous: Deadline | null;
  next: Deadline | null;
  /** Called in the timer's context: whoever has work to do in the call's own must settle a promise made there. */
  expire(): void;
}

/**
 * The deadlines of all calls with one duration, in the order in which they began, which is that in which they are
 * due: one timer at the head serves them all (Varghese & Lauck, *Hashed and Hierarchical Timing Wheels*, 1987,
 * scheme 2). Adding and removing is O(1). The timer never keeps the process alive.
 */
export class DeadlineList {
  private head: Deadline | null = null;
  private tail: Deadline | null = null;
  private timer: Timer | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly duration: number,
  ) {}

  add(deadline: Deadline, now: number): void {
    deadline.due = now + this.duration;
    deadline.previous = this.tail;
    deadline.next = null;
    if (this.tail === null) this.head = deadline;
    else this.tail.next = deadline;
    this.tail = deadline;
    if (this.timer === null) this.arm(this.duration);
  }

  remove(deadline: Deadline): void {
    const { previous, next } = deadline;
    if (previous === null && this.head !== deadline) return; // not in the list
    if (previous === null) this.head = next;
    else previous.next = next;
    if (next === null) this.tail = previous;
    else next.previous = previous;
    deadline.previous = null;
    deadline.next = null;
    // the timer stays: it finds nothing due, and an empty list lets it go
  }

  private arm(delay: number): void {
    this.timer = this.clock.schedule(delay, this.fire, false);
  }

  private readonly fire = (): void => {
    this.timer = null;
    const now = this.clock.now();
    for (let head = this.head; head !== null && head.due <= now; head = this.head) {
      this.remove(head);
      head.expire();
    }
    // a timer may fire a little early: what isn't due by the clock waits for the next one
    if (this.head !== null && this.timer === null) this.arm(Math.max(1, Math.ceil(this.head.due - now)));
  };
}

const listsOf = new WeakMap<Clock, Map<number, DeadlineList>>();

/** Durations that keep a list of their own; more would be computed ones, which come and go. */
const MAX_LISTS = 1_000;

/** The list of a duration in ms, shared by all who live by the clock. */
export function deadlinesOf(clock: Clock, duration: number): DeadlineList {
  let lists = listsOf.get(clock);
  if (lists === undefined) listsOf.set(clock, (lists = new Map()));
  let list = lists.get(duration);
  if (list === undefined) {
    list = new DeadlineList(clock, duration);
    if (lists.size < MAX_LISTS) lists.set(duration, list);
  }
  return list;
}
