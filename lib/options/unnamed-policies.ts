import {
  BulkheadPolicy, FallbackPolicy, HedgePolicy, RateLimiterPolicy, RetryPolicy, TimeoutPolicy,
} from '../engine/index.js'; // prettier-ignore
import type { ErrorMatcher, FallbackHandler } from '../engine/index.js';
import {
  completeBulkhead,
  completeHedge,
  completeRateLimiter,
  completeRetry,
  completeTimeout,
} from './complete-policies.js';
import type { Duration } from './duration.js';
import { Complaint } from './complaint.js';
import type { Reader } from './complaint.js';
import { completeAlone } from './complete-alone.js';
import { completed } from './complete.js';
import { code, option } from './fields.js';
import type {
  BulkheadOptionsInput, HedgeOptionsInput, RateLimiterOptionsInput, RetryOptionsInput, TimeoutOptionsInput,
} from './policy-inputs.js'; // prettier-ignore
import { bulkheadSchema, hedgeSchema, rateLimiterSchema, retrySchema, timeoutSchema } from './policy-schemas.js';
import { readFunctions } from './readers.js';
import { strictObject } from './strict-object.js';
import { scopeOf } from './surroundings.js';
import type { Surroundings } from './surroundings.js';

/**
 * An unnamed retry policy.
 * @throws {@link OptionsError} with all that is wrong with the options; so do the others
 */
export function retry(options: RetryOptionsInput = {}, surroundings?: Surroundings): RetryPolicy {
  return new RetryPolicy('', completeAlone('retry', retrySchema, completeRetry, options), scopeOf(surroundings));
}

/** An unnamed time-out. */
export function timeout(limit: Duration | TimeoutOptionsInput, surroundings?: Surroundings): TimeoutPolicy {
  const options = typeof limit === 'object' ? limit : { duration: limit };
  return new TimeoutPolicy(
    '',
    completeAlone('timeout', timeoutSchema, completeTimeout, options),
    scopeOf(surroundings),
  );
}

/** An unnamed bulkhead: calls at once, or options. */
export function bulkhead(limit: number | BulkheadOptionsInput = {}, surroundings?: Surroundings): BulkheadPolicy {
  const options = typeof limit === 'object' ? limit : { maxConcurrent: limit };
  return new BulkheadPolicy(
    '',
    completeAlone('bulkhead', bulkheadSchema, completeBulkhead, options),
    scopeOf(surroundings),
  );
}

/** An unnamed rate limiter. */
export function rateLimiter(options: RateLimiterOptionsInput = {}, surroundings?: Surroundings): RateLimiterPolicy {
  const complete = completeAlone('rateLimiter', rateLimiterSchema, completeRateLimiter, options);
  return new RateLimiterPolicy('', complete, scopeOf(surroundings));
}

/** An unnamed hedge. */
export function hedge(options: HedgeOptionsInput = {}, surroundings?: Surroundings): HedgePolicy {
  return new HedgePolicy('', completeAlone('hedge', hedgeSchema, completeHedge, options), scopeOf(surroundings));
}

/** What may be said of a fallback besides its handlers. */
export interface FallbackOptionsInput extends Surroundings {
  /** Which errors are answered: classes or predicates, one or several. @default all */
  readonly on?: ErrorMatcher | readonly ErrorMatcher[] | undefined;
}

const readHandlers: Reader<readonly FallbackHandler[]> = (value) =>
  Array.isArray(value) && value.length === 0
    ? new Complaint('expected a function, one or a list, got an empty list')
    : readFunctions<FallbackHandler>('a function')(value);

const fallbackSchema = strictObject({
  handlers: code(readHandlers),
  on: option(code(readFunctions<ErrorMatcher>('an error class or a predicate')), 'Which errors are answered.'),
});

/** An unnamed fallback: handlers get `(error, context)` and are tried in turn, each with the error of the one before. */
export function fallback(
  handlers: FallbackHandler | readonly FallbackHandler[],
  { on, ...surroundings }: FallbackOptionsInput = {},
): FallbackPolicy {
  const complete = completeAlone(
    'fallback',
    fallbackSchema,
    ({ said, by }) => completed({ handlers: said.handlers, on: said.on ?? [] }, by),
    { handlers, on },
  );
  return new FallbackPolicy('', complete, scopeOf(surroundings));
}
