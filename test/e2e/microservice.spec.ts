import type { AddressInfo, Server } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { ClientProxyFactory, EventPattern, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import type { ClientProxy } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { CircuitBreaker, CircuitBreakerModule, Fallback, PolicyRegistry, Timeout } from 'nest-circuit-breaker';
import { firstValueFrom, from, lastValueFrom, toArray } from 'rxjs';
import type { Observable } from 'rxjs';
import request from 'supertest';

@Controller()
class StockController {
  heard: number[] = [];

  @MessagePattern('reserve')
  @CircuitBreaker('stock', { failureThreshold: 2, breakDuration: '1m' })
  async reserve(@Payload() id: number): Promise<string> {
    if (id < 0) throw new Error('no such item');
    return `reserved ${id}`;
  }

  @MessagePattern('list')
  @CircuitBreaker('list', { returns: 'observable' })
  list(@Payload() count: number): Observable<number> {
    return from(Array.from({ length: count }, (_, index) => index));
  }

  @EventPattern('sold')
  @CircuitBreaker('sold', { failureThreshold: 2 })
  async sold(@Payload() id: number): Promise<void> {
    this.heard.push(id);
    if (id < 0) throw new Error('cannot be sold');
  }

  @Get('reserve')
  @CircuitBreaker('stock', { failureThreshold: 2, breakDuration: '1m' })
  async overHttp(): Promise<string> {
    return 'over HTTP';
  }
}

/** Guards calls on the caller's side. */
class StockClient {
  client!: ClientProxy;

  // firstValueFrom leaves at the first item: that one is to count
  @CircuitBreaker('client', { returns: 'observable', settleOn: 'first', failureThreshold: 2 })
  reserve(id: number): Observable<string> {
    return this.client.send<string, number>('reserve', id);
  }

  @Fallback(() => 'from the fallback')
  @Timeout('5s')
  async tryReserve(id: number): Promise<string> {
    return firstValueFrom(this.client.send<string, number>('reserve', id));
  }
}

let app: INestApplication | undefined;
let client: ClientProxy | undefined;

afterEach(async () => {
  await client?.close();
  await app?.close();
  [app, client] = [undefined, undefined];
});

/** A hybrid application: HTTP and TCP, with its global filters for both. */
async function boot() {
  const module = await Test.createTestingModule({
    imports: [CircuitBreakerModule.forRoot({ logger: false, drain: 1 })],
    controllers: [StockController],
    providers: [StockClient],
  }).compile();
  app = module.createNestApplication({ logger: false });
  const tcp = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } } as const;
  const microservice = app.connectMicroservice(tcp, { inheritAppConfig: true });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const { port } = microservice.unwrap<Server>().address() as AddressInfo;
  client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
  const registry = app.get(PolicyRegistry);
  const stock = app.get(StockClient);
  stock.client = client;
  return { app, client, registry, stock, totals: (name: string) => registry.find(name)?.snapshot().totals };
}

describe('over TCP', () => {
  it('a message handler is guarded, and a refusal is an error that its client can read', async () => {
    const { client, totals } = await boot();
    const reserve = (id: number) => firstValueFrom(client.send<string, number>('reserve', id));
    expect(await reserve(7)).toBe('reserved 7');
    for (let call = 0; call < 2; call++) await expect(reserve(-1)).rejects.toMatchObject({ status: 'error' });
    await expect(reserve(7)).rejects.toMatchObject({
      status: 'error',
      statusCode: 503,
      code: 'ERR_CIRCUIT_OPEN',
      message: 'Service Unavailable',
      retryAfter: expect.any(Number),
    });
    expect(totals('stock')).toMatchObject({ calls: 3, failures: 2, refused: 1 });
  });

  it('a handler that answers with a stream is one call', async () => {
    const { client, totals } = await boot();
    expect(await lastValueFrom(client.send<number, number>('list', 3).pipe(toArray()))).toEqual([0, 1, 2]);
    expect(totals('list')).toMatchObject({ calls: 1, successes: 1 });
  });

  it('an event handler is guarded', async () => {
    const { app, client, registry, totals } = await boot();
    const emit = async (id: number, until: () => boolean): Promise<void> => {
      client.emit('sold', id);
      for (let turn = 0; !until() && turn < 400; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await emit(-1, () => totals('sold')?.failures === 1);
    await emit(-2, () => registry.find('sold')?.state === 'open');
    await emit(3, () => totals('sold')?.refused === 1);
    expect(app.get(StockController).heard).toEqual([-1, -2]);
    expect(totals('sold')).toMatchObject({ failures: 2, refused: 1 });
  });

  it("calls are guarded on the caller's side, too", async () => {
    const { stock, totals } = await boot();
    expect(await firstValueFrom(stock.reserve(7))).toBe('reserved 7');
    for (let call = 0; call < 2; call++) await expect(firstValueFrom(stock.reserve(-1))).rejects.toMatchObject({});
    await expect(firstValueFrom(stock.reserve(7))).rejects.toMatchObject({
      code: 'ERR_CIRCUIT_OPEN',
      breaker: 'client',
    });
    expect(await stock.tryReserve(-1)).toBe('from the fallback');
    expect(totals('client')).toMatchObject({ successes: 1, failures: 2, refused: 1 });
  });

  it('a hybrid application shares a breaker between its transports', async () => {
    const { app, client, registry } = await boot();
    const server = app.getHttpServer() as Parameters<typeof request>[0];
    expect((await request(server).get('/reserve')).text).toBe('over HTTP');
    registry.circuitBreaker('stock').isolate({ reason: 'test' });
    await request(server).get('/reserve').expect(503);
    await expect(firstValueFrom(client.send('reserve', 7))).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
  });
});
