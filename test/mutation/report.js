// npm run test:mutation:report: test/mutation.md out of what Stryker measured and what is said of the mutants that
// survived. Ends with 1 where one of them has no explanation, or an explanation no mutant any more. What was measured in
// parts (`npm run test:mutation -- --mutate …`, each with a copy of its mutation.json) is put together: name the copies.
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

import { format, resolveConfig } from 'prettier';

const root = resolve(import.meta.dirname, '../..');
const explained = join(import.meta.dirname, 'explained');
const output = join(root, 'test/mutation.md');
const measuredProperties = join(root, 'reports/properties.json');
const runsFile = join(root, 'test/properties/runs.ts');
const SURVIVED = ['Survived', 'NoCoverage'];

const named = process.argv.slice(2);
const measured = named.length > 0 ? named : [join(root, 'reports/mutation/mutation.json')];
const files = Object.assign({}, ...measured.map((each) => JSON.parse(readFileSync(each, 'utf8')).files));
const mutants = Object.entries(files)
  .flatMap(([file, { source, mutants: found }]) => found.map((mutant) => mutantOf(file, source.split('\n'), mutant)))
  .toSorted((a, b) => (a.file === b.file ? a.row - b.row : a.file < b.file ? -1 : 1));
const survivors = mutants.filter(({ status }) => SURVIVED.includes(status));
const explanations = readdirSync(explained)
  .filter((name) => name.endsWith('.json'))
  .toSorted()
  .flatMap((name) => JSON.parse(readFileSync(join(explained, name), 'utf8')).map((said) => ({ ...said, from: name })));

const whyOf = new Map(explanations.map((said) => [keyOf(said), said.why]));
const unexplained = survivors.filter((mutant) => !whyOf.has(keyOf(mutant)));
const alive = new Set(survivors.map(keyOf));
const outdated = explanations.filter((said) => !alive.has(keyOf(said)));

writeFileSync(output, await format(page(), { ...(await resolveConfig(output)), parser: 'markdown' }));
const { valid, score } = scoreOf(mutants);
console.log(`${score} % of ${valid} mutants detected; ${survivors.length} survived → ${relative(root, output)}`);
for (const each of unexplained) console.error(`no explanation: ${inWords(each)}`);
for (const each of outdated) console.error(`survives no more (${each.from}): ${inWords(each)}`);
if (unexplained.length + outdated.length > 0) process.exitCode = 1;

function mutantOf(file, lines, { mutatorName: mutator, replacement = '', status, location: { start, end } }) {
  const line = lines[start.line - 1].trim();
  const original = lines
    .slice(start.line - 1, end.line)
    .map((each, index, all) => {
      const from = index === 0 ? start.column - 1 : 0;
      return index === all.length - 1 ? each.slice(from, end.column - 1) : each.slice(from);
    })
    .join(' ');
  return { file, line, row: start.line, mutator, original, replacement, status };
}

/** Where a mutant is, by the text of its line: numbers change with every edit. */
function keyOf({ file, line, mutator, replacement }) {
  return [file, line, mutator, replacement].map((each) => each.replaceAll(/\s+/g, ' ')).join('\n');
}

function inWords({ file, line, mutator, replacement }) {
  return `${file}: ${mutator} → ${short(replacement)} in ${line}`;
}

function scoreOf(of) {
  const count = (...statuses) => of.filter(({ status }) => statuses.includes(status)).length;
  const [killed, timedOut, survived] = [count('Killed'), count('Timeout'), count(...SURVIVED)];
  const valid = killed + timedOut + survived;
  return { killed, timedOut, survived, detected: killed + timedOut, valid, score: percent(killed + timedOut, valid) };
}

function percent(part, all) {
  return (all === 0 ? 100 : (100 * part) / all).toFixed(1);
}

