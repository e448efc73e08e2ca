// npm run bench [-- --list] [-- --only <scenario>,…] [-- --check[=<slack>]] [-- --short] [-- --write]
// Each subject lives in a process of its own; batches of some 10 ms run in turn, and a figure is the median of the
// ratios of one round: what the machine does meanwhile happens to all alike. What misses its target is measured again,
// and only misses if it does so each time.
import { parseArgs } from 'node:util';

import { writePages } from './report/pages.js';
import { load, store } from './report/store.js';
import { missesOf, multiple, table } from './report/table.js';
import { scenarios, scenariosOf } from './scenarios.js';

const { values: flags } = parseArgs({
  args: process.argv.slice(2).map((flag) => (flag === '--check' ? '--check=1' : flag)),
  options: {
    check: { type: 'string' },
    list: { type: 'boolean' },
    only: { type: 'string' },
    short: { type: 'boolean' },
    write: { type: 'boolean' },
  },
});
const ATTEMPTS = 3;
const PACE = flags.short ? { count: 9, warmUp: 5, looks: 1 } : { count: 31, warmUp: 15, looks: 3 };
const slack = Number(flags.check ?? 1);

const chosen = flags.only === undefined ? scenarios : scenariosOf(flags.only);
if (chosen.length === 0) throw new Error(`no scenario "${flags.only}": see --list`);

async function measured(scenario) {
  for (let attempt = 1; ; attempt++) {
    const rows = await scenario.measure({ ...scenario, ...(flags.short ? scenario.short : {}) }, PACE);
    const misses = rows.flatMap((row) => missesOf(row, slack).map((miss) => ({ title: row.title, ...miss })));
    if (misses.length === 0 || attempt === ATTEMPTS || flags.check === undefined) return { rows, misses };
  }
}

async function main() {
  const all = { rows: [], misses: [] };
  for (const scenario of chosen) {
    if (flags.short && flags.only === undefined && !scenario.short) continue;
    const started = performance.now();
    const { rows, misses } = await measured(scenario);
    if (flags.write) await store(scenario.id, rows);
    all.rows.push(...rows);
    all.misses.push(...misses);
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    console.error(`${scenario.id}: ${seconds} s${misses.length > 0 ? ', missed' : ''}`);
  }
  console.log(`\n${table(all.rows, slack)}\n`);
  for (const { title, words, value, limit } of all.misses) {
    console.error(
      `missed: ${title}: ${multiple(value)} instead of ${slack === 1 ? '' : `${slack} times `}${limit} ${words}`,
    );
  }
  if (flags.write) await writePages(load());
  if (flags.check !== undefined && all.misses.length > 0) process.exitCode = 1;
}

function list() {
  for (const { id, title, loads } of scenarios) {
    console.log(id.padEnd(16), typeof title === 'string' ? title : title(loads.at(-1)));
  }
}

if (flags.list) list();
else await main();
