// npm run bench [-- --check] [-- --only <words of a scenario>] [-- --short]
// Each subject lives in a process of its own; batches of some 10 ms run in turn, A B C A B C …, and a figure is the
// median of the ratios to the bare call of the same round: what the machine does meanwhile happens to all alike.
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { scenarios } from './scenarios.js';
import { subjects } from './subjects.js';

const { values: flags } = parseArgs({
  options: {
    check: { type: 'boolean' },
    only: { type: 'string' },
    short: { type: 'boolean' },
    write: { type: 'boolean' },
  },
});
const ROUNDS = flags.short ? 9 : 31;
const WARM_UP = flags.short ? 4 : 10;
const BATCH_NS = 10_000_000;
const child = fileURLToPath(new URL('child.js', import.meta.url));

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

function start(subject, { call, base, mode }) {
  const scenario = subject === 'bare' && base !== undefined ? base : call;
  const execArgv = mode === 'bytes' ? ['--expose-gc', '--max-semi-space-size=512', '--min-semi-space-size=512'] : [];
  const process = fork(child, [subject, scenario, mode ?? 'time'], { execArgv });
  let waiting;
  const answer = () => new Promise((resolve, reject) => (waiting = { resolve, reject }));
  process.on('message', (message) => waiting.resolve(message));
  process.on('exit', (code) => waiting.reject(new Error(`${subject} ended with ${code} in "${call}"`)));
  return { subject, process, answer, ready: answer() };
}

async function batch(runner, size) {
  const answer = runner.answer();
  runner.process.send({ size });
  return (await answer).nanoseconds;
}

async function measure(scenario) {
  const runners = Object.keys(subjects).map((subject) => start(subject, scenario));
  const present = [];
  for (const runner of runners) {
    const { missing } = await runner.ready;
    if (!missing) present.push(runner);
  }
  const sizes = new Map();
  for (const runner of present) {
    let size = 1_000;
    const nanoseconds = await batch(runner, size);
    size = scenario.mode === 'bytes' ? 20_000 : Math.max(1_000, Math.ceil(BATCH_NS / nanoseconds / 1_000) * 1_000);
    sizes.set(runner, size);
  }
  const rounds = [];
  const count = scenario.mode === 'bytes' ? 5 : ROUNDS;
  for (let round = -WARM_UP; round < count; round++) {
    const results = {};
    for (const runner of present) results[runner.subject] = await batch(runner, sizes.get(runner));
    if (round >= 0) rounds.push(results);
  }
  for (const { process } of present) process.disconnect();
  return Object.fromEntries(
    present.map(({ subject }) => [
      subject,
      { figure: median(rounds.map((r) => r[subject])), times: median(rounds.map((r) => r[subject] / r.bare)) },
    ]),
  );
}

function judge(scenario, results) {
  const { ours } = results;
  const peers = Object.entries(results).filter(([subject]) => subject !== 'ours' && subject !== 'bare');
  const best = Math.min(...peers.map(([, { figure }]) => figure));
  const missed = [];
  if (scenario.limit !== undefined && ours.figure > scenario.limit) missed.push(`${scenario.limit} bytes`);
  if (scenario.times !== undefined && ours.times > scenario.times) missed.push(`${scenario.times} × bare`);
  const ratio = ours.figure / best;
  if (scenario.best !== undefined && ratio > scenario.best) missed.push(`${scenario.best} × the best`);
  return { ratio, missed };
}

const names = Object.keys(subjects);
const unit = ({ mode }, { figure }) => (mode === 'bytes' ? `${Math.round(figure)} B` : `${Math.round(figure)} ns`);
const cell = (scenario, result) =>
  result === undefined ? '–' : `${unit(scenario, result)} (${result.times.toFixed(1)} ×)`;
const rows = [];
let failed = 0;
for (const scenario of scenarios) {
  if (flags.only !== undefined && !scenario.name.includes(flags.only) && scenario.call !== flags.only) continue;
  const results = await measure(scenario);
  const { ratio, missed } = judge(scenario, results);
  if (missed.length > 0) failed++;
  const verdict = missed.length > 0 ? `missed: ${missed.join(', ')}` : 'met';
  rows.push([scenario.name, ...names.map((name) => cell(scenario, results[name])), `${ratio.toFixed(2)} ×`, verdict]);
  console.log(rows.at(-1).join(' | '));
}
const head = ['scenario', ...names, 'ours to the best of the others', 'target'];
const markdown = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
if (flags.write) writeFileSync(new URL('results.md', import.meta.url), `${markdown}\n`);
console.log(`\n${markdown}`);
if (flags.check && failed > 0) {
  console.error(`${failed} of ${rows.length} targets missed`);
  process.exitCode = 1;
}
