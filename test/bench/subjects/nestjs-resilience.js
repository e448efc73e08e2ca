import resilience from 'nestjs-resilience';

import { HOUR, caught, fail, io, shared, succeed, value } from './work.js';
import { decorate, inNest } from './nest.js';

const { CircuitBreakerStrategy, FallbackStrategy, ResilienceModule, RetryStrategy, TimeoutStrategy, UseResilience } =
  resilience;

export const settings =
  'errorThresholdPercentage 50, requestVolumeThreshold 20, rollingWindowInMilliseconds 10 s, sleepWindowInMilliseconds 1 h; ' +
  "all decorators: its strategies for a time-out, breaker, retry and fallback, the first of them the innermost; Nest's logger off";

const breaker = (more) =>
  new CircuitBreakerStrategy({
    requestVolumeThreshold: shared.calls,
    errorThresholdPercentage: 50,
    rollingWindowInMilliseconds: shared.window,
    sleepWindowInMilliseconds: HOUR,
    ...more,
  });

async function guarded(work, ...strategies) {
  class Service {
    method() {
      return work();
    }
  }
  decorate(Service, 'method', [UseResilience(...strategies)]);
  const app = await inNest(Service, ResilienceModule.forRoot({}));
  const service = app.get(Service);
  return () => service.method();
}

/** It cannot be opened by hand: its calls fail until it opens. */
async function opened(more) {
  const call = await guarded(fail, breaker(more));
  for (let i = 0; i < 100; i++) await caught(call)();
  return call;
}

export const calls = {
  closed: () => guarded(succeed, breaker()),
  concurrent: () => guarded(io, breaker()),
  failing: async () => caught(await guarded(fail, breaker({ requestVolumeThreshold: shared.never }))),
  timeout: () => guarded(succeed, breaker({ timeoutInMilliseconds: shared.timeout })),
  refused: async () => caught(await opened()),
  fallback: () => opened({ fallback: () => value }),
  decorated: () => guarded(succeed, breaker()),
  stack: () =>
    guarded(
      succeed,
      new TimeoutStrategy(shared.timeout),
      breaker(),
      new RetryStrategy({ maxRetries: 2 }),
      new FallbackStrategy(() => value),
    ),
};
