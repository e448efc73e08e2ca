import type { Timer } from '../clock.js';
import { RateLimitedError, withoutStack } from '../errors.js';
import type { Frame } from '../frame.js';
import { Policy } from '../policy.js';
import type { Scope } from '../scope.js';
import { TokenBucket } from './token-bucket.js';
import type { Rate } from './token-bucket.js';
import { TurnFrame } from './turn-frame.js';
import type { Turnstile } from './turn-frame.js';
import { WaitingLine } from './waiting-line.js';

/** Complete, checked options of a rate limiter. */
export interface RateLimiterOptions {
  readonly enabled: boolean;
  /** Calls that may begin in `interval` ms, in the long run. */
  readonly limit: number;
  /** In ms. */
  readonly interval: number;
  /** Calls that may begin at once after a pause; `null`: `limit`. */
  readonly burst: number | null;
  /** How long a call may wait for its turn, in ms; `null`: not at all. */
  readonly maxWait: number | null;
}

/** There is no limit that suits everybody. */
export const RATE_LIMITER_DEFAULTS: Omit<RateLimiterOptions, 'limit'> = Object.freeze({
  enabled: true,
  interval: 1_000,
  burst: null,
  maxWait: null,
});

/**
 * Lets calls begin at an even rate, with bursts of a bounded size: a token bucket. A call without a token is refused,
 * with the time at which there is one for it, or waits where that comes soon enough: first come, first served. One
 * timer serves all who wait; nobody waiting, there is none.
 */
export class RateLimiterPolicy extends Policy implements Turnstile {
  readonly policy = 'rate_limiter';
  private readonly line = new WaitingLine<TurnFrame>();
  private readonly bucket: TokenBucket;
  private timer: Timer | null = null;

  constructor(
    name: string,
    private current: RateLimiterOptions,
    scope: Scope,
  ) {
    super(name, scope);
    this.bucket = new TokenBucket(rateOf(current), scope.clock.now());
  }

  get options(): RateLimiterOptions {
    return this.current;
  }

  /** Calls that wait for their turn. */
  get queued(): number {
    return this.line.length;
  }

  /** @internal A new rate holds at once, for those who wait, too. */
  update(options: RateLimiterOptions): void {
    this.current = options;
    this.bucket.changeRate(rateOf(options), this.scope.clock.now());
    this.admit();
  }

  /** @internal */
  frame(inner: Frame): Frame {
    return new TurnFrame(this, inner);
  }

  /** @internal */
  get isOff(): boolean {
    return !this.scope.enabled || !this.current.enabled;
  }

  /** @internal */
  take(now: number): boolean {
    return this.line.length === 0 && this.bucket.take(now);
  }

  /** @internal Its call was cancelled before it began. */
  giveBack(): void {
    this.bucket.putBack();
    this.admit();
  }

  /** @internal */
  hasRoom(now: number): boolean {
    const { maxWait } = this.current;
    return maxWait !== null && this.waitFor(now) <= maxWait;
  }

  /** @internal */
  join(call: TurnFrame, now: number): void {
    this.line.join(call);
    if (this.timer === null) this.arm(now);
  }

  /** @internal */
  leave(call: TurnFrame): void {
    this.line.leave(call);
    if (this.line.length === 0) this.disarm();
  }

  /** @internal */
  refusal(now: number): RateLimitedError {
    const retryAfter = this.waitFor(now);
    const make = () => new RateLimitedError(this.name, retryAfter);
    return this.scope.refusalStacks ? make() : withoutStack(make);
  }

  /** The wait in ms of a call that would join the line. */
  private waitFor(now: number): number {
    return this.bucket.waitFor(this.line.length + 1, now);
  }

  private readonly admit = (): void => {
    this.disarm();
    const now = this.scope.clock.now();
    for (let call = this.line.first; call !== null; call = this.line.first) {
      if (!this.isOff && !this.bucket.take(now)) {
        this.arm(now);
        return;
      }
      this.line.leave(call);
      call.call();
    }
  };

  private arm(now: number): void {
    // somebody waits for the answer: the process has to live that long
    this.timer = this.scope.clock.schedule(Math.max(1, this.bucket.waitFor(1, now)), this.admit, true);
  }

  private disarm(): void {
    this.timer?.cancel();
    this.timer = null;
  }
}

const rateOf = ({ limit, interval, burst }: RateLimiterOptions): Rate => ({ limit, interval, burst: burst ?? limit });
