/** Steps for each doubling: a value is known to within a tenth. */
const STEPS = 8;
const SIZE = 1 + 31 * STEPS;

/**
 * How values from 0 to 2³¹ are distributed, in steps of a tenth; recording is O(1), memory 1 kB however many there are.
 */
export class LogHistogram {
  private readonly counts = new Uint32Array(SIZE);
  private total = 0;
  private largest = 0;

  get count(): number {
    return this.total;
  }

  get max(): number {
    return this.largest;
  }

  record(value: number): void {
    const step = value < 1 ? 0 : 1 + Math.floor(Math.log2(value) * STEPS);
    (this.counts[Math.min(step, SIZE - 1)] as number) += 1;
    this.total++;
    if (value > this.largest) this.largest = value;
  }

  /** The value that a share `quantile` of all don't exceed, rounded up to the step; 0 without values. */
  quantile(quantile: number): number {
    const rank = Math.ceil(this.total * quantile);
    let step = 0;
    for (let seen = this.counts[0] as number; seen < rank; seen += this.counts[step] as number) step++;
    return Math.min(this.largest, 2 ** (step / STEPS));
  }
}
