// What is measured: each subject offers, by scenario, a function that makes one call. Settings are kept comparable:
// a ratio of 50 % over a rolling 10 s window in ten buckets, at least 20 calls, a break of an hour, no time-out unless
// the scenario has one.
import { setImmediate as turn } from 'node:timers/promises';

const value = { ok: true };
const failure = new Error('the service failed');
export const succeed = async () => value;
export const fail = async () => {
  throw failure;
};
const io = async () => {
  await turn();
  return value;
};
const HOUR = 3_600_000;

const caught = (call) => async () => {
  try {
    return await call();
  } catch {
    return undefined;
  }
};

function bare() {
  return {
    closed: () => succeed(),
    concurrent: () => io(),
    failing: caught(() => fail()),
    timeout: () => succeed(),
    refused: caught(() => fail()),
    fallback: () => succeed(),
    decorated: () => succeed(),
    stack: () => succeed(),
  };
}

async function ours() {
  const { createRegistry } = await import('nest-circuit-breaker/options');
  const { compose, fallback } = await import('nest-circuit-breaker');
  const window = { failureRatio: 0.5, minimumThroughput: 20, samplingDuration: '10s', breakDuration: '1h' };
  const registry = createRegistry({ defaults: window });
  const closed = registry.circuitBreaker('closed');
  const failing = registry.circuitBreaker('failing', { ...window, failureRatio: 1, minimumThroughput: 1_000_000_000 });
  const limited = registry.circuitBreaker('limited', { ...window, timeout: '10s' });
  const open = registry.circuitBreaker('open');
  open.isolate();
  const answered = compose(
    fallback(() => value),
    open,
  );
  return {
    closed: () => closed.execute(succeed),
    concurrent: () => closed.execute(io),
    failing: caught(() => failing.execute(fail)),
    timeout: () => limited.execute(succeed),
    refused: caught(() => open.execute(succeed)),
    fallback: () => answered.execute(succeed),
    ...(await oursDecorated(window)),
  };
}

async function oursDecorated(window) {
  const library = await import('nest-circuit-breaker');
  const { CircuitBreaker, CircuitBreakerModule, Fallback, Retry, Timeout } = library;
  class Service {
    single() {
      return succeed();
    }
    stack() {
      return succeed();
    }
    cached() {
      return value;
    }
  }
  const promised = { returns: 'promise' };
  decorate(Service, 'single', [CircuitBreaker('single', promised)]);
  decorate(Service, 'stack', [
    Fallback('cached'),
    Retry({ maxAttempts: 3 }),
    CircuitBreaker('stack', promised),
    Timeout('10s'),
  ]);
  const service = await inNest(Service, CircuitBreakerModule.forRoot({ defaults: window, logger: false }));
  return { decorated: () => service.single(), stack: () => service.stack() };
}

async function cockatiel() {
  const c = await import('cockatiel');
  const breaker = (name) =>
    c.circuitBreaker(c.handleAll, {
      halfOpenAfter: HOUR,
      breaker: new c.SamplingBreaker({ threshold: name === 'failing' ? 1 : 0.5, duration: 10_000, minimumRps: 2 }),
    });
  const closed = breaker('closed');
  const failing = c.circuitBreaker(c.handleAll, { halfOpenAfter: HOUR, breaker: new c.ConsecutiveBreaker(1e9) });
  const limited = c.wrap(breaker('limited'), c.timeout(10_000, c.TimeoutStrategy.Aggressive));
  const open = breaker('open');
  open.isolate();
  const answered = c.wrap(
    c.fallback(c.handleAll, () => value),
    open,
  );
  return {
    closed: () => closed.execute(succeed),
    concurrent: () => closed.execute(io),
    failing: caught(() => failing.execute(fail)),
    timeout: () => limited.execute(succeed),
    refused: caught(() => open.execute(succeed)),
    fallback: () => answered.execute(succeed),
  };
}

async function opossum() {
  const { default: CircuitBreaker } = await import('opossum');
  const settings = {
    errorThresholdPercentage: 50,
    rollingCountTimeout: 10_000,
    rollingCountBuckets: 10,
    rollingPercentilesEnabled: false,
    volumeThreshold: 20,
    resetTimeout: HOUR,
    timeout: false,
  };
  const breaker = (action, more) => new CircuitBreaker(action, { ...settings, ...more });
  const closed = breaker(succeed);
  const concurrent = breaker(io);
  const failing = breaker(fail, { volumeThreshold: 1_000_000_000 });
  const limited = breaker(succeed, { timeout: 10_000 });
  const open = breaker(succeed);
  open.open();
  const answered = breaker(succeed);
  answered.fallback(() => value);
  answered.open();
  return {
    closed: () => closed.fire(),
    concurrent: () => concurrent.fire(),
    failing: caught(() => failing.fire()),
    timeout: () => limited.fire(),
    refused: caught(() => open.fire()),
    fallback: () => answered.fire(),
    decorated: () => closed.fire(),
  };
}

async function nestjsResilience() {
  const r = (await import('nestjs-resilience')).default;
  class Service {
    closed() {
      return succeed();
    }
    concurrent() {
      return io();
    }
    failing() {
      return fail();
    }
    timeout() {
      return succeed();
    }
    refused() {
      return fail();
    }
    fallback() {
      return fail();
    }
    stack() {
      return succeed();
    }
  }
  const breaker = (more) =>
    new r.CircuitBreakerStrategy({
      requestVolumeThreshold: 20,
      errorThresholdPercentage: 50,
      rollingWindowInMilliseconds: 10_000,
      sleepWindowInMilliseconds: HOUR,
      ...more,
    });
  decorate(Service, 'closed', [r.UseResilience(breaker())]);
  decorate(Service, 'concurrent', [r.UseResilience(breaker())]);
  decorate(Service, 'failing', [r.UseResilience(breaker({ requestVolumeThreshold: 1_000_000_000 }))]);
  decorate(Service, 'timeout', [r.UseResilience(breaker({ timeoutInMilliseconds: 10_000 }))]);
  decorate(Service, 'refused', [r.UseResilience(breaker())]);
  decorate(Service, 'fallback', [r.UseResilience(breaker({ fallback: () => value }))]);
  decorate(Service, 'stack', [r.UseResilience(new r.TimeoutStrategy(10_000))]);
  const service = await inNest(Service, r.ResilienceModule.forRoot({}));
  const quietly = caught(() => service.refused());
  for (let call = 0; call < 100; call++) {
    await quietly();
    await caught(() => service.fallback())();
  }
  return {
    closed: () => service.closed(),
    concurrent: () => service.concurrent(),
    failing: caught(() => service.failing()),
    timeout: () => service.timeout(),
    refused: quietly,
    fallback: () => service.fallback(),
    decorated: () => service.closed(),
    stack: () => service.stack(),
  };
}

function decorate(type, key, decorators) {
  let descriptor = Object.getOwnPropertyDescriptor(type.prototype, key);
  for (const decorator of decorators.toReversed())
    descriptor = decorator(type.prototype, key, descriptor) ?? descriptor;
  Object.defineProperty(type.prototype, key, descriptor);
}

async function inNest(Service, library) {
  await import('reflect-metadata');
  const { Logger, Module } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  Logger.overrideLogger(false);
  class App {}
  Module({ imports: [library], providers: [Service] })(App);
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  return app.get(Service);
}

export const subjects = { bare, ours, cockatiel, opossum, 'nestjs-resilience': nestjsResilience };
