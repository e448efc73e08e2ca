import type { z } from 'zod';

import type { CallContext, ErrorMatcher } from '../engine/index.js';
import { Complaint } from './complaint.js';
import { parseDuration, readDurationOrZero } from './duration.js';
import { callback, choiceOr, code, count, docs, duration, flag, option, choice, ratio, ratioOr } from './fields.js';
import { preview } from './preview.js';
import type {
  BackoffInput, BulkheadOptionsInput, HedgeOptionsInput, RateLimiterOptionsInput, RetryOptionsInput,
  TimeoutOptionsInput,
} from './policy-inputs.js'; // prettier-ignore
import { isFalse, readChoice, readFunctions, readRatio } from './readers.js';
import { strictObject } from './strict-object.js';

type Shape<Input> = Record<keyof Input, z.ZodType>;
type Said<S extends z.ZodType> = { readonly [K in keyof z.output<S>]: z.output<S>[K] };

const enabled = (off: string) => option(flag(), `false: ${off}.`, true);
const matchers = () => code(readFunctions<ErrorMatcher>('an error class or a predicate'));

type BackoffWord = 'constant' | 'linear' | 'exponential';
export type Backoff = (attempt: number, error: unknown, context: CallContext) => number;

const BACKOFFS = ['constant', 'linear', 'exponential'] as const;
const readBackoffWord = readChoice(BACKOFFS);
const wrapped = new WeakMap<BackoffInput, Backoff>();

function readBackoff(value: unknown): BackoffWord | Backoff | Complaint {
  if (typeof value !== 'function') {
    const word = readBackoffWord(value);
    return Complaint.is(word) ? new Complaint(word.message.replace('expected', 'expected a function,')) : word;
  }
  const generate = value as BackoffInput;
  let inMs = wrapped.get(generate);
  if (inMs === undefined) {
    inMs = (attempt, error, context) => durationOrZero(generate(attempt, error, context));
    Object.defineProperty(inMs, 'name', { value: generate.name });
    wrapped.set(generate, inMs);
    wrapped.set(inMs, inMs);
  }
  return inMs;
}

const durationOrZero = (value: number | string): number => (value === 0 ? 0 : parseDuration(value));

const budgetSchema = strictObject({
  ratio: option(ratio(), 'Share of calls that may be retries.', 0.2),
  minPerMinute: option(count(0), 'Retries a minute that are always allowed.', 10),
});

/** A budget by its share alone, or in full; `false` for none. */
function readBudget(value: unknown): false | { readonly ratio?: number; readonly minPerMinute?: number } | Complaint {
  if (isFalse(value)) return false;
  if (value === null || typeof value !== 'object') {
    const share = readRatio(value);
    return Complaint.is(share) ? share : Object.freeze({ ratio: share });
  }
  const result = budgetSchema.safeParse(value);
  if (result.success) return Object.freeze(result.data) as { readonly ratio?: number; readonly minPerMinute?: number };
  const words = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path[0] as string}: ${message}`,
  );
  return new Complaint(words.join('; ') || `expected a share, got ${preview(value)}`);
}

/** What users may write of one retry policy, in one layer. */
export const retrySchema = strictObject({
  enabled: enabled('one try only'),
  maxAttempts: option(count(), 'Tries in all, the first included.', 3),
  delay: option(duration(readDurationOrZero), 'The wait before the second try.', '200ms'),
  backoff: option(choiceOr(readBackoff, BACKOFFS), 'How waits grow.', 'exponential'),
  maxDelay: option(duration(), 'No wait is longer.', '10s'),
  jitter: option(choice('full', 'equal', 'decorrelated', 'none'), 'How waits are spread by chance.', 'full'),
  retryOn: option(matchers(), 'The only errors that are retried.'),
  abortOn: option(matchers(), 'Errors that are never retried.'),
  retryOnResult: option(
    callback<(result: unknown, context: CallContext) => boolean>('a predicate of (result, context)'),
    'Whether a result is as bad as an error.',
  ),
  retryOpenCircuit: option(flag(), 'Whether the refusal of an open circuit is retried.', false),
  respectRetryAfter: option(flag(), 'Whether a wait that the service asks for is kept.', true),
  budget: option(ratioOr(readBudget, budgetSchema), 'Share of calls that may be retries, or false for no limit.', 0.2),
  maxElapsed: option(duration(), 'No try begins later than this after the first.'),
} satisfies Shape<RetryOptionsInput>).register(docs, { id: 'RetryOptions', description: 'A retry policy.' });

/** What users may write of one time-out, in one layer. */
export const timeoutSchema = strictObject({
  enabled: enabled('calls take as long as they take'),
  duration: option(duration(), 'The limit of each call.'),
} satisfies Shape<TimeoutOptionsInput>).register(docs, { id: 'TimeoutOptions', description: 'A time-out.' });

/** What users may write of one bulkhead, in one layer. */
export const bulkheadSchema = strictObject({
  enabled: enabled('as many calls as come'),
  maxConcurrent: option(count(), 'Calls at once.', 10),
  maxQueue: option(count(0), 'Calls that may wait for a place.', 0),
  queueTimeout: option(duration(), 'No call waits longer for a place.'),
} satisfies Shape<BulkheadOptionsInput>).register(docs, { id: 'BulkheadOptions', description: 'A bulkhead.' });

/** What users may write of one rate limiter, in one layer. */
export const rateLimiterSchema = strictObject({
  enabled: enabled('as many calls as come'),
  limit: option(count(), 'Calls in an interval.'),
  interval: option(duration(), 'The interval that "limit" speaks of.', '1s'),
  burst: option(count(), 'Calls that may come at once; by default as many as "limit".'),
  maxWait: option(duration(readDurationOrZero), 'How long a call may wait for its turn.'),
} satisfies Shape<RateLimiterOptionsInput>).register(docs, {
  id: 'RateLimiterOptions',
  description: 'A rate limiter.',
});

/** What users may write of one hedge. */
export const hedgeSchema = strictObject({
  enabled: enabled('one try only'),
  delay: option(duration(), 'How long a try may take before another one starts beside it.', '1s'),
  maxAttempts: option(count(), 'Tries in all, the first included.', 2),
} satisfies Shape<HedgeOptionsInput>);

export type RetrySaid = Said<typeof retrySchema>;
export type TimeoutSaid = Said<typeof timeoutSchema>;
export type BulkheadSaid = Said<typeof bulkheadSchema>;
export type RateLimiterSaid = Said<typeof rateLimiterSchema>;
export type HedgeSaid = Said<typeof hedgeSchema>;
