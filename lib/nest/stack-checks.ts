import {
  CircuitBreakerPolicy, KeyedCircuitBreakerPolicy, RateLimiterPolicy, RetryPolicy, TimeoutPolicy,
} from '../engine/index.js'; // prettier-ignore
import type { CircuitBreakerOptions, Policy, RetryOptions } from '../engine/index.js';
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
  return [
    ...squeezedRetries(policies),
    ...futileRetries(policies),
    ...unboundRetries(policies),
    ...hastyProbes(policies),
  ];
}

function squeezedRetries(policies: readonly Policy[]): readonly string[] {
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
  readonly retry: RetryInStack;
  /** The limit of all attempts together. */
  readonly limit: number;
  /** The limit of each attempt. */
  readonly inner: number | undefined;
}

function retriesUnderTimeouts(policies: readonly Policy[]): readonly Squeezed[] {
  return retriesIn(policies).flatMap((retry) => {
    const limit = leastLimit(retry.above);
    return limit === undefined ? [] : [{ retry, limit, inner: leastLimit(retry.below) }];
  });
}

function leastLimit(policies: readonly Policy[]): number | undefined {
  const limits = policies.flatMap((policy) => {
    if (policy instanceof TimeoutPolicy && policy.options.enabled) return [policy.options.duration];
    return breakerOptionsOf(policy)?.timeout ?? [];
  });
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** Whoever retries an open circuit has to outlast it. */
function futileRetries(policies: readonly Policy[]): readonly string[] {
  return retriesIn(policies).flatMap(({ options, below }) => {
    if (!options.retryOpenCircuit) return [];
    const longest = Math.max(longestWaits(options), options.respectRetryAfter ? options.maxDelay : 0);
    return below.flatMap((policy) => {
      const breakDuration = breakerOptionsOf(policy)?.breakDuration;
      if (typeof breakDuration !== 'number' || breakDuration <= longest) return [];
      return [
        `@Retry tries again when circuit breaker "${policy.name}" below it is open, and waits ${longest} ms at most, while ` +
          `the break lasts ${breakDuration} ms: every such attempt is refused. Leave out retryOpenCircuit`,
      ];
    });
  });
}

/** More attempts than that are no limit. */
const MANY_ATTEMPTS = 100;

/** Retries that nothing ends but success multiply the load on a service that is down. */
function unboundRetries(policies: readonly Policy[]): readonly string[] {
  return retriesIn(policies).flatMap(({ options, above, below }) => {
    const { maxAttempts, maxElapsed, budget } = options;
    if (maxAttempts > MANY_ATTEMPTS && maxElapsed === null && leastLimit(above) === undefined)
      return [
        `@Retry may try ${maxAttempts} times. Write fewer maxAttempts, or maxElapsed: '30s', or put @Timeout above it`,
      ];
    if (budget !== null || maxAttempts < 2 || below.some((policy) => breakerOptionsOf(policy) !== undefined)) return [];
    return [
      `@Retry has no budget, and no breaker stands below it: when the service is down, each call becomes ${maxAttempts}. ` +
        `Write budget: 0.2, or put @CircuitBreaker below @Retry`,
    ];
  });
}

/** A probe that may take longer than it is given counts as a failure before it can succeed. */
function hastyProbes(policies: readonly Policy[]): readonly string[] {
  return policies.flatMap((policy, index) => {
    const breaker = breakerOptionsOf(policy);
    if (breaker === undefined || breaker.halfOpenTimeout === null) return [];
    const limit = leastLimit(policies.slice(index)) ?? 0;
    if (limit <= breaker.halfOpenTimeout) return [];
    return [
      `circuit breaker "${policy.name}" gives a probe ${breaker.halfOpenTimeout} ms, and the call may take ${limit} ms: ` +
        `a slow probe counts as a failure though it would have succeeded. Write halfOpenTimeout: ${limit}, or a shorter time-out`,
    ];
  });
}

interface RetryInStack {
  readonly options: RetryOptions;
  readonly above: readonly Policy[];
  readonly below: readonly Policy[];
}

const retriesIn = (policies: readonly Policy[]): readonly RetryInStack[] =>
  policies.flatMap((policy, index) =>
    policy instanceof RetryPolicy && policy.options.enabled
      ? [{ options: policy.options, above: policies.slice(0, index), below: policies.slice(index + 1) }]
      : [],
  );

/** Options of a breaker that is switched on, one for all calls or one a key. */
function breakerOptionsOf(policy: Policy): CircuitBreakerOptions | undefined {
  const options =
    policy instanceof CircuitBreakerPolicy
      ? policy.options
      : policy instanceof KeyedCircuitBreakerPolicy
        ? policy.breakers.options
        : undefined;
  return options?.enabled === true ? options : undefined;
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
