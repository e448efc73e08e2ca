// What the mutants are run on. Jest gives each run a module registry of its own, and so imports everything anew for
// each of thousands of mutants. Here library and specs are stripped of their types once, for mocha, which keeps one
// process and its modules, and only says which mutant is on.
import { transformFile } from '@swc/core';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import jestConfig from '../../jest.config.js';

const root = resolve(import.meta.dirname, '../..');
const output = join(root, 'reports/mutation/build');
const [, swcOptions] = jestConfig.transform['^.+\\.ts$'];

// What reads files or stack traces, takes a stopwatch or generates thousands of options tells nothing about a mutant. Of
// the rest one spec counts the timers of its process, one has methods that are learned from their first call, and one
// runs a fleet of instances that isn't built here.
const folders = ['lib', 'test/unit', 'test/conformance', 'test/properties'];
const leftOut = [
  /conformance[/](cost|coverage)[.]spec[.]ts$/,
  /unit[/](config|schematics|engine[/]async-stacks)\b/,
  /unit[/](testing[/]docs|redis[/]fleet|options[/]random-options|nest[/](answers|shutdown))[.]spec[.]ts$/,
];

const standIns = new Map([
  ['node:async_hooks', join(root, 'test/mutation/async-hooks.js')],
  ['@jest/globals', join(root, 'test/mutation/jest-globals.js')],
  ['nest-circuit-breaker', join(output, 'lib/index.js')],
]);

await rm(output, { recursive: true, force: true });
await Promise.all((await sources()).map(build));

async function sources() {
  const found = await Promise.all(folders.map((folder) => readdir(join(root, folder), { recursive: true })));
  const fixtures = await readdir(join(root, 'test/fixtures'));
  return [
    ...found.flatMap((files, index) => files.map((file) => join(folders[index], file))),
    ...fixtures.map((file) => join('test/fixtures', file)),
  ].filter((file) => file.endsWith('.ts') && !leftOut.some((pattern) => pattern.test(file)));
}

async function build(file) {
  const target = join(output, file.replace(/[.]ts$/, '.js'));
  const { code } = await transformFile(join(root, file), { ...swcOptions, sourceMaps: false });
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, file.startsWith('lib') ? code : withStandIns(code, target, file));
}

function withStandIns(code, target, file) {
  return code.replaceAll(/(\bfrom |\bimport\(|^import )(["'])([^"'\n]+)\2/gm, (said, lead, quote, name) => {
    const found = standInOf(name);
    if (found === undefined) return said;
    const copy = name === '@jest/globals' ? `?for=${file}` : '';
    return `${lead}${quote}${path(dirname(target), found)}${copy}${quote}`;
  });
}

function standInOf(name) {
  if (name.endsWith('/fixtures/process/run-script.js')) return join(root, 'test/mutation/run-script.js');
  const entry = /^nest-circuit-breaker[/]([^.]+)$/.exec(name)?.[1];
  return entry === undefined ? standIns.get(name) : join(output, 'lib', entry, 'index.js');
}

function path(from, to) {
  const found = relative(from, to);
  return found.startsWith('.') ? found : `./${found}`;
}
