/** What stands in a {@link WaitingLine}: it carries the links itself, so that joining and leaving allocate nothing. */
export interface Standing<T> {
  ahead: T | null;
  behind: T | null;
}

/** First come, first served; joining, being served and walking away from the middle are O(1). */
export class WaitingLine<T extends Standing<T>> {
  private head: T | null = null;
  private tail: T | null = null;
  private count = 0;

  get length(): number {
    return this.count;
  }

  get first(): T | null {
    return this.head;
  }

  join(one: T): void {
    one.ahead = this.tail;
    one.behind = null;
    if (this.tail === null) this.head = one;
    else this.tail.behind = one;
    this.tail = one;
    this.count++;
  }

  /** Leaves, from wherever it stands. */
  leave(one: T): void {
    const { ahead, behind } = one;
    if (ahead === null) this.head = behind;
    else ahead.behind = behind;
    if (behind === null) this.tail = ahead;
    else behind.ahead = ahead;
    one.ahead = null;
    one.behind = null;
    this.count--;
  }

  /** The one who has waited longest leaves. */
  next(): T | null {
    const { head } = this;
    if (head !== null) this.leave(head);
    return head;
  }
}
