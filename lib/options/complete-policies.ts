import { BULKHEAD_DEFAULTS, HEDGE_DEFAULTS, RATE_LIMITER_DEFAULTS, RETRY_DEFAULTS } from '../engine/index.js';
import type {
  BulkheadOptions, HedgeOptions, RateLimiterOptions, RetryOptions, TimeoutOptions,
} from '../engine/index.js'; // prettier-ignore
import { completed, pathOfMissing } from './complete.js';
import type { Complete } from './complete.js';
import type { BulkheadSaid, HedgeSaid, RateLimiterSaid, RetrySaid, TimeoutSaid } from './policy-schemas.js';

/** What isn't said is as by default. */
const filled =
  <Said extends { readonly [K in keyof Options]?: Options[K] | undefined }, Options extends object>(
    defaults: Options,
  ): Complete<Said, Options> =>
  ({ said, by }) =>
    completed<Options>({ ...defaults, ...said }, by);

export const completeBulkhead = filled<BulkheadSaid, BulkheadOptions>(BULKHEAD_DEFAULTS);
export const completeHedge = filled<HedgeSaid, HedgeOptions>(HEDGE_DEFAULTS);

export const completeRetry: Complete<RetrySaid, RetryOptions> = ({ said, by }) => {
  const { budget, ...rest } = said;
  const inFull = budget === false ? null : Object.freeze({ ...RETRY_DEFAULTS.budget, ...budget });
  return completed<RetryOptions>(
    { ...RETRY_DEFAULTS, ...(rest as object), budget: inFull as RetryOptions['budget'] },
    by,
  );
};

/** A time-out has no default: somebody has to say its duration. */
export const completeTimeout: Complete<TimeoutSaid, TimeoutOptions> = (merged, fault) => {
  const { duration, enabled = true } = merged.said;
  if (duration === undefined)
    fault({
      path: pathOfMissing(merged, 'duration'),
      message: "expected a duration such as 250 or '30s', got nothing",
    });
  return completed({ enabled, duration: duration ?? 1 }, merged.by);
};

/** Nor has a rate limiter a limit of its own. */
export const completeRateLimiter: Complete<RateLimiterSaid, RateLimiterOptions> = (merged, fault) => {
  const { said, by } = merged;
  if (said.limit === undefined)
    fault({ path: pathOfMissing(merged, 'limit'), message: 'expected a positive whole number, got nothing' });
  return completed<RateLimiterOptions>({ limit: 1, ...RATE_LIMITER_DEFAULTS, ...(said as object) }, by);
};
