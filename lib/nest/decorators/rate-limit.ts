import type { RateLimiterName } from '../../engine/index.js';
import type { RateLimiterOptionsInput } from '../../options/index.js';
import { readInline } from './inline.js';
import type { ReturnsOption } from './inline.js';
import type { GuardedMethodDecorator } from './method-decorator.js';
import { namedDecorator } from './named.js';

export type RateLimitDecoratorOptions = RateLimiterOptionsInput & ReturnsOption;

/** Lets only so many calls begin in an interval, by the policy of that name or by one of its own. */
export function RateLimit(policy: RateLimiterName | RateLimitDecoratorOptions): GuardedMethodDecorator {
  return namedDecorator('RateLimit', 'rate_limiter', readInline(policy));
}
