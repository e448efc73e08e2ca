import { bulkhead, createRegistry, fallback, timeout } from '../../../dist/options/index.js';
import { compose } from '../../../dist/engine/index.js';

/** This package, by `createRegistry`. */
export const name = 'nest-circuit-breaker';
export const pkg = '../../../package.json';
export const can = new Set(['abort', 'ignore', 'bulkhead', 'fallback', 'signal', 'reset', 'queue', 'window']);
export const choices = {};

export function make({ threshold = 3, breakMs = 80, probeMs, timeoutMs, ignore, fallbackWith, window, extra }) {
  const rules =
    window === undefined
      ? { failureThreshold: threshold }
      : { failureRatio: window.ratio, minimumThroughput: window.minimum, samplingDuration: window.ms };
  const registry = createRegistry({
    logger: false,
    breakers: {
      service: {
        ...rules,
        breakDuration: breakMs,
        halfOpenMaxCalls: 1,
        successThreshold: 1,
        ...(probeMs === undefined ? {} : { halfOpenTimeout: probeMs }),
        ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
        ...(ignore === undefined ? {} : { ignoreErrors: [ignore] }),
        ...extra,
      },
    },
  });
  const breaker = registry.circuitBreaker('service');
  const guard = fallbackWith === undefined ? breaker : compose(fallback(fallbackWith), breaker);
  return {
    run: (work, signal) => guard.execute((context) => work(context.signal), { signal }),
    state: () => breaker.state,
    on: (event, listener) => registry.on({ open: 'opened', success: 'succeeded' }[event], listener),
    reset: () => breaker.reset(),
  };
}

export function makeBulkhead({ maxConcurrent, maxQueue = 0, timeoutMs }) {
  const places = bulkhead({ maxConcurrent, maxQueue });
  const guard = timeoutMs === undefined ? places : compose(places, timeout(timeoutMs));
  return { run: (work) => guard.execute(() => work()) };
}
