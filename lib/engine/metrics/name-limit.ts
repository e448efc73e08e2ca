const LONGEST = 120;

/**
 * Keeps the values of a label few: the first names to come keep theirs, all later ones share one. A name once seen
 * keeps its place for good, since what was counted under it stays too.
 */
export class NameLimit {
  private readonly names = new Set<string>();

  constructor(
    private readonly max: number,
    /** What all names beyond the limit are called. */
    readonly rest = '_other',
  ) {}

  labelOf(name: string): string {
    const label = name.slice(0, LONGEST);
    if (this.names.has(label)) return label;
    if (this.names.size >= this.max) return this.rest;
    this.names.add(label);
    return label;
  }
}
