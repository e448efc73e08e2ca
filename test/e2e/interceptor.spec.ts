import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Header,
  HttpCode,
  Inject,
  NotFoundException,
  Query,
  Sse,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import {
  CircuitBreaker,
  CircuitBreakerInterceptor,
  CircuitBreakerModule,
  PolicyRegistry,
  Retry,
  SkipCircuitBreaker,
} from 'nest-circuit-breaker';
import { ManualClock } from 'nest-circuit-breaker/testing';
import { of } from 'rxjs';
import type { Observable } from 'rxjs';
import request from 'supertest';

import { PLATFORMS, serve } from '../fixtures/platforms.js';
import type { Platform, Served } from '../fixtures/platforms.js';

@Controller('shop')
class ShopController {
  @Get('plain')
  @HttpCode(202)
  @Header('X-Kept', 'yes')
  plain(@Query('fail') fail?: string): string {
    if (fail !== undefined) throw fail === 'caller' ? new NotFoundException() : new Error('down');
    return 'plain';
  }

  @Get('stream')
  stream(): Observable<string> {
    return of('one', 'two');
  }

  @Sse('events')
  events(): Observable<{ data: string }> {
    return of({ data: 'one' }, { data: 'two' });
  }

  @Get('own')
  @CircuitBreaker('own')
  async own(): Promise<string> {
    return 'own';
  }

  @Get('retried')
  @Retry({ maxAttempts: 1 })
  async retried(): Promise<string> {
    return 'retried';
  }

  @Get('skipped')
  @SkipCircuitBreaker()
  skipped(): string {
    return 'skipped';
  }
}

@Controller('desk')
@CircuitBreaker('desk', { failureThreshold: 2 })
class DeskController {
  @Get('sync')
  sync(): string {
    return 'sync';
  }

  @Get('async')
  async async(): Promise<string> {
    return 'async';
  }
}

@Controller()
class HealthController {
  constructor(@Inject(HealthCheckService) readonly health: HealthCheckService) {}

  @Get('health')
  @HealthCheck({ noCache: true, swaggerDocumentation: false })
  async check(): Promise<unknown> {
    return this.health.check([() => ({ it: { status: 'down' } })]);
  }

  @Get('described')
  @HealthCheck({ noCache: false, swaggerDocumentation: false })
  async described(): Promise<unknown> {
    return this.health.check([]);
  }

  @Get('uncached')
  @Header('Cache-Control', 'no-store')
  uncached(): string {
    return 'uncached';
  }
}

// as Terminus leaves it where Swagger is installed: jest's loader keeps it from being found
const NOT_SUCCESSFUL = { 503: { description: 'The Health Check is not successful' } };
Reflect.defineMetadata('swagger/apiResponse', NOT_SUCCESSFUL, HealthController.prototype.described);

@Controller('apart')
@SkipCircuitBreaker()
class ApartController {
  @Get()
  get(): string {
    return 'apart';
  }
}

let served: Served | undefined;

afterEach(async () => {
  await served?.app.close();
  served = undefined;
});

async function boot(platform: Platform, clock = new ManualClock()): Promise<PolicyRegistry> {
  const builder = Test.createTestingModule({
    imports: [CircuitBreakerModule.forRoot({ logger: false, clock }), TerminusModule.forRoot({ logger: false })],
    controllers: [ShopController, DeskController, HealthController, ApartController],
    providers: [{ provide: APP_INTERCEPTOR, useClass: CircuitBreakerInterceptor }],
  });
  served = await serve(platform, builder);
  return served.app.get(PolicyRegistry);
}

const get = (path: string) => request((served as Served).server).get(path);
const names = (registry: PolicyRegistry) => registry.snapshot().map(({ name }) => name);
const successes = (registry: PolicyRegistry, name: string) => registry.find(name)?.snapshot().totals.successes;

describe.each(PLATFORMS)('the interceptor on %s', (platform) => {
  it('guards every handler by a breaker of its own, and keeps status and headers', async () => {
    const registry = await boot(platform);
    const { statusCode, headers, text } = await get('/shop/plain');
    expect([statusCode, headers['x-kept'], text]).toEqual([202, 'yes', 'plain']);
    expect(successes(registry, 'ShopController.plain')).toBe(1);
  });

  it("counts the service's failures, not the caller's faults, and refuses when the circuit is open", async () => {
    const registry = await boot(platform);
    for (let call = 0; call < 9; call++) expect((await get('/shop/plain?fail=caller')).statusCode).toBe(404);
    for (let call = 0; call < 5; call++) expect((await get('/shop/plain?fail=service')).statusCode).toBe(500);
    const { statusCode, headers } = await get('/shop/plain');
    expect([statusCode, headers['retry-after']]).toEqual([503, '30']);
    expect(registry.find('ShopController.plain')?.snapshot().totals).toMatchObject({ ignored: 9, failures: 5 });
  });

  it('takes a stream for one call', async () => {
    const registry = await boot(platform);
    expect((await get('/shop/stream')).text).toBe('two');
    expect((await get('/shop/events')).text).toContain('data: two');
    expect(successes(registry, 'ShopController.stream')).toBe(1);
    expect(successes(registry, 'ShopController.events')).toBe(1);
  });

  it('leaves a handler with its own breaker alone, and guards one with other policies', async () => {
    const registry = await boot(platform);
    await get('/shop/own');
    await get('/shop/retried');
    expect(successes(registry, 'own')).toBe(1);
    expect(names(registry)).not.toContain('ShopController.own');
    expect(successes(registry, 'ShopController.retried')).toBe(1);
  });

  it('gives handlers the breaker that their class names, and guards none twice', async () => {
    const registry = await boot(platform);
    expect((await get('/desk/sync')).text).toBe('sync');
    expect((await get('/desk/async')).text).toBe('async');
    expect(successes(registry, 'desk')).toBe(2);
    expect(names(registry).filter((name) => name.startsWith('DeskController'))).toEqual([]);
  });

  it.each(['/shop/skipped', '/health', '/described', '/apart'])('exempts %s', async (path) => {
    const registry = await boot(platform);
    const before = names(registry);
    await get(path);
    expect(names(registry)).toEqual(before);
  });

  it('does not take any uncached handler for a health check', async () => {
    const registry = await boot(platform);
    await get('/uncached');
    expect(successes(registry, 'HealthController.uncached')).toBe(1);
  });

  it('guards a single controller', async () => {
    @Controller('single')
    @UseInterceptors(CircuitBreakerInterceptor)
    class SingleController {
      @Get()
      get(): string {
        return 'single';
      }
    }
    const root = CircuitBreakerModule.forRoot({ logger: false });
    served = await serve(platform, Test.createTestingModule({ imports: [root], controllers: [SingleController] }));
    expect((await get('/single')).text).toBe('single');
    expect(successes(served.app.get(PolicyRegistry), 'SingleController.get')).toBe(1);
  });
});
