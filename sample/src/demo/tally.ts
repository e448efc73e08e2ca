/** What a customer experienced. `slow`: a full answer, but one that was waited for. */
export type Experience = 'ok' | 'fallback' | 'slow' | 'error';

export const EXPERIENCES: readonly Experience[] = ['ok', 'fallback', 'slow', 'error'];

/** From here on, in ms, a customer calls it slow. */
export const SLOW = 400;

type Counts = Readonly<Record<Experience, number>>;

/** What happened to a group of orders. */
export interface Summary {
  readonly orders: number;
  readonly counts: Counts;
  /** Milliseconds; 0 with no orders. */
  readonly p50: number;
  readonly p95: number;
  readonly longest: number;
  /** All waiting of all customers, in ms. */
  readonly waited: number;
}

/** Counts how orders went. */
export class Tally {
  private readonly counts: Record<Experience, number> = { ok: 0, fallback: 0, slow: 0, error: 0 };
  private readonly durations: number[] = [];

  add(experience: Experience, took: number): void {
    this.counts[experience] += 1;
    this.durations.push(took);
  }

  summary(): Summary {
    const sorted = this.durations.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
      orders: sorted.length,
      counts: { ...this.counts },
      p50: at(0.5),
      p95: at(0.95),
      longest: sorted.at(-1) ?? 0,
      waited: sorted.reduce((sum, each) => sum + each, 0),
    };
  }
}
