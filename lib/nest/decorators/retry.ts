import type { RetryName } from '../../engine/index.js';
import type { RetryOptionsInput } from '../../options/index.js';
import { readInline } from './inline.js';
import type { ReturnsOption } from './inline.js';
import type { GuardedMethodDecorator } from './method-decorator.js';
import { namedDecorator } from './named.js';

export type RetryDecoratorOptions = RetryOptionsInput & ReturnsOption;

/** Tries again what has failed, by the policy of that name or by one of its own with these options. */
export function Retry(policy?: RetryName | RetryDecoratorOptions): GuardedMethodDecorator {
  return namedDecorator('Retry', 'retry', readInline(policy));
}
