// One subject in a process of its own: makes batches of calls when told, and answers with what each cost.
import { AsyncLocalStorage } from 'node:async_hooks';

import { stopwatch } from './stopwatch.js';
import { subjectOf } from './subjects/index.js';

const WARM_NS = 300_000_000;
let isWarm = false;
const storage = new AsyncLocalStorage(); // one only: each that was ever entered costs every promise its share
const { subject, call: name, mode, load, fresh } = JSON.parse(process.argv[2]);
const make = (await subjectOf(subject)).calls[name];
let call = make === undefined ? undefined : await make(load);
if (call === undefined) {
  process.send({ missing: true });
  process.disconnect();
} else {
  process.on('message', ({ size }) => {
    void measured(size).then((figure) => process.send({ figure }));
  });
  process.send({ missing: false });
}

async function oneByOne(size) {
  const { uncaught } = call;
  if (uncaught === undefined) {
    for (let i = 0; i < size; i++) await call();
    return;
  }
  for (let i = 0; i < size; i++) {
    try {
      await uncaught();
    } catch {
      // that it fails is the point
    }
  }
}

async function atOnce(size, width) {
  for (let i = 0; i < size; i += width) await Promise.all(Array.from({ length: width }, call));
}

/** ns a call, or bytes. */
async function measured(size) {
  if (fresh) call = await make(load);
  if (mode === 'bytes') return bytes(size);
  const taken = stopwatch();
  if (mode === 'als') await storage.run({}, () => oneByOne(size));
  else if (mode === 'at once') await atOnce(size, load);
  else await oneByOne(size);
  return taken() / size;
}

/** Bytes a call: the young generation is so large that nothing is collected while we look. */
async function bytes(size) {
  for (const taken = stopwatch(); !isWarm && taken() < WARM_NS;) await oneByOne(size);
  isWarm = true;
  await oneByOne(size);
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  await oneByOne(size);
  return (process.memoryUsage().heapUsed - before) / size;
}
