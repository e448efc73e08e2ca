// The call itself, unguarded; where something is needed beside it, the least that a hand would write.
import { caught, fail, hang, io, scattered, succeed } from './work.js';

export const settings = 'the method itself';

const bare = () => () => succeed();

export const calls = {
  closed: bare,
  concurrent: () => () => io(),
  failing: () => caught(() => fail()),
  timeout: bare,
  refused: bare,
  fallback: bare,
  decorated: bare,
  stack: bare,
  breakers(count) {
    const records = Array.from({ length: count }, () => ({ calls: 0 }));
    return scattered(records, (record) => {
      record.calls++;
      return succeed();
    });
  },
  underWay(count) {
    const waiting = Array.from({ length: count }, hang);
    return () => (waiting.length > count ? undefined : succeed());
  },
};

/** A `setTimeout` a call. */
export const limited = (duration) => () =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('timed out')), duration);
    hang()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
