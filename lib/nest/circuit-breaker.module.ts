import { Module } from '@nestjs/common';
import type { DynamicModule, Provider } from '@nestjs/common';
import { APP_FILTER, LazyModuleLoader, ModulesContainer } from '@nestjs/core';

import { PolicyRegistry, systemClock } from '../engine/index.js';
import type { Clock } from '../engine/index.js';
import { createRegistry, parseOptions } from '../options/index.js';
import type { CircuitBreakerFeatureOptions, CircuitBreakerModuleOptions, ParsedOptions } from '../options/index.js';
import { EventLogger } from './event-logger.js';
import { PolicyExplorer } from './explorer.js';
import { FeatureFaults } from './feature-faults.js';
import { ConfigurableModuleClass, EXTRAS, MODULE_OPTIONS_TOKEN, requireBeside } from './module-options.js';
import type { ASYNC_OPTIONS_TYPE } from './module-options.js';
import { PolicyRuntime } from './policy-runtime.js';
import { PREPARATION } from './preparation.js';
import type { Preparation } from './preparation.js';
import { ResilienceExceptionFilter } from './resilience-exception.filter.js';
import { Shutdown } from './shutdown.js';
import { CLOCK, RUNTIME, injectedCircuitBreakers } from './tokens.js';

/** Feature modules are modules of their own: only the root provides the registry. */
@Module({})
class CircuitBreakerFeatureModule {}

/**
 * Gives an application its policies: named ones from its options, and those that decorators make. Import `forRoot()` or
 * `forRootAsync()` once, in the root module; it is global.
 */
@Module({})
export class CircuitBreakerModule extends ConfigurableModuleClass {
  /** Works without options: breakers appear on first use. */
  static override forRoot(options: CircuitBreakerModuleOptions = {}): DynamicModule {
    const { filter = EXTRAS.filter, isGlobal = EXTRAS.isGlobal } = options;
    const given = { provide: MODULE_OPTIONS_TOKEN, useValue: options };
    return define({ module: CircuitBreakerModule, providers: [given, PARSED_AT_ONCE] }, filter, isGlobal);
  }

  /** Options from a factory or a class; `filter` and `isGlobal` stand beside it. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    const { filter = EXTRAS.filter, isGlobal = EXTRAS.isGlobal } = options;
    const definition = super.forRootAsync(options);
    return define({ ...definition, providers: [...(definition.providers ?? []), PARSED_LATER] }, filter, isGlobal);
  }

  /** A feature module's own named policies and presets. */
  static forFeature(options: CircuitBreakerFeatureOptions): DynamicModule {
    const token = Symbol('feature options');
    const feature: Provider = {
      provide: token,
      inject: [PolicyRegistry, FeatureFaults],
      useFactory: (registry: PolicyRegistry, faults: FeatureFaults) =>
        faults.gather(() => {
          registry.source.add(options);
          registry.refresh();
        }),
    };
    return withBreakers({ module: CircuitBreakerFeatureModule, providers: [feature] });
  }
}

function define(definition: DynamicModule, filter: boolean, isGlobal: boolean): DynamicModule {
  const filters: Provider[] = filter ? [{ provide: APP_FILTER, useClass: ResilienceExceptionFilter }] : [];
  return withBreakers({
    ...definition,
    global: isGlobal,
    providers: [...(definition.providers ?? []), ...PROVIDERS, ...filters],
    exports: [PolicyRegistry, CLOCK, RUNTIME, FeatureFaults],
  });
}

/** Adds a provider for each breaker that somebody injects; which these are is known when Nest scans the module. */
function withBreakers(definition: DynamicModule): DynamicModule {
  const { providers = [], exports = [] } = definition;
  return {
    ...definition,
    get providers() {
      const breakers = injectedCircuitBreakers().map(([name, token]) => ({
        provide: token,
        inject: [RUNTIME],
        useFactory: ({ injected }: PolicyRuntime) => injected.provide(name),
      }));
      return [...providers, ...breakers];
    },
    get exports() {
      return [...exports, ...injectedCircuitBreakers().map(([, token]) => token)];
    },
  };
}

/** The options, checked. */
const PARSED = Symbol('nest-circuit-breaker: checked options');

const PARSED_AT_ONCE: Provider = {
  provide: PARSED,
  inject: [MODULE_OPTIONS_TOKEN],
  useFactory: (options: unknown) => parseOptions(options),
};

const PARSED_LATER: Provider = {
  provide: PARSED,
  inject: [MODULE_OPTIONS_TOKEN],
  useFactory: (options: unknown) => {
    requireBeside(options);
    return parseOptions(options);
  },
};

const PROVIDERS: readonly Provider[] = [
  {
    provide: CLOCK,
    inject: [PARSED],
    useFactory: ({ clock }: ParsedOptions): Clock => clock ?? systemClock,
  },
  {
    provide: EventLogger,
    inject: [PARSED],
    useFactory: ({ logger }: ParsedOptions) => new EventLogger(logger),
  },
  { provide: PREPARATION, useValue: (() => undefined) satisfies Preparation },
  {
    provide: PolicyRegistry,
    inject: [PARSED, CLOCK, EventLogger, PREPARATION],
    useFactory: (options: ParsedOptions, clock: Clock, logger: EventLogger, prepare: Preparation) => {
      const registry = createRegistry(options, { clock, onFault: logger.report });
      prepare(registry);
      logger.listen(registry);
      return registry;
    },
  },
  {
    provide: RUNTIME,
    inject: [PolicyRegistry],
    useFactory: (registry: PolicyRegistry) => new PolicyRuntime(registry),
  },
  FeatureFaults,
  {
    provide: PolicyExplorer,
    inject: [ModulesContainer, LazyModuleLoader, RUNTIME, EventLogger, FeatureFaults, PARSED],
    useFactory: (...parts: ConstructorParameters<typeof PolicyExplorer>) => new PolicyExplorer(...parts),
  },
  {
    provide: Shutdown,
    inject: [PolicyRegistry, PolicyExplorer, EventLogger, PARSED],
    useFactory: (registry: PolicyRegistry, explorer: PolicyExplorer, logger: EventLogger, { drain }: ParsedOptions) =>
      new Shutdown(registry, explorer, logger, drain),
  },
];
