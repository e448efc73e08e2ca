import type { Frame } from '../frame.js';
import { Policy } from '../policy.js';
import type { Scope } from '../scope.js';
import { RetryBudget } from './retry-budget.js';
import { RetryFrame } from './retry-frame.js';
import type { Retrying } from './retry-frame.js';
import type { RetryOptions } from './retry-options.js';
import { RetryRules } from './retry-rules.js';

export type { RetryOptions } from './retry-options.js';
export { RETRY_DEFAULTS } from './retry-options.js';

/**
 * Tries a failed call again after a wait, within a budget that all its calls share. The last attempt's error or result
 * is the call's own.
 */
export class RetryPolicy extends Policy implements Retrying {
  readonly policy = 'retry';
  /** @internal */
  readonly budget = new RetryBudget();
  private compiled: RetryRules;

  constructor(name: string, options: RetryOptions, scope: Scope) {
    super(name, scope);
    this.compiled = new RetryRules(options, this);
  }

  get options(): RetryOptions {
    return this.compiled.options;
  }

  /** @internal */
  get rules(): RetryRules | null {
    return this.scope.enabled && this.options.enabled ? this.compiled : null;
  }

  /** @internal Takes new options and keeps the budget's count. Calls under way end by the old ones. */
  update(options: RetryOptions): void {
    this.compiled = new RetryRules(options, this);
  }

  /** @internal */
  frame(inner: Frame): Frame {
    return new RetryFrame(this, this, inner);
  }
}
