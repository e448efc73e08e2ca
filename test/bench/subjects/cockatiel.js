import * as c from 'cockatiel';

import { HOUR, called, caught, fail, hang, io, shared, succeed, value } from './work.js';

export const settings =
  'SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 }), halfOpenAfter 1 h, TimeoutStrategy.Aggressive';

const breaker = ({ threshold = shared.ratio, duration = shared.window, calls = shared.calls } = {}) =>
  c.circuitBreaker(c.handleAll, {
    halfOpenAfter: HOUR,
    breaker: new c.SamplingBreaker({ threshold, duration, minimumRps: calls / (duration / 1_000) }),
  });
const unbreakable = { threshold: 0.999, calls: shared.never };

function opened() {
  const open = breaker();
  open.isolate();
  return open;
}

export const calls = {
  closed() {
    const closed = breaker();
    return () => closed.execute(succeed);
  },
  concurrent() {
    const closed = breaker();
    return () => closed.execute(io);
  },
  failing() {
    const failing = breaker(unbreakable);
    return caught(() => failing.execute(fail));
  },
  timeout() {
    const limited = c.wrap(breaker(), c.timeout(shared.timeout, c.TimeoutStrategy.Aggressive));
    return () => limited.execute(succeed);
  },
  refused() {
    const open = opened();
    return caught(() => open.execute(succeed));
  },
  fallback() {
    const answered = c.wrap(
      c.fallback(c.handleAll, () => value),
      opened(),
    );
    return () => answered.execute(succeed);
  },
  async window(count) {
    const full = breaker({ ...unbreakable, duration: 60_000 });
    for (let i = 0; i < count; i++) await full.execute(succeed);
    return caught(() => full.execute(fail));
  },
  breakers: (count) =>
    called(
      Array.from({ length: count }, () => breaker()),
      (one) => one.execute(succeed),
    ),
};

export function limited(duration) {
  const busy = c.wrap(breaker(unbreakable), c.timeout(duration, c.TimeoutStrategy.Aggressive));
  return () => busy.execute(hang);
}

export const idle = (names) => () => names.map(() => breaker());
