// The pages that show what was measured: a block between two marks in each, and a chart.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';

import { scenarios } from '../scenarios.js';
import { peers } from '../subjects/index.js';
import { chart } from './chart.js';
import { columns, head, line, multiple } from './table.js';

const [BEGIN, END] = ['<!-- bench:begin -->', '<!-- bench:end -->'];
const root = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
/** The rows of the README: what a call costs, and what it leaves behind. */
const BRIEF = 'closed,als,concurrent,failing,timeout,refused,fallback,decorated,stack,bytes,idle'.split(',');

const command = (id) => `\`npm run bench -- --only ${id}\``;
const rule = (parts) => line(parts.map(() => '---'));

export async function writePages(results) {
  const rows = scenarios.flatMap(({ id }) => (results.scenarios[id] ?? []).map((row) => ({ id, ...row })));
  const timed = rows.filter(({ id, unit }) => BRIEF.includes(id) && unit === 'ns');
  writeFileSync(root('docs/images/bench.svg'), chart(timed, results.machine));
  await replace('docs/performance.md', whole(rows, results));
  await replace('README.md', brief(rows, results));
}

async function replace(page, block) {
  const path = root(page);
  const text = readFileSync(path, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${page} has no ${BEGIN} … ${END}`);
  const next = `${text.slice(0, begin + BEGIN.length)}\n\n${block}\n\n${text.slice(end)}`;
  writeFileSync(path, await format(next, { ...(await resolveConfig(path)), parser: 'markdown' }));
}

function whole(rows, { machine, settings }) {
  const heads = [...head, 'command'];
  const settingsOf = Object.entries(settings).map(
    ([name, { version, settings: said }]) => `- ${name}${version === undefined ? '' : ` ${version}`}: ${said}`,
  );
  return [
    `Written by \`npm run bench -- --write\` on ${machine}. In brackets: multiples of the bare call; where several loads ` +
      'are compared, of the same subject under the lightest; of a route, those of the bare route beside it. The floor ' +
      'is a bare call with two readings of the clock and a promise of its own: no breaker can do without these that ' +
      'knows how long calls take and leaves unhandled rejections to be seen.',
    '',
    line(heads),
    rule(heads),
    ...rows.map((row) => line([...columns(row), command(row.id)])),
    '',
    '![What a guarded call costs, in multiples of the bare call](images/bench.svg)',
    '',
    'Settings, as comparable as the libraries allow:',
    '',
    ...settingsOf,
  ].join('\n');
}

function brief(rows, { machine, settings }) {
  const heads = ['', 'this package', ...peers.map((peer) => `${peer} ${settings[peer].version}`), '`npm run bench -- --only …`']; // prettier-ignore
  const shown = BRIEF.flatMap((id) => rows.filter((row) => row.id === id).slice(0, 1));
  const cell = ({ unit }, one) => {
    if (one === undefined) return '–';
    return unit === 'ns' ? `${multiple(one.times)} ×` : `${Math.round(one.value).toLocaleString('en')} ${unit}`;
  };
  return [
    `Multiples of the bare \`await method()\`, and bytes; ${machine}.`,
    '',
    line(heads),
    rule(heads),
    ...shown.map((row) => line([row.title, ...['ours', ...peers].map((name) => cell(row, row.cells[name])), `\`${row.id}\``])), // prettier-ignore
  ].join('\n');
}
