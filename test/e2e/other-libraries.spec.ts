import { get } from 'node:http';

import { afterEach, describe, expect, it } from '@jest/globals';
import { CacheInterceptor, CacheKey, CacheModule } from '@nestjs/cache-manager';
import { Controller, Get, Injectable, Sse, UseInterceptors } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { ApiOkResponse, ApiOperation, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { CircuitBreaker, CircuitBreakerModule, PolicyRegistry, Retry, Timeout } from 'nest-circuit-breaker';
import { NEVER, concat, of } from 'rxjs';
import type { Observable } from 'rxjs';
import request from 'supertest';

import { start } from '../fixtures/application.js';
import { PLATFORMS, serve } from '../fixtures/platforms.js';

describe('@nestjs/schedule', () => {
  @Injectable()
  class Nightly {
    runs = 0;

    @Cron('0 0 3 * * *', { name: 'below' })
    @CircuitBreaker('nightly', { failureThreshold: 2 })
    async below(): Promise<void> {
      this.runs++;
      throw new Error('down');
    }

    @CircuitBreaker('nightly', { failureThreshold: 2 })
    @Cron('0 0 4 * * *', { name: 'above' })
    async above(): Promise<void> {
      this.runs++;
    }
  }

  it('runs guarded jobs, wherever its decorator stands', async () => {
    const { module, registry } = await start({ imports: [ScheduleModule.forRoot()], providers: [Nightly] });
    module.useLogger(false);
    const jobs = module.get(SchedulerRegistry);
    for (let night = 0; night < 3; night++) await jobs.getCronJob('below').fireOnTick();
    await jobs.getCronJob('above').fireOnTick();
    expect(module.get(Nightly).runs).toBe(2);
    expect(registry.find('nightly')?.snapshot().totals).toMatchObject({ failures: 2, refused: 2 });
    await module.close();
  });
});

describe('@nestjs/event-emitter', () => {
  @Injectable()
  class Mailer {
    sent: unknown[] = [];

    @OnEvent('sold')
    @CircuitBreaker('mail')
    async send(order: unknown): Promise<void> {
      this.sent.push(order);
    }
  }

  it('calls guarded listeners', async () => {
    const { module, registry } = await start({ imports: [EventEmitterModule.forRoot()], providers: [Mailer] });
    module.useLogger(false);
    const emitter = module.get(EventEmitter2);
    await emitter.emitAsync('sold', 7);
    registry.circuitBreaker('mail').isolate({ reason: 'test' });
    await emitter.emitAsync('sold', 8);
    expect(module.get(Mailer).sent).toEqual([7]);
    expect(registry.find('mail')?.snapshot().totals).toMatchObject({ successes: 1, refused: 1 });
    await module.close();
  });
});

describe.each(PLATFORMS)('beside other libraries on %s', (platform) => {
  let app: INestApplication | undefined;

  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  @Controller()
  class ShopController {
    calls = 0;

    @ApiOperation({ summary: 'above' })
    @CircuitBreaker('shop')
    @ApiOkResponse({ description: 'between' })
    @Retry({ maxAttempts: 2 })
    @Get('item')
    async item(): Promise<string> {
      return 'item';
    }

    @Get('cached')
    @UseInterceptors(CacheInterceptor)
    @CircuitBreaker('cached')
    @CacheKey('the-key')
    async cached(): Promise<number> {
      return ++this.calls;
    }

    @Sse('prices')
    @Timeout('5s')
    @CircuitBreaker('prices', { returns: 'observable' })
    prices(): Observable<{ data: string }> {
      return of({ data: 'one' }, { data: 'two' });
    }

    @Sse('endless')
    @CircuitBreaker('endless', { returns: 'observable' })
    endless(): Observable<{ data: string }> {
      return concat(of({ data: 'one' }), NEVER);
    }
  }

  async function boot() {
    const builder = Test.createTestingModule({
      imports: [CircuitBreakerModule.forRoot({ logger: false }), CacheModule.register()],
      controllers: [ShopController],
    });
    const served = await serve(platform, builder);
    app = served.app;
    return { ...served, registry: served.app.get(PolicyRegistry) };
  }

  it("Swagger's decorators are read, above and between", async () => {
    const { app: running } = await boot();
    const document = SwaggerModule.createDocument(running, new DocumentBuilder().build());
    expect(document.paths['/item']?.get).toMatchObject({
      operationId: 'ShopController_item',
      summary: 'above',
      responses: { 200: { description: 'between' } },
    });
  });

  it('a cached answer needs no call', async () => {
    const { server, registry } = await boot();
    expect((await request(server).get('/cached')).text).toBe('1');
    expect((await request(server).get('/cached')).text).toBe('1');
    expect(registry.find('cached')?.snapshot().totals.calls).toBe(1);
  });

  it('server-sent events are one call, and refused before the first', async () => {
    const { server, registry } = await boot();
    expect((await request(server).get('/prices')).text).toContain('data: two');
    expect(registry.find('prices')?.snapshot().totals).toMatchObject({ calls: 1, successes: 1 });
    registry.circuitBreaker('prices').isolate({ reason: 'test' });
    const refused = await request(server).get('/prices');
    expect(refused.text).not.toContain('data: one');
    expect(registry.find('prices')?.snapshot().totals.refused).toBe(1);
  });

  it('server-sent events whose client goes are neutral', async () => {
    const { app: running, registry } = await boot();
    const client = get(`${await running.getUrl()}/endless`, { agent: false });
    client.on('error', () => undefined);
    await new Promise<void>((resolve) => {
      client.on('response', (response) => response.once('data', () => resolve()));
    });
    const seen = () => registry.find('endless')?.snapshot();
    expect(seen()?.inFlight).toBe(1);
    client.destroy();
    for (let turn = 0; seen()?.inFlight !== 0 && turn < 400; turn++) await new Promise((r) => setTimeout(r, 5));
    expect(seen()).toMatchObject({ inFlight: 0, totals: { calls: 1, successes: 0, failures: 0, ignored: 1 } });
  });
});
