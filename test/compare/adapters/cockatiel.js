import {
  CircuitState,
  ConsecutiveBreaker,
  SamplingBreaker,
  TimeoutStrategy,
  bulkhead,
  circuitBreaker,
  fallback,
  handleAll,
  handleWhen,
  timeout,
  wrap,
} from 'cockatiel';

export const name = 'cockatiel';
export const pkg = 'cockatiel/package.json';
export const can = new Set(['abort', 'ignore', 'bulkhead', 'fallback', 'signal', 'queue', 'window']);
export const choices = {
  1: 'documented: calls wait for the test call, and run when it succeeds',
  23: 'documented: opens when more than the threshold fails, not at it',
};

export function make({ threshold = 3, breakMs = 80, timeoutMs, ignore, fallbackWith, window, extra }) {
  const breaker = circuitBreaker(ignore === undefined ? handleAll : handleWhen((error) => !ignore(error)), {
    halfOpenAfter: breakMs,
    breaker:
      window === undefined
        ? new ConsecutiveBreaker(threshold)
        : new SamplingBreaker({
            threshold: window.ratio,
            duration: window.ms,
            minimumRps: window.minimum / (window.ms / 1_000),
          }),
    ...extra,
  });
  const limited = timeoutMs === undefined ? breaker : wrap(breaker, timeout(timeoutMs, TimeoutStrategy.Aggressive));
  // its fallbacks are told nothing of the error that they answer for
  const guard =
    fallbackWith === undefined
      ? limited
      : wrap(
          fallback(handleAll, () => fallbackWith()),
          limited,
        );
  return {
    run: (work, signal) => guard.execute((context) => work(context.signal), signal),
    state: () => ({ [CircuitState.Closed]: 'closed', [CircuitState.HalfOpen]: 'half_open' })[breaker.state] ?? 'open',
    on: (event, listener) => void (event === 'open' ? breaker.onBreak(listener) : breaker.onSuccess(listener)),
  };
}

export function makeBulkhead({ maxConcurrent, maxQueue = 0, timeoutMs }) {
  const places = bulkhead(maxConcurrent, maxQueue);
  const guard = timeoutMs === undefined ? places : wrap(places, timeout(timeoutMs, TimeoutStrategy.Aggressive));
  return { run: (work) => guard.execute(() => work()) };
}
