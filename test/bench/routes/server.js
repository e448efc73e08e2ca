// One Nest application in a process of its own, with two routes: the service of one of them is guarded by a library.
// Both are in one process, because two processes with the same code differ by more than a guard costs.
import { succeed, shared, value } from '../subjects/work.js';
import { decorate, nest } from '../subjects/nest.js';

const { platform, subject } = JSON.parse(process.argv[2]);

/** Each answers what to decorate the service's method with, and what the module imports. */
const libraries = {
  async ours() {
    const { CircuitBreaker, CircuitBreakerModule, Fallback, Retry, Timeout } = await import('nest-circuit-breaker');
    const decorators = [
      Fallback('cached'),
      Retry({ maxAttempts: 3 }),
      CircuitBreaker('quotes', { returns: 'promise' }),
      Timeout(shared.timeout),
    ];
    return { decorators, imports: [CircuitBreakerModule.forRoot({ logger: false })] };
  },

  async opossum() {
    const { default: Opossum } = await import('opossum');
    const breaker = new Opossum(succeed, { timeout: shared.timeout, rollingPercentilesEnabled: false });
    return { decorators: [() => ({ value: () => breaker.fire() })], imports: [] };
  },

  async 'nestjs-resilience'() {
    const { default: resilience } = await import('nestjs-resilience');
    const decorators = [resilience.UseResilience(new resilience.TimeoutStrategy(shared.timeout))];
    return { decorators, imports: [resilience.ResilienceModule.forRoot({})] };
  },
};

function controllerOf({ Controller, Get, Inject, Injectable }, path, decorators) {
  class Service {
    quote() {
      return succeed();
    }
    cached() {
      return value;
    }
  }
  Injectable()(Service);
  decorate(Service, 'quote', decorators);
  class Quotes {
    quote() {
      return this.service.quote();
    }
  }
  Inject(Service)(Quotes.prototype, 'service');
  decorate(Quotes, 'quote', [Get()]);
  Controller(path)(Quotes);
  return { Quotes, Service };
}

async function start() {
  const common = await nest();
  const { NestFactory } = await import('@nestjs/core');
  const { decorators, imports } = await libraries[subject]();
  const routes = [controllerOf(common, 'bare', []), controllerOf(common, 'guarded', decorators)];
  class App {}
  common.Module({
    imports,
    controllers: routes.map(({ Quotes }) => Quotes),
    providers: routes.map(({ Service }) => Service),
  })(App);
  const app = await NestFactory.create(App, await adapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer().address().port;
}

async function adapter() {
  if (platform === 'fastify') return new (await import('@nestjs/platform-fastify')).FastifyAdapter();
  return new (await import('@nestjs/platform-express')).ExpressAdapter();
}

process.on('disconnect', () => process.exit());
/** Processor time so far, in µs. */
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system });
});
process.send({ port: await start() });
