// Scenarios that take one look a process: idle breakers, a million keys, the heap, the event loop's delay.
import { Runner } from './runner.js';
import { names, peers } from './subjects/index.js';

const EXEC_ARGV = ['--expose-gc', '--max-old-space-size=4096'];

async function look(probe, subject) {
  const runner = new Runner('probe.js', { probe, subject }, { execArgv: EXEC_ARGV });
  try {
    return await runner.ready;
  } finally {
    runner.end();
  }
}

/**
 * What each subject is found to be: the least of each figure in so many looks, because a busy machine only ever adds.
 */
async function looks(probe, subjects, times) {
  const found = new Map();
  for (const subject of subjects) {
    const all = [];
    for (let i = 0; i < times; i++) all.push(await look(probe, subject));
    if (all[0].missing) continue;
    found.set(
      subject,
      Object.fromEntries(Object.keys(all[0]).map((key) => [key, Math.min(...all.map((one) => one[key]))])),
    );
  }
  return found;
}

const cellsOf = (found, value) => Object.fromEntries([...found].map(([subject, one]) => [subject, { value: value(one) }])); // prettier-ignore

export async function measureIdle({ subjects = names, ms = 200 }, { looks: times }) {
  const found = await looks('idle', subjects, times);
  const row = (title, unit, key, limit) => {
    const cells = cellsOf(found, (one) => one[key]);
    const targets = limit === null ? [] : [{ words: unit, value: cells.ours.value, limit }];
    return { title, unit, cells, targets };
  };
  return [
    row('an idle breaker', 'B', 'bytes', 400),
    row('timers of an idle breaker', 'timers', 'timers', 0),
    row('100,000 breakers made', 'ms', 'ms', ms),
  ];
}

export async function measureKeys() {
  const { atCap, after, breakers, ns } = await look('keys', 'ours');
  const kB = (bytes) => bytes / 1_000;
  return [
    { title: 'heap at 1,000 keys, the cap', unit: 'kB', cells: { ours: { value: kB(atCap) } }, targets: [] },
    {
      title: 'heap after 1,000,000 distinct keys',
      unit: 'kB',
      cells: { ours: { value: kB(after), times: after / atCap } },
      targets: [
        { words: '× that at the cap', value: after / atCap, limit: 1.1 },
        { words: 'breakers', value: breakers, limit: 1_001 },
      ],
    },
    { title: 'a call with a key never seen before', unit: 'ns', cells: { ours: { value: ns } }, targets: [] },
  ];
}

export async function measureHeap() {
  const { before, after } = await look('heap', 'ours');
  const [bytes, nodes] = ['bytes', 'nodes'].map((key) => after[key] - before[key]);
  return [
    {
      title: 'heap after 10,000,000 calls, against before',
      unit: 'B',
      cells: { ours: { value: bytes } },
      targets: [{ words: 'B', value: bytes, limit: 65_536 }],
    },
    {
      title: 'nodes of the heap snapshot, against before',
      unit: 'nodes',
      cells: { ours: { value: nodes } },
      targets: [{ words: 'nodes', value: nodes, limit: 1_000 }],
    },
  ];
}

export async function measureDelay() {
  const found = await looks('delay', names, 1);
  const row = (title, key, limit) => {
    const cells = cellsOf(found, (one) => one[key]);
    for (const cell of Object.values(cells)) cell.times = cell.value / cells.bare.value;
    const toBest = cells.ours.value / Math.min(...peers.map((peer) => cells[peer]?.value ?? Infinity));
    const targets = limit === undefined ? [] : [{ words: '× the best of the others', value: toBest, limit }];
    return { title: `100,000 time-outs under way: ${title}`, unit: 'ms', cells, toBest, targets };
  };
  return [
    row('event-loop delay, p99', 'p99'),
    row('event-loop delay, longest', 'max', 1),
    row('processor time in all', 'cpu', 1),
  ];
}
