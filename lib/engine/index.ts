export type { Clock, Random, Timer } from './clock.js';
export { MAX_DURATION, currentDate, dateOf, systemClock, systemRandom } from './clock.js';
export { CallContext } from './call-context.js';
export type { CallOrigin, ExecuteOptions } from './call-context.js';
export type { AdaptiveChanges, AdaptiveFunction, AdaptiveReading, AdaptiveRule } from './circuit-breaker/adaptive.js';
export type { ActiveProbe, BreakDuration, CircuitBreakerOptions } from './circuit-breaker/options.js';
export { CIRCUIT_BREAKER_DEFAULTS } from './circuit-breaker/options.js';
export type { BreakerReport, DurationReport, SuggestedOptions } from './circuit-breaker/report.js';
export { exponentialBreak } from './circuit-breaker/exponential-break.js';
export type { ExponentialBreakOptions } from './circuit-breaker/exponential-break.js';
export { CircuitBreakerPolicy } from './circuit-breaker/circuit-breaker.js';
export { KEY_LIMITS, KeyedBreakers } from './circuit-breaker/keyed-breakers.js';
export type { BreakerPort, KeyLimits } from './circuit-breaker/keyed-breakers.js';
export { KeyedCircuitBreakerPolicy } from './circuit-breaker/keyed-circuit-breaker.js';
export type { BreakerKey } from './circuit-breaker/keyed-circuit-breaker.js';
export { keyedBreakers } from './keyed-names.js';
export type { KeyedDescription } from './keyed-names.js';
export { Permit } from './circuit-breaker/permit.js';
export type { ManualState } from './circuit-breaker/transitions.js';
export { ComposedPolicy, compose } from './compose.js';
export {
  BulkheadFullError,
  CallTimeoutError,
  CircuitOpenError,
  RateLimitedError,
  ResilienceError,
  ShuttingDownError,
  codeOf,
  isCallTimeoutError,
  isCircuitOpenError,
  isRefusal,
  isResilienceError,
} from './errors.js';
export type { ResilienceErrorCode } from './errors.js';
export { EventHub } from './event-hub.js';
export { POLICY_EVENT_TYPES } from './events.js';
export type {
  PolicyEvent,
  PolicyEventDetails,
  PolicyEventOf,
  PolicyEventType,
  PolicyKind,
  PolicyListener,
} from './events.js';
export { MetricsFeed } from './metrics/metrics-feed.js';
export type { MetricsFeedOptions } from './metrics/metrics-feed.js';
export type { BreakerReading, CallOutcome, CounterLabels, CounterName, MetricsSink } from './metrics/metrics-sink.js';
export { NameLimit } from './metrics/name-limit.js';
export type { StateSeconds } from './metrics/state-times.js';
export { classifyError, isErrorClass } from './outcome.js';
export type { Classify, ErrorClass, ErrorMatcher, ErrorPredicate, Outcome, Settled } from './outcome.js';
export { guardIterable } from './iteration.js';
export type { IterableSource } from './iteration.js';
export { isAsyncIterable } from './iterator-source.js';
export { Pipeline } from './pipeline.js';
export type { Plan, PlannedMethod, PlannedOption, PlannedPolicy } from './plan.js';
export { formatPlan } from './plan-text.js';
export { Policy } from './policy.js';
export type { Executor } from './policy.js';
export { BULKHEAD_DEFAULTS, BulkheadPolicy } from './policies/bulkhead.js';
export type { BulkheadOptions } from './policies/bulkhead.js';
export { HEDGE_DEFAULTS, HedgePolicy } from './policies/hedge.js';
export type { HedgeOptions } from './policies/hedge.js';
export { RATE_LIMITER_DEFAULTS, RateLimiterPolicy } from './policies/rate-limiter.js';
export type { RateLimiterOptions } from './policies/rate-limiter.js';
export { addCause } from './cause.js';
export type { Backoff, BackoffFunction, Jitter } from './policies/backoff.js';
export { FallbackPolicy } from './policies/fallback.js';
export type { FallbackHandler, FallbackOptions } from './policies/fallback.js';
export { isObservingFallback, lastKnownGood } from './policies/last-known-good.js';
export { visibleArguments } from './policies/visible-arguments.js';
export type { LastKnownGoodOptions, ObservingFallback } from './policies/last-known-good.js';
export { RETRY_DEFAULTS, RetryPolicy } from './policies/retry.js';
export type { RetryOptions } from './policies/retry.js';
export { retryAfterOf } from './policies/retry-after.js';
export type { RetryBudgetOptions } from './policies/retry-budget.js';
export { TimeoutPolicy } from './policies/timeout.js';
export type { TimeoutOptions } from './policies/timeout.js';
export type {
  CoordinatedBreaker,
  Coordination,
  Coordinator,
  NamedPolicyKind,
  OptionsSource,
  PolicyOptionsByKind,
  UpdateDetails,
} from './ports.js';
export type {
  PolicyNames,
  BreakerName,
  BulkheadName,
  RateLimiterName,
  RetryName,
  TimeoutName,
} from './policy-names.js';
export { PolicyRegistry } from './registry.js';
export type { Candidates, FailoverOptions } from './failover.js';
export type { SavedBreaker, SavedRegistry, SavedTotals } from './saved-registry.js';
export { Scope } from './scope.js';
export type { DurationReader, FaultReporter, ScopeOptions } from './scope.js';
export type { InterceptedCall, Interceptor } from './interceptor.js';
export { CIRCUIT_STATES, COLORS } from './snapshot.js';
export type {
  CircuitBreakerSnapshot,
  CircuitState,
  ClusterSnapshot,
  FleetSummary,
  Color,
  LatencySnapshot,
  RegistrySummary,
  Totals,
  WindowSnapshot,
} from './snapshot.js';
export { StreamCall } from './stream.js';
export type { StreamShape } from './stream.js';
export type { StreamSink, StreamSource } from './stream-frame.js';