function page() {
  const { killed, timedOut, survived, detected, valid, score } = scoreOf(mutants);
  const date = new Date(Math.max(...measured.map((each) => statSync(each).mtimeMs))).toISOString().slice(0, 10);
  const inParts = measured.length > 1 ? `, in ${measured.length} parts` : '';
  const left =
    unexplained.length === 0
      ? 'Each that survives is explained below.'
      : `${number(unexplained.length)} of those that survive have no explanation yet; they are marked below.`;
  return `# Mutation and property figures

Written by \`npm run test:mutation:report\`, out of what \`npm run test:mutation\` and \`npm run test:properties\` measured
and of the explanations in \`test/mutation/explained/\`.

## Mutants

\`npm run test:mutation\` on ${date} (Node ${process.versions.node}, StrykerJS${inParts}): of ${number(valid)} mutants of
\`lib/engine\` the tests detect ${number(detected)}, which is **${score} %**: ${number(killed)} by a test that fails, ${number(timedOut)} by one
that doesn't end in time. ${number(survived)} survive. ${left}

${table(
  ['file', 'score', 'mutants', 'killed', 'timed out', 'survived'],
  [['all', scoreOf(mutants)], ...byFile(mutants).map(([file, of]) => [`\`${file}\``, scoreOf(of)])].map(
    ([file, { score: share, valid: all, killed: dead, timedOut: hung, survived: alive }]) => [
      file,
      `${share} %`,
      ...[all, dead, hung, alive].map(number),
    ],
  ),
)}

## Properties

${properties()}

## Mutants that survive

What each changes, and why no test tells it from the original.

${byFile(survivors).map(fileSection).join('\n\n')}
`;
}

function byFile(of) {
  const files = new Map();
  for (const mutant of of) files.set(mutant.file, [...(files.get(mutant.file) ?? []), mutant]);
  return [...files];
}

function fileSection([file, of]) {
  const items = of.map((mutant) => {
    const why = whyOf.get(keyOf(mutant)) ?? '**not explained yet**';
    return `- line ${mutant.row}, ${code(mutant.original)} → ${code(mutant.replacement)}: ${why}`;
  });
  return `### \`${file}\`\n\n${items.join('\n')}`;
}

function properties() {
  if (!existsSync(measuredProperties)) return sectionBefore('Properties') ?? 'Not measured yet.';
  const { testResults, numFailedTests, startTime } = JSON.parse(readFileSync(measuredProperties, 'utf8'));
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((test) => ({ ...test, file: relative(root, name).replace(/^.*(?=test\/properties)/, '') })),
  );
  const minutes = (Math.max(...testResults.map(({ endTime }) => endTime)) - startTime) / 60_000;
  const each = Number(/THOROUGH = ([\d_]+)/.exec(readFileSync(runsFile, 'utf8'))[1].replaceAll('_', ''));
  return `\`npm run test:properties -- --json --outputFile=reports/properties.json\` on ${new Date(startTime).toISOString().slice(0, 10)}: ${tests.length} properties, each
tried ${number(each)} times, in ${minutes.toFixed(1)} minutes; ${numFailedTests === 0 ? 'none failed' : `**${numFailedTests} failed**`}. The seed is
another one in every run. A property that fails prints its seed and its path, with which
\`PROPERTY_SEED=… PROPERTY_PATH=… npm run test:properties\` repeats it. \`npm test\` tries each some hundred times.

${table(
  ['file', 'property', 'seconds'],
  tests.map(({ file, fullName, duration }) => [`\`${file}\``, fullName, (duration / 1_000).toFixed(0)]),
)}`;
}

/** A section of the page as it was written last. */
function sectionBefore(title) {
  if (!existsSync(output)) return undefined;
  const [, section] = readFileSync(output, 'utf8').split(`\n## ${title}\n`);
  return section?.split('\n## ', 1)[0]?.trim();
}

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

function number(value) {
  return value.toLocaleString('en');
}

function short(text) {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
}

function code(text) {
  const line = short(text);
  if (line === '') return 'nothing';
  return line.includes('`') ? `\`\` ${line} \`\`` : `\`${line}\``;
}
