// Breakers that nobody has called yet: bytes, timers, and how long it takes to make them.
import { createHook } from 'node:async_hooks';

import { stopwatch } from '../stopwatch.js';
import { heapAtRest } from './memory.js';

const COUNT = 100_000;
const FEW = 1_000;

export async function look({ idle }) {
  if (idle === undefined) return undefined;
  const named = (prefix, count) => Array.from({ length: count }, (_, i) => `${prefix} ${i}`);
  const make = await idle(named('quotes', COUNT));
  const makeFew = await idle(named('rates', FEW));
  const before = heapAtRest();
  const taken = stopwatch();
  const kept = make();
  const ms = taken() / 1e6;
  const bytes = (heapAtRest() - before) / kept.length;
  return { ms, bytes, timers: timersOf(makeFew) / FEW };
}

function timersOf(make) {
  let timers = 0;
  const hook = createHook({ init: (_, type) => void (timers += type === 'Timeout' ? 1 : 0) }).enable();
  const kept = make();
  hook.disable();
  return kept.length === 0 ? Number.NaN : timers;
}
