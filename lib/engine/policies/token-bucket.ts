/** How fast a {@link TokenBucket} fills, and how much it holds. */
export interface Rate {
  /** Tokens that come in `interval` ms. */
  readonly limit: number;
  /** In ms. */
  readonly interval: number;
  /** Tokens that a full bucket holds. */
  readonly burst: number;
}

/** Of a millisecond: less than a clock's rounding may keep a caller out who comes back on time. */
const TOLERANCE = 1e-6;

/**
 * A token bucket (Turner, *New directions in communications*, 1986): tokens come in at an even rate and are kept up to
 * `burst`; each call takes one. Filled when it is read, from the time that has passed. A token is `interval` units
 * worth and a millisecond brings `limit` of them, so that with whole milliseconds nothing is ever rounded. O(1).
 */
export class TokenBucket {
  private level: number;

  constructor(
    private rate: Rate,
    private filledAt: number,
  ) {
    this.level = rate.burst * rate.interval;
  }

  /** Takes a token, if there is one. */
  take(now: number): boolean {
    this.fill(now);
    const { interval, limit } = this.rate;
    if (this.level + limit * TOLERANCE < interval) return false;
    this.level -= interval;
    return true;
  }

  /** Takes a taken token back. */
  putBack(): void {
    this.level = Math.min(this.level + this.rate.interval, this.rate.burst * this.rate.interval);
  }

  /** Whole ms from `now` until the how-manieth next token is there; 0 when it is. */
  waitFor(tokens: number, now: number): number {
    this.fill(now);
    const { interval, limit } = this.rate;
    return Math.max(0, Math.ceil((tokens * interval - this.level) / limit - TOLERANCE));
  }

  /** Goes on at another rate with the tokens that it has. */
  changeRate(rate: Rate, now: number): void {
    this.fill(now);
    const tokens = this.level / this.rate.interval;
    this.rate = rate;
    this.level = Math.min(tokens, rate.burst) * rate.interval;
  }

  private fill(now: number): void {
    const { limit, interval, burst } = this.rate;
    this.level = Math.min(burst * interval, this.level + (now - this.filledAt) * limit);
    this.filledAt = now;
  }
}
