import { Controller, Get, Inject, VERSION_NEUTRAL } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import type { HealthCheckResult } from '@nestjs/terminus';

import { SkipCircuitBreaker } from '../nest/index.js';
import type { CircuitBreakerHealthOptions } from './health-answer.js';
import { CircuitBreakerHealthIndicator } from './health-indicator.js';

/** Makes the controller that answers `GET` on a path, of no version: orchestrators ask for `/health`, not for `/v1/health`. */
export function healthController(path: string, key: string, options: CircuitBreakerHealthOptions): Type<unknown> {
  @SkipCircuitBreaker()
  @Controller({ path, version: VERSION_NEUTRAL })
  class CircuitBreakerHealthController {
    constructor(
      @Inject(HealthCheckService) private readonly health: HealthCheckService,
      @Inject(CircuitBreakerHealthIndicator) private readonly breakers: CircuitBreakerHealthIndicator,
    ) {}

    @Get()
    @HealthCheck()
    check(): Promise<HealthCheckResult> {
      return this.health.check([() => this.breakers.check(key, options)]);
    }
  }
  return CircuitBreakerHealthController;
}
