import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import {
  BulkheadStrategy,
  CircuitBreakerStrategy,
  FallbackStrategy,
  ResilienceCommand,
  ResilienceEventBus,
  ResilienceStatesManager,
  TimeoutStrategy,
} from 'nestjs-resilience';

Logger.overrideLogger(false);

export const name = 'nestjs-resilience';
export const pkg = 'nestjs-resilience/package.json';
export const can = new Set(['bulkhead', 'fallback', 'queue', 'window']);
export const choices = {};

class Call extends ResilienceCommand {
  async run(work) {
    return work();
  }
}
let made = 0;

export function make({ threshold = 3, breakMs = 80, timeoutMs, fallbackWith, window, extra }) {
  const strategy = new CircuitBreakerStrategy({
    requestVolumeThreshold: window?.minimum ?? threshold,
    sleepWindowInMilliseconds: breakMs,
    errorThresholdPercentage: (window?.ratio ?? 0.5) * 100,
    rollingWindowInMilliseconds: window?.ms ?? 10_000,
    ...(timeoutMs === undefined ? {} : { timeoutInMilliseconds: timeoutMs }),
    ...extra,
  });
  // its strategies are listed from the inside out
  const strategies = fallbackWith === undefined ? [strategy] : [strategy, new FallbackStrategy(() => fallbackWith())];
  const call = new Call(strategies, 'service', `call-${made++}`);
  const key = [strategy.name, call].join('/');
  return {
    run: (work) => call.execute(work),
    state: async () => {
      const kept = await ResilienceStatesManager.getInstance().get(key);
      return { Open: 'open', HalfOpen: 'half_open' }[kept?.status] ?? 'closed';
    },
    on: (event, listener) => {
      if (event === 'success') ResilienceEventBus.getInstance().on('success', listener);
      else throw new Error('it tells of no transition');
    },
  };
}

export function makeBulkhead({ maxConcurrent, maxQueue = 0, timeoutMs }) {
  const bulkhead = new BulkheadStrategy({ maxConcurrent, maxQueue });
  const strategies = timeoutMs === undefined ? [bulkhead] : [new TimeoutStrategy(timeoutMs), bulkhead];
  const call = new Call(strategies, 'service', `bulkhead-${made++}`);
  return { run: (work) => call.execute(work) };
}
