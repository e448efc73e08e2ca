/** How many retries there may be, besides the calls themselves. */
export interface RetryBudgetOptions {
  /** Retries for each call, over 0 and up to 1. */
  readonly ratio: number;
  /** Retries in a minute that are always granted, however few the calls. */
  readonly minPerMinute: number;
}

const BUCKETS = 60;
const BUCKET_DURATION = 1_000;

/**
 * Keeps retries from multiplying the load on a service that is down: within the last minute there are at most
 * `max(minPerMinute, ratio × calls)` of them, where calls are first tries, so that a ratio of 0.2 adds a fifth to the
 * load at the worst (as the client budgets of *Site Reliability Engineering*, 2016, ch. 21). A retry is spent when it
 * is granted. The minute is counted in seconds, each forgotten whole when it began a minute ago. O(1) a call, and a
 * kilobyte a policy from its first call on.
 */
export class RetryBudget {
  private readonly calls = new Tally();
  private readonly retries = new Tally();

  /** A call has begun. */
  call(now: number): void {
    this.calls.add(now);
  }

  /** Takes leave for one retry, if there is any. */
  spend(now: number, { ratio, minPerMinute }: RetryBudgetOptions): boolean {
    const limit = Math.max(minPerMinute, ratio * this.calls.total(now));
    if (this.retries.total(now) + 1 > limit) return false;
    this.retries.add(now);
    return true;
  }
}

/** How often something happened within the last minute. */
class Tally {
  private readonly counts = new Uint32Array(BUCKETS);
  private sum = 0;
  /** The number of the newest second. */
  private newest = 0;

  add(now: number): void {
    this.forget(now);
    const index = this.newest % BUCKETS;
    this.counts[index] = (this.counts[index] as number) + 1;
    this.sum++;
  }

  total(now: number): number {
    this.forget(now);
    return this.sum;
  }

  private forget(now: number): void {
    const second = Math.floor(now / BUCKET_DURATION);
    if (second <= this.newest) return;
    const first = Math.max(this.newest + 1, second - BUCKETS + 1);
    for (let each = first; each <= second; each++) {
      this.sum -= this.counts[each % BUCKETS] as number;
      this.counts[each % BUCKETS] = 0;
    }
    this.newest = second;
  }
}
