import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import type { TerminusModuleOptions } from '@nestjs/terminus';

import type { CircuitBreakerHealthOptions } from './health-answer.js';
import { CircuitBreakerHealthIndicator } from './health-indicator.js';
import { healthController } from './health.controller.js';

export interface CircuitBreakerHealthModuleOptions extends CircuitBreakerHealthOptions {
  /** Where the endpoint stands. @default 'health' */
  readonly path?: string | undefined;
  /** Under which key the breakers stand in the answer. @default 'circuit-breakers' */
  readonly key?: string | undefined;
  /** Handed to Terminus: `{ logger: false }` silences its log line for every 503. */
  readonly terminus?: TerminusModuleOptions | undefined;
}

/** The health endpoint ready-made, and {@link CircuitBreakerHealthIndicator} for endpoints of your own. */
@Module({})
export class CircuitBreakerHealthModule {
  static forRoot(options: CircuitBreakerHealthModuleOptions = {}): DynamicModule {
    const { path = 'health', key = 'circuit-breakers', terminus = {}, ...check } = options;
    return {
      module: CircuitBreakerHealthModule,
      imports: [TerminusModule.forRoot(terminus)],
      controllers: [healthController(path, key, check)],
      providers: [CircuitBreakerHealthIndicator],
      exports: [CircuitBreakerHealthIndicator, TerminusModule],
    };
  }
}
