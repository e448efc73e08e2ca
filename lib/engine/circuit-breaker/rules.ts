import type { WindowCounts } from '../window/window.js';
import type { CircuitBreakerOptions } from './options.js';

export type TripRule = 'failure_threshold' | 'failure_ratio' | 'slow_call_ratio';

/**
 * Whether what a closed breaker has seen is enough to open it, and by which rule. Ratios are compared as quotients:
 * 29 of 100 divided is exactly the double that `0.29` is read as, which a product would not be.
 */
export function tripRule(
  options: CircuitBreakerOptions,
  counts: Readonly<WindowCounts>,
  consecutiveFailures: number,
): TripRule | null {
  if (options.failureThreshold !== null && consecutiveFailures >= options.failureThreshold) return 'failure_threshold';
  const calls = counts.successes + counts.failures;
  if (calls < options.minimumThroughput) return null;
  if (options.failureRatio !== null && counts.failures / calls >= options.failureRatio) return 'failure_ratio';
  if (options.slowCallDuration !== null && counts.slow / calls >= (options.slowCallRatio ?? 1))
    return 'slow_call_ratio';
  return null;
}
