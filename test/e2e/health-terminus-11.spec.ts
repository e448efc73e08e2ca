import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { createRequire } from 'node:module';
import request from 'supertest';

import type { PolicyRegistry } from '../../lib/index.js';

// the library on Nest 11 and Terminus 11: every import of Nest is led to the fixture's copy
const fixture = createRequire(new URL('../fixtures/nest-11/package.json', import.meta.url));
for (const name of ['@nestjs/common', '@nestjs/core', '@nestjs/terminus', '@nestjs/testing']) {
  const module = fixture(name) as object;
  jest.unstable_mockModule(name, () => ({ ...module, default: module }));
}

let app: INestApplication | undefined;
let boot: () => Promise<{ registry: PolicyRegistry; server: Parameters<typeof request>[0] }>;

beforeAll(async () => {
  const { Test } = await import('@nestjs/testing');
  const { CircuitBreakerModule, PolicyRegistry } = await import('../../lib/index.js');
  const { CircuitBreakerHealthModule } = await import('../../lib/terminus/index.js');
  boot = async () => {
    const module = await Test.createTestingModule({
      imports: [
        CircuitBreakerModule.forRoot({ logger: false, breakers: { payments: {}, cache: { critical: false } } }),
        CircuitBreakerHealthModule.forRoot({ terminus: { logger: false } }),
      ],
    }).compile();
    app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
    const registry = app.get(PolicyRegistry);
    registry.circuitBreaker('payments');
    registry.circuitBreaker('cache');
    return { registry, server: app.getHttpServer() as Parameters<typeof request>[0] };
  };
});

afterEach(async () => {
  await app?.close();
  app = undefined;
});

describe('GET /health on Terminus 11', () => {
  it('runs on the versions that it claims to', () => {
    const versionOf = (name: string) => (fixture(`${name}/package.json`) as { version: string }).version;
    expect(versionOf('@nestjs/core')).toMatch(/^11\./);
    expect(versionOf('@nestjs/terminus')).toMatch(/^11\./);
  });

  it('is 200 and ok while all is well', async () => {
    const { server } = await boot();
    const { body } = await request(server).get('/health').expect(200);
    expect(body).toMatchObject({ status: 'ok', details: { 'circuit-breakers': { status: 'up', color: 'green' } } });
  });

  it('is 503 while a critical breaker is open', async () => {
    const { registry, server } = await boot();
    registry.circuitBreaker('payments').isolate();
    const { body } = await request(server).get('/health').expect(503);
    expect(body).toMatchObject({
      status: 'error',
      error: { 'circuit-breakers': { status: 'down', color: 'red', breakers: { payments: { state: 'isolated' } } } },
    });
  });

  it('is up in yellow where newer versions are degraded, and drops nothing', async () => {
    const { registry, server } = await boot();
    registry.circuitBreaker('cache').isolate();
    const { body } = await request(server).get('/health').expect(200);
    expect(body).toMatchObject({
      status: 'ok',
      details: { 'circuit-breakers': { status: 'up', color: 'yellow', breakers: { cache: { color: 'red' } } } },
    });
  });
});
