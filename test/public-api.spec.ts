import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

import { importsOf, packageOf, resolveImport } from './architecture/sources.js';

const lib = resolve(import.meta.dirname, '..', 'lib');

/** The names an entry point exports, sorted; types are marked. Every one is named: `export *` would hide what comes. */
function publicNamesOf(entry: string): string {
  const file = resolve(lib, entry);
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022);
  const names = source.statements.filter(ts.isExportDeclaration).flatMap((statement) => {
    const { exportClause, isTypeOnly } = statement;
    if (exportClause === undefined || !ts.isNamedExports(exportClause))
      throw new Error(`${entry}: name what it exports`);
    return exportClause.elements.map((each) => `${isTypeOnly || each.isTypeOnly ? 'type ' : ''}${each.name.text}`);
  });
  return names.toSorted().join('\n');
}

/** The packages that importing an entry point loads, whatever way. */
function packagesBehind(entry: string): readonly string[] {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const source = { path, text: readFileSync(resolve(lib, path), 'utf8') };
    for (const specifier of importsOf(source)) {
      if (specifier.startsWith('.')) visit(resolveImport(path, specifier));
      else if (!specifier.startsWith('node:')) packages.add(packageOf(specifier));
    }
  };
  visit(entry);
  return [...packages].toSorted();
}

it('importing the root loads no optional peer', () => {
  expect(packagesBehind('index.ts')).toEqual(['@nestjs/common', '@nestjs/core', 'ms', 'rxjs', 'zod']);
});

