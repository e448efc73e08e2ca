import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import type { HealthCheckResult } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import request from 'supertest';

import { CircuitBreakerInterceptor, CircuitBreakerModule, PolicyRegistry } from '../../lib/index.js';
import { CircuitBreakerHealthIndicator, CircuitBreakerHealthModule } from '../../lib/terminus/index.js';
import type { CircuitBreakerHealthModuleOptions } from '../../lib/terminus/index.js';

let app: INestApplication | undefined;

afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function boot(platform: string, options?: CircuitBreakerHealthModuleOptions) {
  const module = await Test.createTestingModule({
    imports: [
      CircuitBreakerModule.forRoot({
        logger: false,
        breakers: { payments: { breakDuration: '30s' }, cache: { critical: false } },
      }),
      CircuitBreakerHealthModule.forRoot({ terminus: { logger: false }, ...options }),
    ],
    providers: [{ provide: APP_INTERCEPTOR, useClass: CircuitBreakerInterceptor }],
  }).compile();
  if (platform === 'fastify') {
    const fastify = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    await fastify.listen(0, '127.0.0.1');
    app = fastify;
  } else {
    app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
  }
  const registry = app.get(PolicyRegistry);
  registry.circuitBreaker('payments');
  registry.circuitBreaker('cache');
  return { registry, server: app.getHttpServer() as Parameters<typeof request>[0] };
}

describe.each(['express', 'fastify'])('GET /health on %s', (platform) => {
  it('is 200 and ok while all is well', async () => {
    const { server } = await boot(platform);
    const { body } = await request(server).get('/health').expect(200);
    expect(body).toMatchObject({
      status: 'ok',
      details: { 'circuit-breakers': { status: 'up', color: 'green', breakers: { payments: { state: 'closed' } } } },
    });
  });

  it('is 503 while a critical breaker is open, and names it', async () => {
    const { registry, server } = await boot(platform);
    registry.circuitBreaker('payments').isolate();
    const { body } = await request(server).get('/health').expect(503);
    expect(body).toMatchObject({
      status: 'error',
      error: { 'circuit-breakers': { status: 'down', color: 'red', breakers: { payments: { color: 'red' } } } },
    });
  });

  it('is 200 and degraded while only others are', async () => {
    const { registry, server } = await boot(platform);
    registry.circuitBreaker('cache').isolate();
    const { body } = await request(server).get('/health').expect(200);
    expect(body).toMatchObject({
      status: 'degraded',
      details: { 'circuit-breakers': { status: 'degraded', color: 'yellow', breakers: { cache: { color: 'red' } } } },
    });
  });

  it('stands where it is told to, with the options it is given', async () => {
    const { registry, server } = await boot(platform, { path: 'ops/ready', key: 'upstreams', details: false });
    registry.circuitBreaker('payments').isolate();
    await request(server).get('/health').expect(404);
    const { body } = await request(server).get('/ops/ready').expect(503);
    expect(body).toMatchObject({ details: { upstreams: { status: 'down', color: 'red' } } });
    expect(JSON.stringify(body)).not.toContain('payments');
  });

  it('is no handler that the interceptor guards: asking leaves no breaker behind', async () => {
    const { registry, server } = await boot(platform);
    registry.circuitBreaker('payments').isolate();
    for (let i = 0; i < 8; i++) await request(server).get('/health').expect(503);
    expect(registry.snapshot().map(({ name }) => name)).toEqual(['payments', 'cache']);
  });
});

describe('a controller of your own', () => {
  @Controller()
  class HealthController {
    constructor(
      @Inject(HealthCheckService) private readonly health: HealthCheckService,
      @Inject(CircuitBreakerHealthIndicator) private readonly breakers: CircuitBreakerHealthIndicator,
    ) {}

    @Get('health')
    @HealthCheck()
    check(): Promise<HealthCheckResult> {
      return this.health.check([() => this.breakers.check('circuit-breakers', { only: ['cache'] })]);
    }

    @Get('each')
    @HealthCheck()
    each(): Promise<HealthCheckResult> {
      return this.health.check([() => this.breakers.checkEach()]);
    }
  }

  it('asks an indicator that stands among the providers', async () => {
    const module = await Test.createTestingModule({
      imports: [CircuitBreakerModule.forRoot({ logger: false }), TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [CircuitBreakerHealthIndicator],
    }).compile();
    app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
    const server = app.getHttpServer() as Parameters<typeof request>[0];
    const registry = app.get(PolicyRegistry);
    registry.circuitBreaker('payments').isolate();
    registry.circuitBreaker('cache');
    await request(server).get('/health').expect(200);
    const { body } = await request(server).get('/each').expect(503);
    expect(body).toMatchObject({ info: { cache: { status: 'up' } }, error: { payments: { status: 'down' } } });
  });
});
