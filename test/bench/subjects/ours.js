import { called, caught, fail, hang, io, shared, succeed, value } from './work.js';
import { decorate, inNest } from './nest.js';

export const settings =
  'failureRatio 0.5, minimumThroughput 20, samplingDuration 10s, breakDuration 1h; latency is always counted';

const window = {
  failureRatio: shared.ratio,
  minimumThroughput: shared.calls,
  samplingDuration: shared.window,
  breakDuration: '1h',
};
const unbreakable = { ...window, failureRatio: 1, minimumThroughput: shared.never };

async function registry() {
  const { createRegistry } = await import('nest-circuit-breaker/options');
  return createRegistry({ defaults: window });
}

async function breaker(options) {
  return (await registry()).circuitBreaker('quotes', { ...window, ...options });
}

async function opened() {
  const open = await breaker();
  open.isolate();
  return open;
}

async function application(...more) {
  const library = await import('nest-circuit-breaker');
  const { CircuitBreaker, CircuitBreakerModule, Fallback, Retry, Timeout } = library;
  class Service {
    single() {
      return succeed();
    }
    stack() {
      return succeed();
    }
    keyed(_key) {
      return succeed();
    }
    cached() {
      return value;
    }
  }
  const returns = 'promise';
  decorate(Service, 'single', [CircuitBreaker('single', { returns })]);
  decorate(Service, 'keyed', [CircuitBreaker('keyed', { returns, key: (key) => key })]);
  decorate(Service, 'stack', [
    Fallback('cached'),
    Retry({ maxAttempts: 3 }),
    CircuitBreaker('stack', { returns }),
    Timeout(shared.timeout),
  ]);
  const app = await inNest(Service, CircuitBreakerModule.forRoot({ defaults: window, logger: false }), ...more);
  return { service: app.get(Service), registry: app.get(library.PolicyRegistry) };
}

export const calls = {
  async closed() {
    const closed = await breaker();
    return () => closed.execute(succeed);
  },
  async concurrent() {
    const closed = await breaker();
    return () => closed.execute(io);
  },
  async failing() {
    const failing = await breaker(unbreakable);
    return caught(() => failing.execute(fail));
  },
  async timeout() {
    const limited = await breaker({ timeout: shared.timeout });
    return () => limited.execute(succeed);
  },
  async refused() {
    const open = await opened();
    return caught(() => open.execute(succeed));
  },
  async fallback() {
    const { compose, fallback } = await import('nest-circuit-breaker');
    const answered = compose(
      fallback(() => value),
      await opened(),
    );
    return () => answered.execute(succeed);
  },
  async decorated() {
    const { service } = await application();
    return () => service.single();
  },
  async stack() {
    const { service } = await application();
    return () => service.stack();
  },
  async window(count) {
    const full = await breaker({ ...unbreakable, samplingDuration: '1m' });
    for (let i = 0; i < count; i++) await full.execute(succeed);
    return caught(() => full.execute(fail));
  },
  async ring(count) {
    const full = await breaker({ ...unbreakable, samplingDuration: undefined, samplingSize: 1_000_000, minimumThroughput: 1_000_000 }); // prettier-ignore
    for (let i = 0; i < count; i++) await full.execute(succeed);
    return () => full.execute(succeed);
  },
  async breakers(count) {
    const own = await registry();
    const all = Array.from({ length: count }, (_, i) => own.circuitBreaker(`quotes ${i}`));
    return called(all, (one) => one.execute(succeed));
  },
  async underWay(count) {
    const busy = await breaker({ timeout: '1h' });
    for (let i = 0; i < count; i++) void busy.execute(hang);
    return () => busy.execute(succeed);
  },
  async attached(url) {
    const { CircuitBreakerRedisModule } = await import('nest-circuit-breaker/redis');
    const fleet = CircuitBreakerRedisModule.forRoot({ connection: url ?? '', syncInterval: '1h' });
    const { service } = await application(...(url === undefined ? [] : [fleet]));
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // until it has joined the fleet
    return () => service.single();
  },
};

export async function limited(duration) {
  const busy = await breaker({ ...unbreakable, timeout: duration });
  return () => busy.execute(hang);
}

export async function idle(names) {
  const own = await registry();
  return () => names.map((name) => own.circuitBreaker(name));
}

/** A method with a breaker a key, and how many of them there are. */
export async function keyed() {
  const { service, registry: own } = await application();
  return {
    call: (key) => service.keyed(key),
    count: () => own.snapshot().filter(({ name }) => name.startsWith('keyed:')).length,
  };
}

/** Four policies, one call in a hundred fails and is answered by the fallback. */
export async function mixed() {
  const { compose, fallback, retry, timeout } = await import('nest-circuit-breaker');
  const stack = compose(
    fallback(() => value),
    retry({ maxAttempts: 3, retryOn: () => false }),
    await breaker(unbreakable),
    timeout(shared.timeout),
  );
  let count = 0;
  return () => stack.execute(++count % 100 === 0 ? fail : succeed);
}
