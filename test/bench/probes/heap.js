// Ten million calls through four policies, one in a hundred failing: the heap afterwards is the one before.
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { getHeapSnapshot } from 'node:v8';

import { heapAtRest } from './memory.js';

const WARM_UP = 200_000;
const CALLS = 10_000_000;

/** How many nodes a heap snapshot has; its head says so. */
async function nodes() {
  let head = '';
  const into = new Writable({
    write(chunk, _, done) {
      if (head.length < 4_096) head += chunk;
      done();
    },
  });
  await pipeline(getHeapSnapshot(), into);
  return Number(/"node_count":(\d+)/.exec(head)[1]);
}

export async function look({ mixed }) {
  const call = await mixed();
  for (let i = 0; i < WARM_UP; i++) await call();
  await nodes(); // the first snapshot leaves traces of its own
  const before = { nodes: await nodes(), bytes: heapAtRest() };
  for (let i = 0; i < CALLS; i++) await call();
  return { before, after: { nodes: await nodes(), bytes: heapAtRest() } };
}
