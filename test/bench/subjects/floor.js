// What no breaker can do without that knows how long calls take and leaves unhandled rejections unhandled: two readings
// of the clock, and a promise of its own. Everything else a breaker does comes on top of that.
import { fail, io, caught, succeed } from './work.js';

export const settings = 'a reading of the clock before the call, and one in each handler of a derived promise';

const { performance } = globalThis;
/** So that no reading is optimised away. */
let seen = 0;

function onFulfilled(value) {
  seen = performance.now() - seen;
  return value;
}

function onRejected(error) {
  seen = performance.now() - seen;
  throw error;
}

const floor = (work) => () => () => {
  seen = performance.now();
  return work().then(onFulfilled, onRejected);
};

export const calls = {
  closed: floor(succeed),
  concurrent: floor(io),
  failing: () => caught(floor(fail)()),
  decorated: floor(succeed),
};
