import CircuitBreaker from 'opossum';

export const name = 'opossum';
export const pkg = 'opossum/package.json';
export const can = new Set(['abort', 'ignore', 'bulkhead', 'fallback', 'reset', 'window']);
export const choices = {
  23: 'documented: its README shows the comparison, by >',
  24: 'documented: the rate is failures by calls fired',
  47: 'documented: one controller a breaker',
};

export function make({ threshold = 3, breakMs = 80, timeoutMs, ignore, fallbackWith, window, extra, controller }) {
  const breaker = new CircuitBreaker((work, signal) => work(signal), {
    timeout: timeoutMs ?? false,
    resetTimeout: breakMs,
    // a threshold of failures in a row has no name here: the nearest is a share of so many calls
    volumeThreshold: window?.minimum ?? threshold,
    errorThresholdPercentage: (window?.ratio ?? 0.5) * 100,
    rollingCountTimeout: window?.ms ?? 10_000,
    ...(ignore === undefined ? {} : { errorFilter: ignore }),
    ...(controller === undefined ? {} : { abortController: controller, autoRenewAbortController: true }),
    ...extra,
  });
  if (fallbackWith !== undefined) breaker.fallback((...args) => fallbackWith(args.at(-1)));
  return {
    run: (work) => breaker.fire(work, controller?.signal),
    state: () => (breaker.opened ? 'open' : breaker.halfOpen ? 'half_open' : 'closed'),
    on: (event, listener) => void breaker.on(event, listener),
    reset: () => breaker.close(),
  };
}

/** Its own option: so many calls at once, no queue. */
export function makeBulkhead({ maxConcurrent, timeoutMs }) {
  const breaker = new CircuitBreaker((work) => work(), {
    capacity: maxConcurrent,
    timeout: timeoutMs ?? false,
    errorThresholdPercentage: 100,
    volumeThreshold: 1_000,
  });
  return { run: (work) => breaker.fire(work) };
}
