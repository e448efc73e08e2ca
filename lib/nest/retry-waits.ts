import type { RetryOptions } from '../engine/index.js';

/** The shortest wait before the second attempt that chance allows, in ms. */
export function leastWait({ backoff, jitter, delay, maxDelay }: RetryOptions): number {
  if (typeof backoff === 'function' || jitter === 'full') return 0;
  const first = Math.min(delay, maxDelay);
  return jitter === 'equal' ? first / 2 : first;
}

/** The sum of all waits where chance makes each the longest, in ms; what a function may say counts for nothing. */
export function longestWaits(options: RetryOptions): number {
  const { backoff, jitter, delay, maxDelay, maxAttempts } = options;
  if (typeof backoff === 'function') return 0;
  let sum = 0;
  for (let attempt = 1; attempt < maxAttempts; attempt++) {
    const wait = delay * growth(jitter === 'decorrelated' ? 3 : backoff, attempt);
    if (wait >= maxDelay) return sum + maxDelay * (maxAttempts - attempt);
    sum += wait;
  }
  return sum;
}

function growth(backoff: 'constant' | 'linear' | 'exponential' | number, attempt: number): number {
  if (backoff === 'constant') return 1;
  if (backoff === 'linear') return attempt;
  return (backoff === 'exponential' ? 2 : backoff) ** (attempt - (backoff === 'exponential' ? 1 : 0));
}
