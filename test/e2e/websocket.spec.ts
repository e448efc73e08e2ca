import { afterEach, describe, expect, it } from '@jest/globals';
import { UseFilters } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  CircuitBreaker,
  CircuitBreakerModule,
  Fallback,
  PolicyRegistry,
  ResilienceExceptionFilter,
} from 'nest-circuit-breaker';
import { from } from 'rxjs';
import type { Observable } from 'rxjs';
import { WebSocket } from 'ws';

@WebSocketGateway()
@UseFilters(ResilienceExceptionFilter)
class QuotesGateway {
  @SubscribeMessage('quote')
  @CircuitBreaker('quotes')
  async quote(@MessageBody() symbol: string): Promise<{ event: string; data: string }> {
    return { event: 'quote', data: `${symbol} 42` };
  }

  @SubscribeMessage('follow')
  @CircuitBreaker('follow', { returns: 'observable' })
  follow(@MessageBody() symbol: string): Observable<{ event: string; data: string }> {
    return from([1, 2, 3].map((price) => ({ event: 'price', data: `${symbol} ${price}` })));
  }

  @SubscribeMessage('cached')
  @Fallback(() => ({ event: 'cached', data: 'yesterday' }))
  @CircuitBreaker('quotes')
  async cached(): Promise<{ event: string; data: string }> {
    return { event: 'cached', data: 'today' };
  }
}

let app: INestApplication | undefined;
let socket: WebSocket | undefined;

afterEach(async () => {
  socket?.terminate();
  await app?.close();
  [app, socket] = [undefined, undefined];
});

async function boot() {
  const module = await Test.createTestingModule({
    imports: [CircuitBreakerModule.forRoot({ logger: false })],
    providers: [QuotesGateway],
  }).compile();
  app = module.createNestApplication({ logger: false });
  app.useWebSocketAdapter(new WsAdapter(app));
  await app.listen(0, '127.0.0.1');
  const client = (socket = new WebSocket((await app.getUrl()).replace('http', 'ws')));
  await new Promise((resolve) => client.once('open', resolve));
  const ask = (event: string, answers = 1): Promise<unknown[]> => {
    const heard: unknown[] = [];
    client.send(JSON.stringify({ event, data: 'ACME' }));
    return new Promise((resolve) => {
      client.on('message', (text: Buffer) => {
        heard.push(JSON.parse(text.toString()));
        if (heard.length === answers) resolve(heard);
      });
    });
  };
  return { ask, registry: app.get(PolicyRegistry) };
}

describe('over a WebSocket', () => {
  it('a message handler is guarded', async () => {
    const { ask, registry } = await boot();
    expect(await ask('quote')).toEqual([{ event: 'quote', data: 'ACME 42' }]);
    expect(registry.find('quotes')?.snapshot().totals.successes).toBe(1);
  });

  it('a handler that answers with a stream is one call', async () => {
    const { ask, registry } = await boot();
    const prices = await ask('follow', 3);
    expect(prices.at(-1)).toEqual({ event: 'price', data: 'ACME 3' });
    expect(registry.find('follow')?.snapshot().totals).toMatchObject({ calls: 1, successes: 1 });
  });

  it('a refusal is an exception that the client can read', async () => {
    const { ask, registry } = await boot();
    registry.circuitBreaker('quotes').isolate({ reason: 'test', for: 5_000 });
    expect(await ask('quote')).toEqual([
      {
        event: 'exception',
        data: {
          status: 'error',
          statusCode: 503,
          code: 'ERR_CIRCUIT_OPEN',
          message: 'Service Unavailable',
          retryAfter: expect.any(Number),
        },
      },
    ]);
  });

  it('a fallback answers', async () => {
    const { ask, registry } = await boot();
    registry.circuitBreaker('quotes').isolate({ reason: 'test' });
    expect(await ask('cached')).toEqual([{ event: 'cached', data: 'yesterday' }]);
  });
});
