// A route of a Nest application under autocannon, in turn with another route of the same application that is bare.
import autocannon from 'autocannon';

import { Runner } from './runner.js';
import { median, ratio } from './rounds.js';

const SUBJECTS = ['ours', 'opossum', 'nestjs-resilience'];
const PATHS = ['bare', 'guarded'];
/** So many that the server is kept busy. */
const LOAD = { connections: 10, pipelining: 10 };
const REQUESTS = { fastify: 6_000, express: 2_000 };
const WARM_UP = 4;

/** autocannon itself tells time by the second: the last answer is what counts. */
function requestsPerSecond(url, amount) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    let answers = 0;
    let seconds;
    const asked = autocannon({ url, ...LOAD, amount, sampleInt: 20 }, (error, { errors, non2xx } = {}) => {
      if (error || errors + non2xx > 0) reject(error ?? new Error(`${errors} errors, ${non2xx} wrong answers`));
      else resolve(answers / seconds);
    });
    asked.on('response', () => {
      answers++;
      seconds = (performance.now() - started) / 1_000;
    });
  });
}

/** By path, and by round: requests a second, and µs of the server's processor a request. */
async function burstsOf(platform, subject, count) {
  const runner = new Runner('routes/server.js', { platform, subject });
  try {
    const { port } = await runner.ready;
    const routes = PATHS.map((path) => ({ url: `http://127.0.0.1:${port}/${path}`, throughput: [], cpu: [] }));
    const requests = REQUESTS[platform];
    for (const { url } of routes) await requestsPerSecond(url, WARM_UP * requests);
    for (let round = 0; round < count; round++) {
      for (const route of routes) {
        const before = await runner.ask({});
        route.throughput.push(await requestsPerSecond(route.url, requests));
        route.cpu.push(((await runner.ask({})).cpu - before.cpu) / requests);
      }
    }
    return routes;
  } finally {
    runner.end();
  }
}

export async function measureRoutes({ title, platform, least }, { count }) {
  const throughput = {};
  const cpu = {};
  for (const subject of SUBJECTS) {
    const [bare, guarded] = await burstsOf(platform, subject, Math.ceil(count / 3));
    for (const [key, cells] of Object.entries({ throughput, cpu })) {
      cells[subject] = { value: median(guarded[key]), times: ratio(guarded[key], bare[key]) };
      if (subject === 'ours') cells.bare = { value: median(bare[key]), times: 1 };
    }
  }
  const time = { title: `${title}: processor time a request`, unit: 'µs', cells: cpu, targets: [] };
  if (least === undefined) return [time]; // a slow route keeps a loaded machine busy for so long that its throughput tells little
  const promise = { words: '× the bare route', value: throughput.ours.times, limit: least, isLeast: true };
  return [{ title, unit: 'requests/s', cells: throughput, targets: [promise] }, time];
}
