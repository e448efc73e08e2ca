import type { BulkheadName } from '../../engine/index.js';
import type { BulkheadOptionsInput } from '../../options/index.js';
import { readInline } from './inline.js';
import type { ReturnsOption } from './inline.js';
import type { GuardedMethodDecorator } from './method-decorator.js';
import { namedDecorator } from './named.js';

export type BulkheadDecoratorOptions = BulkheadOptionsInput & ReturnsOption;

/** Lets only so many calls run at once: a number, the policy of that name, or one of its own with these options. */
export function Bulkhead(policy?: number | BulkheadName | BulkheadDecoratorOptions): GuardedMethodDecorator {
  const given = typeof policy === 'number' ? { maxConcurrent: policy } : policy;
  return namedDecorator('Bulkhead', 'bulkhead', readInline(given));
}
