// `times`: at most so many times the bare call; `best`: at most so many times the best of the peers; `bytes`: a call.
export const scenarios = [
  { name: 'closed, success', call: 'closed', times: 3.6, best: 0.8 },
  { name: 'closed, success, AsyncLocalStorage active', call: 'closed', mode: 'als', times: 2.5, best: 0.65 },
  { name: '1,000 at once, one turn of I/O each', call: 'concurrent', times: 2.2, best: 0.6 },
  { name: 'closed, failing call', call: 'failing', times: 1.7, best: 0.85 },
  { name: 'with a 10 s time-out', call: 'timeout', times: 4.8, best: 0.38 },
  { name: 'open, refused and caught', call: 'refused', times: 20, best: 0.23, base: 'closed' },
  { name: 'open, a fallback answers', call: 'fallback', times: 2.2, best: 0.03 },
  { name: 'decorated method, @CircuitBreaker', call: 'decorated', times: 4, best: 0.36 },
  { name: '@Fallback @Retry @CircuitBreaker @Timeout', call: 'stack', times: 7, best: 0.035 },
  { name: 'bytes a call', call: 'closed', mode: 'bytes', limit: 560 },
  { name: 'bytes a call with a time-out', call: 'timeout', mode: 'bytes', limit: 680 },
  { name: 'bytes a refused call', call: 'refused', mode: 'bytes', limit: 800 },
];
