// npm run compare: the same black-box scenarios against this package and its peers; writes test/comparison.md.
import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';

import { scenarios } from './scenarios.js';

const LIBRARIES = ['own', 'opossum', 'cockatiel', 'nestjs-resilience'];
const LIMIT = 8_000;
const AT_ONCE = 2;
const require = createRequire(import.meta.url);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** How one scenario goes in a process of its own. */
function verdictOf(library, index) {
  const scenario = scenarios[index];
  return new Promise((resolve) => {
    const child = fork(here('child.js'), [library, String(index)], { stdio: 'ignore' });
    let verdict = { holds: false, found: 'the process ended without a word' };
    let isLate = false;
    const timer = setTimeout(
      () => {
        isLate = true;
        child.kill('SIGKILL');
      },
      scenario.isExitProbe ? 3_000 : LIMIT,
    );
    child.on('message', (message) => (verdict = message));
    child.on('close', () => {
      clearTimeout(timer);
      if (isLate && scenario.isExitProbe) resolve({ holds: false, found: 'the process was still there after 3 s' });
      else if (isLate) resolve({ holds: false, found: 'it hung' });
      else resolve(verdict);
    });
  });
}

async function main() {
  const adapters = await Promise.all(LIBRARIES.map((library) => import(`./adapters/${library}.js`)));
  const cells = scenarios.map(() => []);
  const jobs = scenarios.flatMap((_, row) => LIBRARIES.map((_, column) => ({ row, column })));
  const work = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { row, column } = job;
      const { rule, needs } = scenarios[row];
      const { can, choices } = adapters[column];
      if (needs !== undefined && !can.has(needs)) cells[row][column] = { mark: '–', note: '' };
      else {
        const { holds, found } = await verdictOf(LIBRARIES[column], row);
        const choice = choices[rule];
        cells[row][column] = holds
          ? { mark: '✓', note: '' }
          : choice === undefined
            ? { mark: '✗', note: found }
            : { mark: '○', note: choice };
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const text = report(adapters, cells);
  const path = here('../comparison.md');
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), parser: 'markdown' }));
  console.log(text);
  if (cells.some(([own]) => own.mark === '✗')) process.exitCode = 1;
}

function report(adapters, cells) {
  const versions = adapters.map(({ pkg }) => {
    const path = pkg.startsWith('.') ? here(`adapters/${pkg}`) : require.resolve(pkg);
    return JSON.parse(readFileSync(path, 'utf8')).version;
  });
  const heads = adapters.map(({ name }, column) => `${name} ${versions[column]}`);
  const row = (parts) => `| ${parts.join(' | ')} |`;
  const cell = ({ mark, note }) => (note === '' ? mark : `${mark} ${note.replaceAll('|', '/')}`);
  const lines = cells.map((columns, index) =>
    row([scenarios[index].rule, scenarios[index].title, ...columns.map(cell)]),
  );
  const count = (column, mark) => cells.filter((columns) => columns[column].mark === mark).length;
  const sums = LIBRARIES.map((_, column) =>
    [...'✓✗○–'].map((mark) => `${count(column, mark)} ${mark}`).filter((sum) => !sum.startsWith('0 ')).join(', '),
  ); // prettier-ignore
  return `# How breakers hold up

Written by \`npm run compare\` (Node ${process.version.slice(1)}): the same black-box scenarios against each library, set up by its
documentation, each in a process of its own and in real time (\`test/compare/\`). The numbers are those of the tests in
\`test/conformance/\`. ✓ holds · ✗ broken, with what was found · ○ otherwise by choice, as documented · – it has no such part.

${row(['rule', 'scenario', ...heads])}
${row(['---', '---', ...heads.map(() => '---')])}
${lines.join('\n')}
${row(['', 'in all', ...sums])}
`;
}

await main();
