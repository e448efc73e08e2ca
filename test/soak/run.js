// npm run soak: random load, faults and reconfiguration on 1,000 breakers. SOAK_SECONDS (1,800), SOAK_SEED.
import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { City } from './city.js';
import { randomOf } from './random.js';

const SECONDS = Number(process.env.SOAK_SECONDS ?? 1_800);
const SEED = Number(process.env.SOAK_SEED ?? Date.now() % 2 ** 31);
const PHASES = Math.max(4, Math.min(30, Math.round(SECONDS / 10)));
const WORKERS = 200;

const unhandled = [];
process.on('unhandledRejection', (error) => unhandled.push(error));
const complaints = [];
const demand = (isAsItShould, complaint) => {
  if (!isAsItShould) complaints.push(complaint);
};

const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(1);
function heapAtRest() {
  for (let i = 0; i < 4; i++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

async function load(city, random, until) {
  const isOver = () => performance.now() >= until;
  const worker = async () => {
    while (!isOver()) {
      await city.call();
      if (random.chance(0.2)) await sleep(random.below(5));
      else await new Promise(setImmediate);
    }
  };
  const chaos = async () => {
    while (!isOver()) {
      for (let i = 0; i < 5; i++) city.disturb();
      await sleep(5);
    }
  };
  await Promise.all([chaos(), ...Array.from({ length: WORKERS }, worker)]);
}

/** When nobody calls any more, nothing may be left. */
function checkRest(city, phase) {
  const { registry, clock, callers, shared } = city;
  const { scope } = registry;
  const left = {
    'calls under way': city.underWay,
    'active calls': scope.active,
    'attempts that could be aborted': scope.abortable.size,
    'calls that wait': scope.waiters.size,
    timers: clock.pending,
    'listeners on signals': callers.reduce((sum, { signal }) => sum + getEventListeners(signal, 'abort').length, 0),
    'places taken': shared.bulkhead.running,
    'calls queued': shared.bulkhead.queued + shared.limiter.queued,
    'unhandled rejections': unhandled.length,
  };
  for (const [what, count] of Object.entries(left)) demand(count === 0, `phase ${phase}: ${count} ${what} left`);
  for (const { name, totals, inFlight } of registry.snapshot()) {
    const { calls, successes, failures, ignored, stale } = totals;
    demand(inFlight === 0, `phase ${phase}: ${name} has ${inFlight} calls in flight`);
    demand(successes + failures + ignored + stale === calls, `phase ${phase}: ${name} has miscounted`);
    demand(Math.min(...Object.values(totals)) >= 0, `phase ${phase}: ${name} has a negative count`);
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

console.log(`soak: ${SECONDS} s in ${PHASES} phases, SOAK_SEED=${SEED}`);
const random = randomOf(SEED);
const city = new City(random);
const heaps = [];
for (let phase = 1; phase <= PHASES; phase++) {
  const before = city.calls;
  await load(city, random, performance.now() + (SECONDS / PHASES) * 1_000);
  await sleep(600); // longer than whatever was still to be waited for
  checkRest(city, phase);
  city.rest();
  heaps.push(heapAtRest());
  console.log(`phase ${phase}: ${city.calls - before} calls, heap at rest ${megabytes(heaps.at(-1))} MB`);
}

// the first phases fill pools and caches that stay
const third = Math.ceil(heaps.length / 3);
const [early, late] = [median(heaps.slice(1, 1 + third)), median(heaps.slice(-third))];
demand(
  late <= early * 1.1 + 2 * 2 ** 20,
  `the heap at rest has grown from ${megabytes(early)} to ${megabytes(late)} MB`,
);
await city.registry.drain(100);
const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
demand(timers === 0, `${timers} timers keep the process alive`);

const refusals = [...city.errors].sort((a, b) => b[1] - a[1]).map(([kind, count]) => `${kind} ${count}`).join(', '); // prettier-ignore
console.log(`${city.calls} calls; rejected: ${refusals}`);
for (const complaint of complaints.slice(0, 20)) console.error(complaint);
console.log(complaints.length === 0 ? 'nothing is left' : `${complaints.length} complaints`);
process.exitCode = complaints.length === 0 ? 0 : 1;