// A reviewed list: what is added here is a promise, what is taken away breaks somebody. `jest -u` writes it, people read it.
describe('the public names of', () => {
  it('the root', () => {
    expect(publicNamesOf('index.ts')).toMatchInlineSnapshot(`
      "Bulkhead
      BulkheadFullError
      BulkheadPolicy
      CLOCK
      CallSignal
      CallTimeoutError
      CircuitBreaker
      CircuitBreakerInterceptor
      CircuitBreakerModule
      CircuitBreakerPolicy
      CircuitOpenError
      ComposedPolicy
      Fallback
      FallbackPolicy
      Hedge
      HedgePolicy
      InjectCircuitBreaker
      InjectPolicyRegistry
      OnCircuitEvent
      OptionsError
      Permit
      Policy
      PolicyRegistry
      RateLimit
      RateLimitedError
      RateLimiterPolicy
      ResilienceError
      ResilienceExceptionFilter
      Retry
      RetryPolicy
      ShuttingDownError
      SkipCircuitBreaker
      Timeout
      TimeoutPolicy
      bulkhead
      compose
      exponentialBreak
      fallback
      formatPlan
      getCircuitBreakerToken
      guardedBy
      hedge
      isCallTimeoutError
      isCircuitOpenError
      isRefusal
      isResilienceError
      lastKnownGood
      mirrorEvents
      policyEvents
      rateLimiter
      retry
      timeout
      type BreakDurationInput
      type BreakerName
      type BreakerReport
      type BulkheadDecoratorOptions
      type BulkheadName
      type BulkheadOptionsInput
      type CallContext
      type CircuitBreakerAsyncOptions
      type CircuitBreakerDecorator
      type CircuitBreakerDecoratorOptions
      type CircuitBreakerFeatureOptions
      type CircuitBreakerModuleOptions
      type CircuitBreakerOptionsFactory
      type CircuitBreakerOptionsInput
      type CircuitBreakerSnapshot
      type CircuitState
      type Classify
      type Clock
      type Color
      type Duration
      type ErrorMatcher
      type EventSink
      type ExecuteOptions
      type FallbackDecoratorOptions
      type GuardedMethodDecorator
      type HedgeDecoratorOptions
      type HedgeOptionsInput
      type MethodFallback
      type MirrorOptions
      type OptionsFault
      type Outcome
      type Plan
      type PlannedMethod
      type PlannedOption
      type PlannedPolicy
      type PolicyEvent
      type PolicyEventOf
      type PolicyEventType
      type PolicyKind
      type PolicyListener
      type PolicyNames
      type PresetName
      type PromiseObservableOrIterable
      type Random
      type RateLimitDecoratorOptions
      type RateLimiterName
      type RateLimiterOptionsInput
      type RegistrySummary
      type ResilienceErrorCode
      type RetryDecoratorOptions
      type RetryName
      type RetryOptionsInput
      type SavedRegistry
      type Settled
      type TimeoutDecoratorOptions
      type TimeoutName
      type TimeoutOptionsInput
      type Timer
      type Totals
      type WindowSnapshot"
    `);
  });

  it('engine', () => {
    expect(publicNamesOf('engine/index.ts')).toMatchInlineSnapshot(`
      "BULKHEAD_DEFAULTS
      BulkheadFullError
      BulkheadPolicy
      CIRCUIT_BREAKER_DEFAULTS
      CIRCUIT_STATES
      COLORS
      CallContext
      CallTimeoutError
      CircuitBreakerPolicy
      CircuitOpenError
      ComposedPolicy
      EventHub
      FallbackPolicy
      HEDGE_DEFAULTS
      HedgePolicy
      KEY_LIMITS
      KeyedBreakers
      KeyedCircuitBreakerPolicy
      MAX_DURATION
      MetricsFeed
      NameLimit
      POLICY_EVENT_TYPES
      Permit
      Pipeline
      Policy
      PolicyRegistry
      RATE_LIMITER_DEFAULTS
      RETRY_DEFAULTS
      RateLimitedError
      RateLimiterPolicy
      ResilienceError
      RetryPolicy
      Scope
      ShuttingDownError
      StreamCall
      TimeoutPolicy
      addCause
      classifyError
      codeOf
      compose
      currentDate
      dateOf
      exponentialBreak
      formatPlan
      guardIterable
      isAsyncIterable
      isCallTimeoutError
      isCircuitOpenError
      isErrorClass
      isObservingFallback
      isRefusal
      isResilienceError
      keyedBreakers
      lastKnownGood
      retryAfterOf
      systemClock
      systemRandom
      type ActiveProbe
      type AdaptiveChanges
      type AdaptiveFunction
      type AdaptiveReading
      type AdaptiveRule
      type Backoff
      type BackoffFunction
      type BreakDuration
      type BreakerKey
      type BreakerName
      type BreakerPort
      type BreakerReading
      type BreakerReport
      type BulkheadName
      type BulkheadOptions
      type CallOrigin
      type CallOutcome
      type Candidates
      type CircuitBreakerOptions
      type CircuitBreakerSnapshot
      type CircuitState
      type Classify
      type Clock
      type ClusterSnapshot
      type Color
      type CoordinatedBreaker
      type Coordination
      type Coordinator
      type CounterLabels
      type CounterName
      type DurationReader
      type DurationReport
      type ErrorClass
      type ErrorMatcher
      type ErrorPredicate
      type ExecuteOptions
      type Executor
      type ExponentialBreakOptions
      type FailoverOptions
      type FallbackHandler
      type FallbackOptions
      type FaultReporter
      type FleetSummary
      type HedgeOptions
      type InterceptedCall
      type Interceptor
      type IterableSource
      type Jitter
      type KeyLimits
      type KeyedDescription
      type LastKnownGoodOptions
      type LatencySnapshot
      type ManualState
      type MetricsFeedOptions
      type MetricsSink
      type NamedPolicyKind
      type ObservingFallback
      type OptionsSource
      type Outcome
      type Plan
      type PlannedMethod
      type PlannedOption
      type PlannedPolicy
      type PolicyEvent
      type PolicyEventDetails
      type PolicyEventOf
      type PolicyEventType
      type PolicyKind
      type PolicyListener
      type PolicyNames
      type PolicyOptionsByKind
      type Random
      type RateLimiterName
      type RateLimiterOptions
      type RegistrySummary
      type ResilienceErrorCode
      type RetryBudgetOptions
      type RetryName
      type RetryOptions
      type SavedBreaker
      type SavedRegistry
      type SavedTotals
      type ScopeOptions
      type Settled
      type StateSeconds
      type StreamShape
      type StreamSink
      type StreamSource
      type SuggestedOptions
      type TimeoutName
      type TimeoutOptions
      type Timer
      type Totals
      type UpdateDetails
      type WindowSnapshot
      visibleArguments"
    `);
  });

  it('options', () => {
    expect(publicNamesOf('options/index.ts')).toMatchInlineSnapshot(`
      "LayeredOptions
      MAX_NAME_LENGTH
      OptionsError
      PRESETS
      bulkhead
      circuitBreakerJsonSchema
      circuitBreakerOptionsSchema
      createRegistry
      didYouMean
      exponentialBreak
      fallback
      faultsIn
      hedge
      lastKnownGood
      nameFault
      nearest
      parseDuration
      parseOptions
      rateLimiter
      retry
      throwFaults
      timeout
      type BackoffInput
      type BreakDurationInput
      type BulkheadOptionsInput
      type CircuitBreakerFeatureOptions
      type CircuitBreakerModuleOptions
      type CircuitBreakerOptionsInput
      type CircuitBreakerOptionsSchema
      type Duration
      type ExponentialBreakInput
      type FallbackOptionsInput
      type HedgeOptionsInput
      type InitialState
      type JsonSchema
      type LastKnownGoodInput
      type Logger
      type OptionOrigin
      type OptionsFault
      type OptionsOverlay
      type OptionsVerdict
      type ParsedOptions
      type PresetName
      type RateLimiterOptionsInput
      type RetryOptionsInput
      type Surroundings
      type TimeoutOptionsInput
      withOverlays"
    `);
  });

  it('terminus', () => {
    expect(publicNamesOf('terminus/index.ts')).toMatchInlineSnapshot(`
      "CircuitBreakerHealthIndicator
      CircuitBreakerHealthModule
      type BreakerHealth
      type CircuitBreakerHealthModuleOptions
      type CircuitBreakerHealthOptions
      type CircuitBreakersHealth"
    `);
  });

  it('prometheus', () => {
    expect(publicNamesOf('prometheus/index.ts')).toMatchInlineSnapshot(`
      "CircuitBreakerPrometheusModule
      METRICS
      RESILIENCE4J_METRICS
      type CircuitBreakerPrometheusModuleOptions
      type ExpositionOptions"
    `);
  });

  it('opentelemetry', () => {
    expect(publicNamesOf('opentelemetry/index.ts')).toMatchInlineSnapshot(`
      "COUNTER_INSTRUMENTS
      CircuitBreakerOpenTelemetryModule
      INSTRUMENTS
      SPAN_ATTRIBUTES
      type CircuitBreakerOpenTelemetryModuleOptions"
    `);
  });

  it('admin', () => {
    expect(publicNamesOf('admin/index.ts')).toMatchInlineSnapshot(`
      "CircuitBreakerAdminModule
      type AdminAction
      type AdminGuard
      type BreakerView
      type CircuitBreakerAdminModuleOptions
      type EventRecord
      type Recent
      type RecentCalls
      type Redactable
      type ShownSnapshot"
    `);
  });

  it('config', () => {
    expect(publicNamesOf('config/index.ts')).toMatchInlineSnapshot(`
      "ConfigFileError
      circuitBreakerConfig
      circuitBreakerEnvironmentSchema
      type CircuitBreakerConfigSources
      type ConfigWatcher
      type EnvironmentSchema
      type WatchedSources
      watchCircuitBreakerConfig"
    `);
  });

  it('redis', () => {
    expect(publicNamesOf('redis/index.ts')).toMatchInlineSnapshot(`
      "CircuitBreakerRedisModule
      type CircuitBreakerRedisModuleOptions
      type RedisClient
      type RedisConnection"
    `);
  });

  it('testing', () => {
    expect(publicNamesOf('testing/index.ts')).toMatchInlineSnapshot(`
      "ManualClock
      circuitBreakerMatchers
      fail
      hang
      ignore
      injectFault
      overrideCircuitBreaker
      succeed
      type CircuitBreakerMatchers
      type Fault
      type HangingCall
      type InjectedFault
      type Latency
      type OverriddenBreaker"
    `);
  });
});
