// A route of a Nest application under autocannon, in turn against the bare one and against ones that use the peers.
import autocannon from 'autocannon';

import { Runner } from './runner.js';
import { median, ratio } from './rounds.js';

const SUBJECTS = ['bare', 'ours', 'opossum', 'nestjs-resilience'];
/** So many that the server, not the one that asks, is what it waits for. */
const LOAD = { connections: 10, pipelining: 10 };
const REQUESTS = 6_000;
const WARM_UP = 40_000;

/** autocannon itself tells time by the second: the last answer is what counts. */
function requestsPerSecond({ port }, amount) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    let answers = 0;
    let seconds;
    const load = { url: `http://127.0.0.1:${port}/quotes`, ...LOAD, amount, sampleInt: 20 };
    const asked = autocannon(load, (error, { errors, non2xx } = {}) => {
      if (error || errors + non2xx > 0) reject(error ?? new Error(`${errors} errors, ${non2xx} wrong answers`));
      else resolve(answers / seconds);
    });
    asked.on('response', () => {
      answers++;
      seconds = (performance.now() - started) / 1_000;
    });
  });
}

/** Requests a second, and µs of the server's processor a request. */
async function burst(server) {
  const before = await server.runner.ask({});
  const throughput = await requestsPerSecond(server, REQUESTS);
  server.throughput.push(throughput);
  server.cpu.push(((await server.runner.ask({})).cpu - before.cpu) / REQUESTS);
}

export async function measureRoutes({ title, platform, least }, { count }) {
  const servers = [];
  for (const subject of SUBJECTS) {
    const runner = new Runner('routes/server.js', { platform, subject });
    servers.push({ subject, runner, port: (await runner.ready).port, throughput: [], cpu: [] });
  }
  try {
    for (const server of servers) await requestsPerSecond(server, WARM_UP);
    for (let round = 0; round < Math.ceil(count / 3); round++) for (const server of servers) await burst(server);
  } finally {
    for (const { runner } of servers) runner.end();
  }
  const cells = (key) =>
    Object.fromEntries(
      servers.map((server) => [
        server.subject,
        { value: median(server[key]), times: ratio(server[key], servers[0][key]) },
      ]),
    );
  const served = cells('throughput');
  const promise = { words: '× the bare route', value: served.ours.times, limit: least, isLeast: true };
  return [
    { title, unit: 'requests/s', cells: served, targets: least === undefined ? [] : [promise] },
    { title: `${title}: processor time a request`, unit: 'µs', cells: cells('cpu'), targets: [] },
  ];
}
