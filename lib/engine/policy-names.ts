/**
 * Names your policies for the compiler. Augment it, and every other name is a compile error:
 * `declare module 'nest-circuit-breaker' { interface PolicyNames { breaker: 'payments' | 'inventory' } }`.
 * Its keys are `breaker`, `retry`, `timeout`, `bulkhead` and `rateLimiter`.
 */
// eslint-disable-next-line typescript/no-empty-object-type -- users fill it
export interface PolicyNames {}

type NameOf<Kind extends string> = PolicyNames extends { readonly [K in Kind]: infer Name extends string }
  ? Name | `${Name}:${string}`
  : string;

/** A breaker's name, or that of one of its keyed breakers (`payments:eu`). */
export type BreakerName = NameOf<'breaker'>;
export type RetryName = NameOf<'retry'>;
export type TimeoutName = NameOf<'timeout'>;
export type BulkheadName = NameOf<'bulkhead'>;
export type RateLimiterName = NameOf<'rateLimiter'>;
