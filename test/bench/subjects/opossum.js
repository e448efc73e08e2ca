import Opossum from 'opossum';

import { HOUR, caught, fail, hang, io, shared, succeed, value } from './work.js';

export const settings =
  'errorThresholdPercentage 50, volumeThreshold 20, rollingCountTimeout 10 s in 10 buckets, resetTimeout 1 h, no timeout ' +
  'unless the scenario has one, rollingPercentilesEnabled false; with a full window its default, true, and 20,000 calls; as a ' +
  'decorated method: fired by hand';

const breaker = (action, more) =>
  new Opossum(action, {
    errorThresholdPercentage: 50,
    rollingCountTimeout: shared.window,
    rollingCountBuckets: 10,
    rollingPercentilesEnabled: false,
    volumeThreshold: shared.calls,
    resetTimeout: HOUR,
    timeout: false,
    ...more,
  });
const unbreakable = { volumeThreshold: shared.never };

export const calls = {
  closed() {
    const closed = breaker(succeed);
    return () => closed.fire();
  },
  concurrent() {
    const closed = breaker(io);
    return () => closed.fire();
  },
  failing() {
    const failing = breaker(fail, unbreakable);
    return caught(() => failing.fire());
  },
  timeout() {
    const limited = breaker(succeed, { timeout: shared.timeout });
    return () => limited.fire();
  },
  refused() {
    const open = breaker(succeed);
    open.open();
    return caught(() => open.fire());
  },
  fallback() {
    const answered = breaker(succeed);
    answered.fallback(() => value);
    answered.open();
    return () => answered.fire();
  },
  /** By hand, in the method: it has no decorator. */
  decorated: () => calls.closed(),
  /** With the percentiles that are its default, and 20,000 calls at most: each failure walks over all of them. */
  async window(count) {
    const full = breaker((work) => work(), {
      ...unbreakable,
      rollingCountTimeout: 60_000,
      rollingPercentilesEnabled: true,
    });
    for (let i = 0; i < Math.min(count, 20_000); i++) await full.fire(succeed);
    return caught(() => full.fire(fail));
  },
};

export function limited(duration) {
  const busy = breaker(hang, { ...unbreakable, timeout: duration });
  return () => busy.fire();
}

export const idle = (names) => () => names.map(() => breaker(succeed));
