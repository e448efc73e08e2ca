// A breaker a key, and a million keys: once as many as `maxKeys` have been seen, memory stays where it is.
import { stopwatch } from '../stopwatch.js';
import { heapAtRest } from './memory.js';

const CAP = 1_000;
const KEYS = 1_000_000;

export async function look({ keyed }) {
  const { call, count } = await keyed();
  await call('the first');
  const before = heapAtRest();
  const from = async (first, last) => {
    for (let key = first; key < last; key++) await call(`customer ${key}`);
  };
  await from(0, 10 * CAP);
  const atCap = heapAtRest() - before;
  const taken = stopwatch();
  await from(10 * CAP, KEYS);
  const ns = taken() / (KEYS - 10 * CAP);
  return { atCap, after: heapAtRest() - before, breakers: count(), ns };
}
