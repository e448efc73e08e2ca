import {
  Controller,
  ForbiddenException,
  Get,
  Header,
  Inject,
  Param,
  Req,
  Res,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { applyDecorators, ServiceUnavailableException } from '@nestjs/common';
import type { Type } from '@nestjs/common';

import { SkipCircuitBreaker } from '../nest/index.js';
import { AdminDesk } from './admin-desk.js';
import type { AdminGuard } from './admin-options.js';
import { rawResponse, SAFE_HEADERS } from './http.js';
import type { AdminRequest, AdminResponse } from './http.js';

/** Headers that every answer of a handler has. */
export const SafeHeaders = (): MethodDecorator =>
  applyDecorators(...Object.entries(SAFE_HEADERS).map(([name, value]) => Header(name, value)));

/** Makes the controller of all that is only looked at; looking changes nothing. */
export function readingController(path: string, guards: readonly AdminGuard[]): Type<unknown> {
  @SkipCircuitBreaker()
  @UseGuards(...guards)
  @Controller({ path, version: VERSION_NEUTRAL })
  class CircuitBreakerReadingController {
    constructor(@Inject(AdminDesk) private readonly desk: AdminDesk) {}

    @Get()
    @SafeHeaders()
    overview(): object {
      return this.desk.overview();
    }

    @Get('events')
    stream(@Req() request: AdminRequest, @Res() response: AdminResponse): void {
      // another site's page could open streams until there is no room, and would see nothing of them
      if (request.headers['sec-fetch-site'] === 'cross-site') throw new ForbiddenException('Not for other sites.');
      const { feed } = this.desk;
      if (!feed.hasRoom) {
        response.header('Retry-After', '10');
        throw new ServiceUnavailableException('There are too many listeners.');
      }
      const raw = rawResponse(response);
      raw.writeHead(200, {
        ...SAFE_HEADERS,
        'Content-Type': 'text/event-stream; charset=utf-8',
        'X-Accel-Buffering': 'no',
      });
      raw.write('retry: 2000\n\n');
      const leave = feed.connect({
        write: (text) => raw.write(text),
        onDrain: (listener) => raw.on('drain', listener),
        end: () => raw.end(),
      });
      raw.on('error', leave).once('close', leave);
    }

    @Get('plan')
    @SafeHeaders()
    plan(): object {
      return this.desk.plan();
    }

    @Get(':name')
    @SafeHeaders()
    one(@Param('name') name: string): object {
      return this.desk.show(this.desk.find(name));
    }

    @Get(':name/events')
    @SafeHeaders()
    events(@Param('name') name: string): readonly object[] {
      return this.desk.eventsOf(this.desk.find(name));
    }
  }
  return CircuitBreakerReadingController;
}
