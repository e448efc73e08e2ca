import { get } from 'node:http';

import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Inject,
  Injectable,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Scope,
  UseGuards,
  createParamDecorator,
} from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ContextIdFactory, REQUEST } from '@nestjs/core';
import type { ContextId, ContextIdStrategy, HostComponentInfo } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  CallSignal,
  CircuitBreaker,
  CircuitBreakerModule,
  Fallback,
  PolicyRegistry,
  Retry,
  Timeout,
} from 'nest-circuit-breaker';
import request from 'supertest';

import { PLATFORMS, serve } from '../fixtures/platforms.js';
import type { Platform, Served } from '../fixtures/platforms.js';

interface Incoming {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly raw?: Incoming;
  once(event: 'close', listener: () => void): void;
}

/** The signal of a request: it aborts when the client goes. */
const Disconnect = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const incoming = context.switchToHttp().getRequest<Incoming>();
  const controller = new AbortController();
  const socketOf = (each: Incoming) =>
    (each as unknown as { socket: { once(event: 'close', listener: () => void): void } }).socket;
  socketOf(incoming.raw ?? incoming).once('close', () => controller.abort(new Error('the client is gone')));
  return controller.signal;
});

@Injectable()
class Closed implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Injectable({ scope: Scope.REQUEST })
class Tenant {
  constructor(@Inject(REQUEST) private readonly incoming: Incoming) {}

  @CircuitBreaker('tenant', { failureThreshold: 2 })
  async name(): Promise<string> {
    const name = this.incoming.headers['x-tenant'];
    if (name === undefined) throw new Error('no tenant');
    return name;
  }
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class Store {
  static made = 0;
  readonly id = ++Store.made;

  @CircuitBreaker('store')
  async open(): Promise<number> {
    return this.id;
  }
}

@Injectable()
class Upstream {
  isCalled = false;
  aborted: unknown;

  @Timeout('10s')
  async hang(@CallSignal() signal?: AbortSignal): Promise<never> {
    this.isCalled = true;
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => {
        this.aborted = signal.reason;
        reject(signal.reason as Error);
      });
    });
  }
}

@Controller('shop')
class ShopController {
  constructor(@Inject(Upstream) readonly upstream: Upstream) {}

  @Post('buy/:id')
  @Fallback('sorry')
  @Retry({ maxAttempts: 2, delay: 1 })
  @CircuitBreaker('buy')
  async buy(
    @Param('id', ParseIntPipe) id: number,
    @Query('n') n: string,
    @CallSignal() signal?: AbortSignal,
  ): Promise<object> {
    if (id === 0) throw new Error('sold out');
    return { id, n, hasSignal: signal instanceof AbortSignal };
  }

  sorry(id: number, n: string, _signal: unknown, error: Error): object {
    return { sorry: id, n, why: error.message };
  }

  @Get('closed')
  @UseGuards(Closed)
  @CircuitBreaker('closed')
  async closed(): Promise<string> {
    return 'never';
  }

  @Get('bare')
  @CircuitBreaker('bare')
  async bare(@CallSignal() signal?: AbortSignal): Promise<{ aborted: boolean | undefined }> {
    return { aborted: signal?.aborted };
  }

  @Get('hang')
  async hang(@Disconnect() signal: AbortSignal): Promise<never> {
    return this.upstream.hang(signal);
  }
}

@Controller({ path: 'tenant', scope: Scope.REQUEST })
class TenantController {
  constructor(
    @Inject(Tenant) readonly tenant: Tenant,
    @Inject(Store) readonly store: Store,
  ) {}

  @Get()
  @CircuitBreaker('tenant-handler')
  async get(): Promise<string> {
    return `${await this.tenant.name()} in store ${await this.store.open()}`;
  }
}

/** Keeps durable providers by tenant. */
class ByTenant implements ContextIdStrategy<Incoming> {
  private readonly known = new Map<string, ContextId>();

  attach(contextId: ContextId, incoming: Incoming) {
    const name = incoming.headers['x-tenant'] ?? '';
    const kept = this.known.get(name) ?? ContextIdFactory.create();
    this.known.set(name, kept);
    return (info: HostComponentInfo) => (info.isTreeDurable ? kept : contextId);
  }
}

