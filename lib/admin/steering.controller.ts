import {
  Body,
  Controller,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Req,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import type { Type } from '@nestjs/common';

import { SkipCircuitBreaker } from '../nest/index.js';
import { AdminDesk } from './admin-desk.js';
import type { AdminAction, AdminGuard } from './admin-options.js';
import { SafeHeaders } from './reading.controller.js';

/** Makes the controller of all that changes something; each answers how the breaker stands then. */
export function steeringController(path: string, guards: readonly AdminGuard[]): Type<unknown> {
  @SkipCircuitBreaker()
  @UseGuards(...guards)
  @Controller({ path, version: VERSION_NEUTRAL })
  class CircuitBreakerSteeringController {
    constructor(@Inject(AdminDesk) private readonly desk: AdminDesk) {}

    @Post(':name/isolate')
    @HttpCode(200)
    @SafeHeaders()
    isolate(@Param('name') name: string, @Body() body: unknown, @Req() request: object): object {
      return this.move('isolate', name, body, request);
    }

    @Post(':name/close')
    @HttpCode(200)
    @SafeHeaders()
    close(@Param('name') name: string, @Body() body: unknown, @Req() request: object): object {
      return this.move('close', name, body, request);
    }

    @Post(':name/reset')
    @HttpCode(200)
    @SafeHeaders()
    reset(@Param('name') name: string, @Body() body: unknown, @Req() request: object): object {
      return this.move('reset', name, body, request);
    }

    @Post(':name/disable')
    @HttpCode(200)
    @SafeHeaders()
    disable(@Param('name') name: string, @Body() body: unknown, @Req() request: object): object {
      return this.move('disable', name, body, request);
    }

    @Post(':name/metrics-only')
    @HttpCode(200)
    @SafeHeaders()
    metricsOnly(@Param('name') name: string, @Body() body: unknown, @Req() request: object): object {
      return this.move('metrics-only', name, body, request);
    }

    @Patch(':name')
    @SafeHeaders()
    update(@Param('name') name: string, @Body() body: unknown, @Req() request: object): object {
      const breaker = this.desk.find(name);
      this.desk.operator.update(breaker, body, request);
      return this.desk.show(breaker);
    }

    private move(
      action: Exclude<AdminAction['action'], 'update'>,
      name: string,
      body: unknown,
      request: object,
    ): object {
      const breaker = this.desk.find(name);
      this.desk.operator.move(breaker, action, body, request);
      return this.desk.show(breaker);
    }
  }
  return CircuitBreakerSteeringController;
}
