import type { TimeoutName } from '../../engine/index.js';
import type { TimeoutOptionsInput } from '../../options/index.js';
import { readInline } from './inline.js';
import type { ReturnsOption } from './inline.js';
import type { GuardedMethodDecorator } from './method-decorator.js';
import { namedDecorator } from './named.js';

export type TimeoutDecoratorOptions = TimeoutOptionsInput & ReturnsOption;

/** Starts like a duration: names of policies don't. */
const DURATION = /^\s*[-+.]?\d/;

/** Ends a call that takes longer than this duration, the policy of that name, or these options. */
export function Timeout(
  limit: number | `${number}${string}` | TimeoutName | TimeoutDecoratorOptions,
): GuardedMethodDecorator {
  const isDuration = typeof limit === 'number' || (typeof limit === 'string' && DURATION.test(limit));
  return namedDecorator('Timeout', 'timeout', readInline(isDuration ? { duration: limit } : limit));
}