let served: Served[] = [];

afterEach(async () => {
  await Promise.all(served.map(({ app }) => app.close()));
  served = [];
});

async function boot(platform: Platform) {
  const builder = Test.createTestingModule({
    imports: [CircuitBreakerModule.forRoot({ logger: false, drain: 1 })],
    controllers: [ShopController, TenantController],
    providers: [Upstream, Tenant, Store],
  });
  const one = await serve(platform, builder);
  served.push(one);
  const registry = one.app.get(PolicyRegistry);
  return { ...one, registry, totals: (name: string) => registry.find(name)?.snapshot().totals };
}

describe.each(PLATFORMS)('a guarded handler on %s', (platform) => {
  it('keeps its parameters, pipes and status, and leaves a place for the signal', async () => {
    const { server, totals } = await boot(platform);
    const { body } = await request(server).post('/shop/buy/7?n=2').expect(201);
    expect(body).toEqual({ id: 7, n: '2', hasSignal: true });
    await request(server).post('/shop/buy/seven').expect(400);
    expect(totals('buy')).toMatchObject({ calls: 1, successes: 1 });
  });

  it('answers from its fallback', async () => {
    const { server, totals } = await boot(platform);
    const { body } = await request(server).post('/shop/buy/0?n=2').expect(201);
    expect(body).toEqual({ sorry: 0, n: '2', why: 'sold out' });
    expect(totals('buy')).toMatchObject({ failures: 2 });
  });

  it('stays behind its guards', async () => {
    const { server, totals } = await boot(platform);
    await request(server).get('/shop/closed').expect(403);
    expect(totals('closed')?.calls).toBe(0);
  });

  it('does not take the request for a signal where it has no other parameter', async () => {
    const { server } = await boot(platform);
    expect((await request(server).get('/shop/bare').expect(200)).body).toEqual({ aborted: false });
  });

  it("aborts what it called when the client goes, where the handler's own signal is passed on", async () => {
    const { app } = await boot(platform);
    const upstream = app.get(Upstream);
    const client = get(`${await app.getUrl()}/shop/hang`, { agent: false });
    client.on('error', () => undefined);
    for (let turn = 0; !upstream.isCalled && turn < 400; turn++) await new Promise((r) => setTimeout(r, 5));
    client.destroy();
    for (let turn = 0; upstream.aborted === undefined && turn < 400; turn++) await new Promise((r) => setTimeout(r, 5));
    expect((upstream.aborted as Error).message).toBe('the client is gone');
  });

  it('[C57] shares the state of its name among requests, and of request-scoped and durable providers', async () => {
    ContextIdFactory.apply(new ByTenant());
    const { server, registry, totals } = await boot(platform);
    const first = (await request(server).get('/tenant').set('x-tenant', 'a').expect(200)).text;
    const again = (await request(server).get('/tenant').set('x-tenant', 'a').expect(200)).text;
    const other = (await request(server).get('/tenant').set('x-tenant', 'b').expect(200)).text;
    expect(again).toBe(first);
    expect(other).not.toBe(first.replace('a in', 'b in'));
    expect([totals('tenant')?.calls, totals('store')?.calls, totals('tenant-handler')?.calls]).toEqual([3, 3, 3]);
    for (let call = 0; call < 2; call++) await request(server).get('/tenant').expect(500);
    await request(server).get('/tenant').set('x-tenant', 'a').expect(503);
    expect(registry.find('tenant')?.state).toBe('open');
  });

  it('[C56] shares nothing with another application in the process', async () => {
    const [one, two] = [await boot(platform), await boot(platform)];
    await request(one.server).post('/shop/buy/7').expect(201);
    one.registry.circuitBreaker('tenant').isolate({ reason: 'test' });
    await request(one.server).get('/tenant').set('x-tenant', 'a').expect(503);
    await request(two.server).get('/tenant').set('x-tenant', 'a').expect(200);
    expect([one.totals('buy')?.calls, two.totals('buy')?.calls]).toEqual([1, 0]);
  });
});
