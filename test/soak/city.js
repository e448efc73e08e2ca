import { compose } from '../../dist/engine/index.js';
import { bulkhead, createRegistry, fallback, hedge, rateLimiter, retry, timeout } from '../../dist/options/index.js';
import { CountingClock } from './counting-clock.js';
import { Service } from './service.js';

const BREAKERS = 1_000;

/** All that is under load: a registry with 1,000 breakers, and pipelines over them. */
export class City {
  clock = new CountingClock();
  faults = [];
  errors = new Map();
  calls = 0;
  underWay = 0;
  callers = Array.from({ length: 20 }, () => new AbortController());
  stops = [];

  constructor(random) {
    this.random = random;
    this.services = Array.from({ length: BREAKERS }, () => new Service(random));
    this.registry = createRegistry(
      {
        defaults: { breakDuration: 30, samplingDuration: 500, minimumThroughput: 5, halfOpenTimeout: 100 },
        presets: { limited: { timeout: 50 } },
      },
      { clock: this.clock, random: random.next, onFault: (fault) => this.faults.push(fault) },
    );
    const surroundings = { clock: this.clock, random: random.next };
    this.shared = {
      retry: retry({ maxAttempts: 3, delay: 2, maxDelay: 20 }, surroundings),
      timeout: timeout(60, surroundings),
      bulkhead: bulkhead({ maxConcurrent: 50, maxQueue: 50, queueTimeout: 40 }, surroundings),
      limiter: rateLimiter({ limit: 2_000, interval: 1_000, maxWait: 20 }, surroundings),
      hedge: hedge({ delay: 15 }, surroundings),
      fallback: fallback((error) => (random.chance(0.1) ? Promise.reject(error) : 'fallback'), undefined, surroundings),
    };
    for (let i = 0; i < BREAKERS; i++) this.breaker(i);
  }

  breaker(index) {
    return this.registry.circuitBreaker(`service-${index}`);
  }

  /** One way of guarding a call to a service. */
  guard(index) {
    const breaker = this.breaker(index);
    const { retry: again, timeout: limit, bulkhead: places, limiter, hedge: twice, fallback: instead } = this.shared;
    switch (index % 8) {
      case 0:
        return breaker;
      case 1:
        return compose(instead, again, breaker, limit);
      case 2:
        return compose(places, breaker);
      case 3:
        return compose(again, instead, limit, breaker);
      case 4:
        return compose(twice, breaker, limit);
      case 5:
        return compose(limiter, breaker);
      case 6:
        return compose(instead, places, again, breaker, limit);
      default:
        return compose(breaker);
    }
  }

  async call() {
    const { random } = this;
    const index = random.below(BREAKERS);
    const service = this.services[index];
    const signal = random.chance(0.3) ? random.pick(this.callers).signal : undefined;
    this.calls++;
    this.underWay++;
    try {
      if (random.chance(0.1)) await this.iterate(index, service);
      else if (random.chance(0.05)) await this.byHand(index, service);
      else await this.guard(index).execute((context) => service.call(context), { signal, operation: 'Service.call' });
    } catch (error) {
      const kind = error?.code ?? error?.name ?? typeof error;
      this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
    } finally {
      this.underWay--;
    }
  }

  async iterate(index, service) {
    const stopAt = this.random.below(6);
    let count = 0;
    for await (const _ of this.breaker(index).iterate((context) => service.items(context))) if (++count > stopAt) break;
  }

  async byHand(index, service) {
    const permit = this.breaker(index).acquire();
    if (this.random.chance(0.1)) return permit.ignore();
    try {
      await service.call({ signal: new AbortController().signal });
      permit.success();
    } catch (error) {
      permit.failure(error);
    }
  }

  /** What operators, deployments and time do to it. */
  disturb() {
    const { random, registry } = this;
    const index = random.below(BREAKERS);
    const name = `service-${index}`;
    const breaker = this.breaker(index);
    switch (random.below(12)) {
      case 0:
        return breaker.isolate(random.chance(0.9) ? { for: 20 } : {});
      case 1:
        return breaker.disable({ for: 20 });
      case 2:
        return breaker.metricsOnly({ for: 50 });
      case 3:
        return breaker.close();
      case 4:
        return breaker.reset();
      case 5:
        return registry.update(name, { failureThreshold: 1 + random.below(10), timeout: 20 + random.below(100) });
      case 6:
        return registry.update(name, random.chance(0.5)
            ? { samplingSize: 5 + random.below(50), samplingDuration: undefined }
            : { samplingDuration: 100 + random.below(900), samplingSize: undefined }); // prettier-ignore
      case 7:
        return registry.restore({ ...registry.toJSON(), breakers: [JSON.parse(JSON.stringify(breaker))] });
      case 8:
        return void registry.remove(name);
      case 9:
        return this.abortOne();
      case 10:
        return this.listen();
      default:
        this.services[index].isDown = !this.services[index].isDown;
    }
  }

  abortOne() {
    const at = this.random.below(this.callers.length);
    this.callers[at].abort(new Error('the caller has gone'));
    this.callers[at] = new AbortController();
  }

  listen() {
    const { random, stops, registry } = this;
    if (stops.length > 5) return stops.splice(random.below(stops.length), 1)[0]();
    const listener = random.chance(0.2)
      ? () => {
          throw new Error('a bug in a listener');
        }
      : async () => 'heard';
    stops.push(registry.on(random.pick(['*', 'opened', 'failed', 'refused', 'succeeded']), listener));
  }

  /** Ends what could still hold something. */
  rest() {
    for (const stop of this.stops.splice(0)) stop();
    for (let i = 0; i < BREAKERS; i++) this.breaker(i).reset();
    this.faults.length = 0;
  }
}
