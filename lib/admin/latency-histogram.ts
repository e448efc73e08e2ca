const SLOTS = 64;
/** Everything up to here shares the first slot, in ms. */
const LOWEST = 0.1;
/** Each slot ends a quarter later than the one before: the last one begins at about 100 s. */
const GROWTH = Math.log(1.25);

/** How many calls took how long, on a logarithmic scale. */
export type LatencyCounts = Uint32Array;

export const noLatencies = (): LatencyCounts => new Uint32Array(SLOTS);

/** The slot of a duration in ms. */
export function slotOf(duration: number): number {
  if (!(duration > LOWEST)) return 0;
  return Math.min(SLOTS - 1, 1 + Math.floor(Math.log(duration / LOWEST) / GROWTH));
}

/**
 * The duration in ms that a share of calls stayed under, or `null` of no calls. Exact to an eighth: within a slot the
 * calls are taken to be spread evenly.
 */
export function quantile(counts: LatencyCounts, share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let rest = share * total;
  for (const [slot, count] of counts.entries()) {
    if (rest <= count) return between(slot, rest / count);
    rest -= count;
  }
  return between(SLOTS - 1, 1);
}

function between(slot: number, share: number): number {
  const to = LOWEST * Math.exp(slot * GROWTH);
  const from = slot === 0 ? 0 : to / Math.exp(GROWTH);
  return from + (to - from) * share;
}
