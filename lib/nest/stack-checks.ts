import { CircuitBreakerPolicy, RateLimiterPolicy, RetryPolicy, TimeoutPolicy } from '../engine/index.js';
import type { Policy } from '../engine/index.js';
import type { Layer } from './layers.js';
import { leastWait, longestWaits } from './retry-waits.js';

/** What cannot work in a stack of policies, the outermost first. */
export function faultsOfStack(
  policies: readonly Policy[],
  layers: readonly Layer[],
  operation: string,
): readonly string[] {
  return [...hopelessRetries(policies), ...blindBreakers(layers), ...hungryWindows(policies, operation)];
}

/** What may be meant, and rarely is. */
export function warningsOfStack(policies: readonly Policy[]): readonly string[] {
  return retriesUnderTimeouts(policies).flatMap(({ retry, limit, inner }) => {
    const { maxAttempts } = retry.options;
    const longest = longestWaits(retry.options) + maxAttempts * (inner ?? 0);
    if (leastWait(retry.options) >= limit || longest <= limit) return [];
    return [
      `its ${maxAttempts} attempts may take ${longest} ms, and the @Timeout above them ends the call after ${limit} ms: ` +
        `the last ones may never run. Allow the outer time-out more, or the attempts less`,
    ];
  });
}

/** No retry can begin before the time-out above has ended the call. */
function hopelessRetries(policies: readonly Policy[]): readonly string[] {
  return retriesUnderTimeouts(policies).flatMap(({ retry, limit }) => {
    const wait = leastWait(retry.options);
    if (wait < limit || retry.options.maxAttempts < 2) return [];
    return [
      `@Retry waits at least ${wait} ms before its second attempt, and the @Timeout above it ends the call after ` +
        `${limit} ms: no retry can ever begin. Give the outer time-out more, or put @Timeout below @Retry`,
    ];
  });
}

interface Squeezed {
  readonly retry: RetryPolicy;
  /** The limit of all attempts together. */
  readonly limit: number;
  /** The limit of each attempt. */
  readonly inner: number | undefined;
}

function retriesUnderTimeouts(policies: readonly Policy[]): readonly Squeezed[] {
  return policies.flatMap((retry, index) => {
    if (!(retry instanceof RetryPolicy) || !retry.options.enabled) return [];
    const limit = leastLimit(policies.slice(0, index));
    return limit === undefined ? [] : [{ retry, limit, inner: leastLimit(policies.slice(index + 1)) }];
  });
}

function leastLimit(policies: readonly Policy[]): number | undefined {
  const limits = policies.flatMap((policy) => {
    if (policy instanceof TimeoutPolicy && policy.options.enabled) return [policy.options.duration];
    return policy instanceof CircuitBreakerPolicy && policy.options.timeout !== null ? [policy.options.timeout] : [];
  });
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** A fallback below its breaker answers before the breaker hears of the failure. */
function blindBreakers(layers: readonly Layer[]): readonly string[] {
  const outermostFirst = layers.toReversed();
  const breaker = outermostFirst.findIndex(({ kind }) => kind === 'circuit_breaker');
  const fallback = outermostFirst.findLast((layer) => layer.kind === 'fallback' && layer.on === undefined);
  if (breaker < 0 || fallback === undefined || outermostFirst.indexOf(fallback) < breaker) return [];
  return [
    `${fallback.decorator} stands below ${outermostFirst[breaker]?.decorator}: it answers every failure before the ` +
      `breaker hears of it, and the circuit can never open. Put the fallback above the breaker`,
  ];
}

/** A window too short for its minimum at the rate that a limiter lets through; a shared breaker may have other callers. */
function hungryWindows(policies: readonly Policy[], operation: string): readonly string[] {
  const limiter = policies.find((policy) => policy instanceof RateLimiterPolicy && policy.options.enabled);
  return policies.flatMap((breaker) => {
    if (!(breaker instanceof CircuitBreakerPolicy) || !(limiter instanceof RateLimiterPolicy)) return [];
    const { failureThreshold, samplingDuration, minimumThroughput } = breaker.options;
    if (failureThreshold !== null || samplingDuration === null || breaker.name !== operation) return [];
    const { limit, interval, burst } = limiter.options;
    const most = (burst ?? limit) + Math.floor((limit * samplingDuration) / interval);
    if (most >= minimumThroughput) return [];
    return [
      `@RateLimit lets at most ${most} calls into the breaker's window of ${samplingDuration} ms, and no ratio is judged ` +
        `on fewer than ${minimumThroughput}: the circuit can never open. Lower minimumThroughput, or lengthen samplingDuration`,
    ];
  });
}
