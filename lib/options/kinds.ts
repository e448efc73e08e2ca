import type { z } from 'zod';

import type { NamedPolicyKind, PolicyOptionsByKind } from '../engine/index.js';
import { breakerSchema } from './breaker-schema.js';
import type { BreakerSaid } from './breaker-schema.js';
import { BREAKER_ALTERNATIVES, completeBreaker } from './complete-breaker.js';
import type { Complete } from './complete.js';
import { completeBulkhead, completeRateLimiter, completeRetry, completeTimeout } from './complete-policies.js';
import { bulkheadSchema, rateLimiterSchema, retrySchema, timeoutSchema } from './policy-schemas.js';
import type { BulkheadSaid, RateLimiterSaid, RetrySaid, TimeoutSaid } from './policy-schemas.js';

/** What one layer says of a policy, by the policy's kind. */
export interface SaidByKind {
  circuit_breaker: BreakerSaid;
  retry: RetrySaid;
  timeout: TimeoutSaid;
  bulkhead: BulkheadSaid;
  rate_limiter: RateLimiterSaid;
}

/** How the options of one kind of policy are written and made complete. */
export interface Kind<K extends NamedPolicyKind> {
  /** The key of the module options under which policies of this kind are configured by name. */
  readonly section: SectionName;
  readonly schema: z.ZodType<SaidByKind[K]>;
  readonly complete: Complete<SaidByKind[K], PolicyOptionsByKind[K]>;
  readonly alternatives: readonly (readonly (keyof SaidByKind[K])[])[];
  /** The option that a bare value stands for: `timeouts: { quick: '1s' }`. */
  readonly shorthand?: string;
  /** Whether `a` configures `a:b` too. */
  readonly isKeyed?: boolean;
}

export const SECTIONS = ['breakers', 'retries', 'timeouts', 'bulkheads', 'rateLimiters'] as const;
export type SectionName = (typeof SECTIONS)[number];

export const KINDS: { readonly [K in NamedPolicyKind]: Kind<K> } = {
  circuit_breaker: {
    section: 'breakers',
    schema: breakerSchema,
    complete: completeBreaker,
    alternatives: BREAKER_ALTERNATIVES,
    isKeyed: true,
  },
  retry: { section: 'retries', schema: retrySchema, complete: completeRetry, alternatives: [] },
  timeout: {
    section: 'timeouts',
    schema: timeoutSchema,
    complete: completeTimeout,
    alternatives: [],
    shorthand: 'duration',
  },
  bulkhead: {
    section: 'bulkheads',
    schema: bulkheadSchema,
    complete: completeBulkhead,
    alternatives: [],
    shorthand: 'maxConcurrent',
  },
  rate_limiter: { section: 'rateLimiters', schema: rateLimiterSchema, complete: completeRateLimiter, alternatives: [] },
};

export const KIND_NAMES = Object.keys(KINDS) as readonly NamedPolicyKind[];
