import { afterEach, describe, expect, it } from '@jest/globals';
import { Catch, Controller, Get, HttpException, NotFoundException, Param, UseFilters } from '@nestjs/common';
import type { ArgumentsHost } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BulkheadFullError,
  CallTimeoutError,
  CircuitBreaker,
  CircuitBreakerModule,
  CircuitOpenError,
  PolicyRegistry,
  RateLimitedError,
  ResilienceExceptionFilter,
  ShuttingDownError,
} from 'nest-circuit-breaker';
import type { CircuitBreakerModuleOptions } from 'nest-circuit-breaker';
import { ManualClock } from 'nest-circuit-breaker/testing';
import { firstValueFrom } from 'rxjs';
import type { Observable } from 'rxjs';
import request from 'supertest';

import { PLATFORMS, serve } from '../fixtures/platforms.js';
import type { Platform, Served } from '../fixtures/platforms.js';

/** As another copy of the package would throw it. */
class ForeignOpenError extends Error {
  readonly code = 'ERR_CIRCUIT_OPEN';
  readonly statusCode = 503;
  readonly retryAfter = 1_001;
}

const ERRORS: Readonly<Record<string, () => unknown>> = {
  open: () => new CircuitOpenError('payments-of-ACME', 'open', 20_001),
  isolated: () => new CircuitOpenError('payments', 'isolated'),
  timeout: () => new CallTimeoutError('payments', 250),
  bulkhead: () => new BulkheadFullError('payments', 10, 0),
  limited: () => new RateLimitedError('payments', 1),
  shutdown: () => new ShuttingDownError('retry', 'payments'),
  foreign: () => new ForeignOpenError('open'),
  notfound: () => new NotFoundException('no such thing'),
  teapot: () => new HttpException({ code: 'ERR_TEAPOT' }, 418),
  plain: () => new Error('a secret'),
  coded: () => Object.assign(new Error('a secret'), { code: 'ERR_SOMETHING_ELSE' }),
  text: () => 'a secret',
};

@Controller()
class Shop {
  @Get('fail/:how')
  fail(@Param('how') how: string): void {
    throw ERRORS[how]?.();
  }

  @Get('guarded')
  @CircuitBreaker('payments', { failureThreshold: 1, breakDuration: '90s' })
  async guarded(): Promise<void> {
    throw new Error('down');
  }
}

@Catch(CircuitOpenError)
class OwnFilter {
  catch(_error: CircuitOpenError, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<{ status(code: number): { send(body: object): void } }>();
    response.status(418).send({ own: true });
  }
}

let served: Served | undefined;

afterEach(async () => {
  await served?.app.close();
  served = undefined;
});

async function get(platform: Platform, path: string, options: CircuitBreakerModuleOptions = {}) {
  const root = CircuitBreakerModule.forRoot({ logger: false, clock: new ManualClock(), ...options });
  served = await serve(platform, Test.createTestingModule({ imports: [root], controllers: [Shop] }));
  return request(served.server).get(path);
}

describe.each(PLATFORMS)('the exception filter on %s', (platform) => {
  it.each([
    ['open', 503, '21', 'ERR_CIRCUIT_OPEN'],
    ['isolated', 503, undefined, 'ERR_CIRCUIT_OPEN'],
    ['timeout', 504, undefined, 'ERR_CALL_TIMEOUT'],
    ['bulkhead', 503, undefined, 'ERR_BULKHEAD_FULL'],
    ['limited', 429, '1', 'ERR_RATE_LIMITED'],
    ['shutdown', 503, undefined, 'ERR_SHUTTING_DOWN'],
    ['foreign', 503, '2', 'ERR_CIRCUIT_OPEN'],
  ])('answers %s with %i and Retry-After %s', async (how, status, retryAfter, code) => {
    const { body, headers, statusCode } = await get(platform, `/fail/${how}`);
    expect([statusCode, headers['retry-after']]).toEqual([status, retryAfter]);
    expect(body).toMatchObject({ statusCode: status, code });
  });

  it('tells clients neither names nor causes', async () => {
    const { body } = await get(platform, '/fail/open');
    expect(body).toEqual({
      statusCode: 503,
      code: 'ERR_CIRCUIT_OPEN',
      message: 'Service Unavailable',
      retryAfter: 20_001,
    });
  });

  it.each([
    ['notfound', 404, { message: 'no such thing' }],
    ['teapot', 418, { code: 'ERR_TEAPOT' }],
    ['plain', 500, { message: 'Internal server error' }],
    ['coded', 500, { message: 'Internal server error' }],
    ['text', 500, { message: 'Internal server error' }],
  ])("leaves %s to Nest's default", async (how, status, body) => {
    const response = await get(platform, `/fail/${how}`);
    expect(response.statusCode).toBe(status);
    expect(response.body).toMatchObject(body);
  });

  it('answers for a guarded handler whose circuit is open', async () => {
    expect((await get(platform, '/guarded')).statusCode).toBe(500);
    const second = await request((served as Served).server).get('/guarded');
    expect([second.statusCode, second.headers['retry-after']]).toEqual([503, '90']);
    expect((served as Served).app.get(PolicyRegistry).find('payments')?.state).toBe('open');
  });

  it('is not there when it is switched off', async () => {
    expect((await get(platform, '/fail/open', { filter: false })).statusCode).toBe(500);
  });

  it('gives way to filters nearer to the handler', async () => {
    @Controller()
    @UseFilters(OwnFilter)
    class Own {
      @Get('own')
      own(): void {
        throw new CircuitOpenError('payments', 'open', 1);
      }
    }
    const root = CircuitBreakerModule.forRoot({ logger: false });
    served = await serve(platform, Test.createTestingModule({ imports: [root], controllers: [Own] }));
    expect((await request(served.server).get('/own')).statusCode).toBe(418);
  });
});

describe('the exception filter elsewhere', () => {
  const filter = new ResilienceExceptionFilter();
  const error = new CircuitOpenError('payments', 'open', 1_500);
  const hostOf = (type: string, client: unknown = undefined): ArgumentsHost =>
    ({ getType: () => type, switchToWs: () => ({ getClient: () => client }) }) as unknown as ArgumentsHost;
  const reply = {
    status: 'error',
    statusCode: 503,
    code: 'ERR_CIRCUIT_OPEN',
    message: 'Service Unavailable',
    retryAfter: 1_500,
  };

  it('replies over RPC with an object that clients can read', async () => {
    const answer = filter.catch(error, hostOf('rpc')) as Observable<never>;
    await expect(firstValueFrom(answer)).rejects.toEqual(reply);
  });

  it('throws for GraphQL an error whose extensions have the code', () => {
    expect(() => filter.catch(error, hostOf('graphql'))).toThrow(
      expect.objectContaining({
        message: 'Service Unavailable',
        extensions: { code: 'ERR_CIRCUIT_OPEN', retryAfter: 1_500 },
        cause: error,
      }),
    );
  });

  it('sends a native WebSocket an exception message, though it has an emit as well', () => {
    const sent: unknown[] = [];
    const client = {
      readyState: 1,
      send: (text: string) => sent.push(JSON.parse(text)),
      emit: () => sent.push('emitted'),
    };
    filter.catch(error, hostOf('ws', client));
    expect(sent).toEqual([{ event: 'exception', data: reply }]);
  });

  it('emits an exception to a Socket.IO client', () => {
    const emitted: unknown[][] = [];
    filter.catch(error, hostOf('ws', { emit: (...args: unknown[]) => emitted.push(args) }));
    expect(emitted).toEqual([['exception', reply]]);
  });
});
