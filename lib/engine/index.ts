export type { Clock, Random, Timer } from './clock.js';
export { MAX_DURATION, currentDate, dateOf, systemClock, systemRandom } from './clock.js';
export { CallContext } from './call-context.js';
export type { CallOrigin, ExecuteOptions } from './call-context.js';
export type { ActiveProbe, BreakDuration, CircuitBreakerOptions } from './circuit-breaker/options.js';
export { CIRCUIT_BREAKER_DEFAULTS } from './circuit-breaker/options.js';
export { CircuitBreakerPolicy } from './circuit-breaker/circuit-breaker.js';
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
export { classifyError, isErrorClass } from './outcome.js';
export type { Classify, ErrorClass, ErrorMatcher, ErrorPredicate, Outcome, Settled } from './outcome.js';
export { guardIterable } from './iteration.js';
export type { IterableSource } from './iteration.js';
export { isAsyncIterable } from './iterator-source.js';
export { Pipeline } from './pipeline.js';
export { Policy } from './policy.js';
export type { Executor } from './policy.js';
export { TimeoutPolicy } from './policies/timeout.js';
export type { TimeoutOptions } from './policies/timeout.js';
export type { NamedPolicyKind, OptionsSource, PolicyOptionsByKind } from './ports.js';
export type { SavedBreaker, SavedRegistry, SavedTotals } from './saved-registry.js';
export { Scope } from './scope.js';
export type { FaultReporter, ScopeOptions } from './scope.js';
export { CIRCUIT_STATES, COLORS } from './snapshot.js';
export type {
  CircuitBreakerSnapshot,
  CircuitState,
  Color,
  LatencySnapshot,
  RegistrySummary,
  Totals,
  WindowSnapshot,
} from './snapshot.js';
export { StreamCall } from './stream.js';
export type { StreamShape } from './stream.js';
export type { StreamSink, StreamSource } from './stream-frame.js';
