/** Who is in until when: a sorted set of expiries, as the scripts keep them. */
export class Expiries {
  private readonly ends = new Map<string, number>();
  /** Nothing ends before this. */
  private soonest = Infinity;

  /** @param ended hears whose time is up */
  constructor(private readonly ended?: (id: string) => void) {}

  get size(): number {
    return this.ends.size;
  }

  get(id: string): number | undefined {
    return this.ends.get(id);
  }

  /** The first to end. */
  get first(): number | undefined {
    return this.ends.size === 0 ? undefined : Math.min(...this.ends.values());
  }

  add(id: string, end: number): void {
    this.ends.set(id, end);
    this.soonest = Math.min(this.soonest, end);
  }

  remove(id: string): boolean {
    return this.ends.delete(id);
  }

  clear(): void {
    this.ends.clear();
    this.soonest = Infinity;
  }

  prune(now: number): void {
    if (now < this.soonest) return;
    let soonest = Infinity;
    for (const [id, end] of this.ends) {
      if (end > now) soonest = Math.min(soonest, end);
      else {
        this.ends.delete(id);
        this.ended?.(id);
      }
    }
    this.soonest = soonest;
  }
}
