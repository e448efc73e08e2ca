// One application over HTTP: a guarded handler, its fallback, a refusal mapped to 503 with Retry-After, and health.
'use strict';
require('reflect-metadata');
const { strict: assert } = require('node:assert');
const { Controller, Get, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { CircuitBreaker, CircuitBreakerModule, Fallback, PolicyRegistry } = require('nest-circuit-breaker');
const { CircuitBreakerHealthModule } = require('nest-circuit-breaker/terminus');
const { fail, injectFault } = require('nest-circuit-breaker/testing');

/** Decorates as the compiler would: this file runs as it is. */
function decorate(target, key, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(target, key);
  for (const decorator of decorators.toReversed()) decorator(target, key, descriptor);
  Object.defineProperty(target, key, descriptor);
}

class QuotesController {
  async latest() {
    return { price: 42 };
  }

  async guarded() {
    return { price: 42 };
  }
}
decorate(
  QuotesController.prototype,
  'latest',
  Get('latest'),
  Fallback(() => ({ price: 0 })),
  CircuitBreaker('quotes', { failureThreshold: 2 }),
);
decorate(QuotesController.prototype, 'guarded', Get('guarded'), CircuitBreaker('quotes'));
Controller('quotes')(QuotesController);

class AppModule {}
Module({
  imports: [
    CircuitBreakerModule.forRoot({ logger: false }),
    CircuitBreakerHealthModule.forRoot({ terminus: { logger: false } }),
  ],
  controllers: [QuotesController],
})(AppModule);

async function smoke(platform) {
  const { FastifyAdapter } = platform === 'fastify' ? require('@nestjs/platform-fastify') : {};
  const options = { logger: false };
  const app = await (FastifyAdapter
    ? NestFactory.create(AppModule, new FastifyAdapter(), options)
    : NestFactory.create(AppModule, options));
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const get = async (path) => {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, headers: response.headers, body: await response.json() };
  };

  assert.deepEqual((await get('/quotes/latest')).body, { price: 42 });
  assert.equal((await get('/health')).status, 200);

  const registry = app.get(PolicyRegistry);
  const fault = injectFault(registry, 'quotes');
  assert.deepEqual((await get('/quotes/latest')).body, { price: 0 });
  fault.stop();
  await fail(registry.circuitBreaker('quotes'));
  const refused = await get('/quotes/guarded');
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers.get('retry-after')) > 0, 'a refusal says when to come back');
  assert.deepEqual((await get('/quotes/latest')).body, { price: 0 });
  const health = await get('/health');
  assert.equal(health.status, 503);
  assert.equal(health.body.details['circuit-breakers'].color, 'red');
  await app.close();
}

module.exports = { smoke };
if (require.main === module) {
  smoke(process.argv[2]).then(
    () => console.log(`Node ${process.version}`),
    (error) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
