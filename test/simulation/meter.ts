/** Counts by the second. */
export class Meter {
  private readonly seconds = new Map<string, number[]>();

  constructor(private readonly now: () => number) {}

  count(what: string, times = 1): void {
    let counts = this.seconds.get(what);
    if (counts === undefined) this.seconds.set(what, (counts = []));
    const second = Math.floor(this.now() / 1_000);
    counts[second] = (counts[second] ?? 0) + times;
  }

  /** Of one kind, or of all whose names begin so, in each second of a span. */
  perSecond(what: string, from = 0, to = this.now() / 1_000): number[] {
    const sums = Array.from({ length: Math.ceil(to) - from }, () => 0);
    for (const [name, counts] of this.seconds) {
      if (!name.startsWith(what)) continue;
      for (let second = from; second < Math.ceil(to); second++) sums[second - from]! += counts[second] ?? 0;
    }
    return sums;
  }

  total(what: string, from?: number, to?: number): number {
    return this.perSecond(what, from, to).reduce((sum, each) => sum + each, 0);
  }

  peak(what: string, from?: number, to?: number): number {
    return Math.max(0, ...this.perSecond(what, from, to));
  }
}
