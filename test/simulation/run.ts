// npm run simulate [-- --quick] [-- --write] [-- --seed=7] [-- outage quorum …]
import { parseArgs } from 'node:util';

import { writePage } from './page.js';
import type { Report } from './report.js';
import { SCENARIOS } from './scenarios/index.js';
import { terminalTable } from './table.js';
import { terminalPlot } from './terminal-plot.js';

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean' }, write: { type: 'boolean' }, seed: { type: 'string' } },
  allowPositionals: true,
});
const seed = Number(values.seed ?? 1);
const reports: Report[] = [];
const began = performance.now();
console.log(`The cluster protocol under simulation, seed ${seed}.\n`);
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const start = performance.now();
  const report = await scenario({ seed, isQuick: values.quick === true });
  reports.push(report);
  const took = ((performance.now() - start) / 1_000).toFixed(1);
  console.log(`=== ${report.title} (${took} s)\n${report.setup}\n\n${terminalTable(report)}\n`);
  for (const plot of report.plots ?? []) console.log(`${terminalPlot(plot)}\n`);
  console.log(`${report.conclusion}\n`);
}
if (values.write === true) writePage('docs/cluster.md', 'docs/images', reports, seed);
console.log(`${((performance.now() - began) / 1_000).toFixed(1)} s`);
