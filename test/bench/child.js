// One subject in a process of its own: makes batches of calls when told, and answers with what each cost.
import { AsyncLocalStorage } from 'node:async_hooks';

import { subjects } from './subjects.js';

const [subject, scenario, mode] = process.argv.slice(2);
const call = (await subjects[subject]())[scenario];
if (call === undefined) {
  process.send({ missing: true });
  process.disconnect();
} else {
  process.on('message', ({ size }) => {
    void measured(size).then((nanoseconds) => process.send({ nanoseconds }));
  });
  process.send({ ready: true });
}

async function oneByOne(size) {
  for (let i = 0; i < size; i++) await call();
}

async function atOnce(size) {
  for (let i = 0; i < size; i += 1_000) await Promise.all(Array.from({ length: 1_000 }, call));
}

async function measured(size) {
  const batch = scenario === 'concurrent' ? atOnce : oneByOne;
  if (mode === 'bytes') return bytes(size);
  const start = process.hrtime.bigint();
  if (mode === 'als') await new AsyncLocalStorage().run({}, () => batch(size));
  else await batch(size);
  return Number(process.hrtime.bigint() - start) / size;
}

/** Bytes a call: the young generation is so large that nothing is collected while we look. */
async function bytes(size) {
  await oneByOne(size);
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  await oneByOne(size);
  return (process.memoryUsage().heapUsed - before) / size;
}
