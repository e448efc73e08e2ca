import { Inject, Injectable, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import { PolicyRegistry } from '../engine/index.js';
import { startTelemetry } from './telemetry.js';
import type { TelemetryOptions } from './telemetry.js';

export type CircuitBreakerOpenTelemetryModuleOptions = TelemetryOptions;

const OPTIONS = Symbol('CircuitBreakerOpenTelemetryModule options');

@Injectable()
class Telemetry implements OnModuleInit, OnApplicationShutdown {
  private stop: (() => void) | undefined;

  constructor(
    @Inject(PolicyRegistry) private readonly policies: PolicyRegistry,
    @Inject(OPTIONS) private readonly options: CircuitBreakerOpenTelemetryModuleOptions,
  ) {}

  onModuleInit(): void {
    this.stop = startTelemetry(this.policies, this.options);
  }

  onApplicationShutdown(): void {
    this.stop?.();
  }
}

/**
 * Metrics through OpenTelemetry's meters, events and attributes on the active span. Register the SDK before the
 * application starts, as OpenTelemetry asks; without one this module costs a call nothing.
 */
@Module({})
export class CircuitBreakerOpenTelemetryModule {
  static forRoot(options: CircuitBreakerOpenTelemetryModuleOptions = {}): DynamicModule {
    return {
      module: CircuitBreakerOpenTelemetryModule,
      providers: [{ provide: OPTIONS, useValue: options }, Telemetry],
    };
  }
}
