// `times`: at most so many times the bare call; `best`: at most so many times the best of the peers; `limit`: at most
// so much. `short`: part of the short form, and what differs there.
import { measureCalls, measureGrowth } from './measure-calls.js';
import { measureDelay, measureHeap, measureIdle, measureKeys } from './measure-probes.js';
import { measureRedis } from './measure-redis.js';
import { measureRoutes } from './measure-routes.js';
import { peers } from './subjects/index.js';

const count = (number) => number.toLocaleString('en');

const calls = [
  { id: 'closed', title: 'closed, success', times: 3.6, best: 0.8 },
  {
    id: 'als',
    title: 'closed, success, AsyncLocalStorage active',
    call: 'closed',
    mode: 'als',
    times: 2.5,
    best: 0.65,
  },
  { id: 'concurrent', title: '1,000 at once, one turn of I/O each', mode: 'at once', load: 1_000, times: 2.2, best: 0.6 }, // prettier-ignore
  { id: 'failing', title: 'closed, failing call', times: 1.7, best: 0.85 },
  { id: 'timeout', title: 'with a 10 s time-out', times: 4.8, best: 0.38 },
  { id: 'refused', title: 'open, refused and caught', times: 20, best: 0.23 },
  { id: 'fallback', title: 'open, a fallback answers', times: 2.2, best: 0.03 },
  { id: 'decorated', title: 'decorated method, @CircuitBreaker', times: 4, best: 0.36 },
  { id: 'stack', title: '@Fallback @Retry @CircuitBreaker @Timeout', times: 7, best: 0.035 },
  { id: 'bytes', title: 'bytes a call', call: 'closed', mode: 'bytes', limit: 560 },
  { id: 'bytes-timeout', title: 'bytes a call with a time-out', call: 'timeout', mode: 'bytes', limit: 680 },
  { id: 'bytes-refused', title: 'bytes a refused call', call: 'refused', mode: 'bytes', limit: 800 },
].map((scenario) => ({ call: scenario.id, measure: measureCalls, short: shorter(scenario), ...scenario }));

/** Without the slowest of the peers, and without any where bytes are counted. */
function shorter({ best, id }) {
  if (best === undefined) return { without: ['floor', ...peers] };
  return { without: id === 'stack' ? ['floor'] : ['floor', 'nestjs-resilience'] };
}

const growth = [
  {
    id: 'window',
    title: (load) => `failing, ${count(load)} calls in the time window`,
    loads: [0, 1_000_000],
    subjects: ['ours', 'cockatiel', 'opossum'],
    fresh: true,
    grain: 10,
    limit: 1.1,
    short: { subjects: ['ours'] },
  },
  {
    id: 'ring',
    title: (load) => `success, ${count(load)} calls in a window of 1,000,000 calls`,
    loads: [0, 1_000_000],
    subjects: ['ours'],
    fresh: true,
    limit: 1.1,
  },
  {
    id: 'breakers',
    title: (load) => `one of ${count(load)} breakers in turn`,
    loads: [1, 100, 10_000, 100_000],
    subjects: ['bare', 'ours', 'cockatiel'],
  },
  {
    id: 'concurrency',
    call: 'underWay',
    title: (load) => `with a time-out, ${count(load)} other calls under way`,
    loads: [1, 100, 10_000, 100_000],
    subjects: ['bare', 'ours'],
    limit: 1.1,
  },
].map((scenario) => ({ call: scenario.id, measure: measureGrowth, ...scenario }));

export const scenarios = [
  ...calls,
  ...growth,
  {
    id: 'idle',
    title: 'idle breakers: bytes, timers, making 100,000',
    measure: measureIdle,
    short: { subjects: ['ours'], ms: null },
  },
  { id: 'keys', title: 'a million distinct keys', measure: measureKeys },
  { id: 'heap', title: 'the heap after 10,000,000 calls', measure: measureHeap },
  { id: 'delay', title: '100,000 time-outs under way', measure: measureDelay },
  { id: 'redis', title: 'a breaker attached to Redis', measure: measureRedis },
  {
    id: 'fastify',
    title: 'a route on Fastify, its service under all four policies (opossum, nestjs-resilience: a time-out)',
    platform: 'fastify',
    least: 0.95,
    measure: measureRoutes,
  },
  {
    id: 'express',
    title: 'a route on Express, its service under all four policies (opossum, nestjs-resilience: a time-out)',
    platform: 'express',
    measure: measureRoutes,
  },
];

/** Those a word or several mean: by `id`, else by what the title contains. */
export function scenariosOf(words) {
  return words.split(',').flatMap((word) => {
    const exact = scenarios.filter(({ id }) => id === word);
    return exact.length > 0 ? exact : scenarios.filter(({ id, title }) => `${id} ${title}`.includes(word));
  });
}
