import {
  Controller,
  Get,
  Header,
  NotFoundException,
  Param,
  Req,
  Res,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import type { Type } from '@nestjs/common';

import { SkipCircuitBreaker } from '../nest/index.js';
import type { AdminGuard } from './admin-options.js';
import { ASSETS } from './dashboard/assets.js';
import { PAGE } from './dashboard/page.js';
import type { AdminRequest, AdminResponse } from './http.js';
import { SafeHeaders } from './reading.controller.js';

/** Nothing but the page's own files, and no text that becomes markup or code. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Makes the controller of the page and its files. */
export function dashboardController(path: string, guards: readonly AdminGuard[]): Type<unknown> {
  @SkipCircuitBreaker()
  @UseGuards(...guards)
  @Controller({ path, version: VERSION_NEUTRAL })
  class CircuitBreakerDashboardController {
    @Get('dashboard')
    @SafeHeaders()
    @Header('Content-Type', 'text/html; charset=utf-8')
    @Header('Content-Security-Policy', POLICY)
    page(@Req() request: AdminRequest, @Res({ passthrough: true }) response: AdminResponse): string {
      // the page finds its files and the API beside it
      if ((request.url.split('?')[0] ?? '').endsWith('/')) {
        response.status(302);
        response.header('Location', '../dashboard');
      }
      return PAGE;
    }

    @Get('assets/:file')
    @SafeHeaders()
    asset(@Param('file') file: string, @Res({ passthrough: true }) response: AdminResponse): string {
      const asset = ASSETS.get(file);
      if (asset === undefined) throw new NotFoundException();
      response.header('Content-Type', asset.type);
      return asset.text;
    }
  }
  return CircuitBreakerDashboardController;
}
