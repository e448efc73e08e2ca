import { posix } from 'node:path';
import { MAX_LINES, MAY_IMPORT, PACKAGE_NAME, PACKAGES } from './table.js';
import { folderOf, importsOf, packageOf, resolveImport } from './sources.js';
import type { Source } from './sources.js';

/** A rule of the house: takes all files of `lib/`, gives a sentence for each breach. */
export type Check = (sources: readonly Source[]) => string[];

const isRelative = (specifier: string) => /^\.{1,2}(\/|$)/.test(specifier);

function eachImport(sources: readonly Source[], judge: (path: string, specifier: string) => string | undefined) {
  return sources.flatMap((source) =>
    importsOf(source).flatMap((specifier) => {
      const complaint = judge(source.path, specifier);
      return complaint === undefined ? [] : [`${source.path}: '${specifier}' ${complaint}`];
    }),
  );
}

/** Folders are those of the table, and the root holds its index only. */
export const foldersAreKnown: Check = (sources) =>
  sources
    .filter(({ path }) => !(folderOf(path) in MAY_IMPORT) || path.startsWith('index/'))
    .map(({ path }) => `${path}: no such folder in the plan`);

/** The table of who may import whom; an import that leaves `lib/` is in no table. */
export const foldersSeeOnlyWhatTheyMay: Check = (sources) =>
  eachImport(sources, (path, specifier) => {
    if (!isRelative(specifier)) return undefined;
    const from = folderOf(path);
    const target = resolveImport(path, specifier);
    if (target.startsWith('..')) return 'leaves lib/';
    const to = folderOf(target);
    return from === to || MAY_IMPORT[from]?.includes(to) ? undefined : `breaks the table: ${from} must not see ${to}`;
  });

/** A border is crossed through the other folder's index, and only there. */
export const bordersAreCrossedAtTheIndex: Check = (sources) =>
  eachImport(sources, (path, specifier) => {
    if (!isRelative(specifier)) return undefined;
    const target = resolveImport(path, specifier);
    const crosses = folderOf(path) !== folderOf(target);
    return crosses && target !== `${folderOf(target)}/index.ts` ? 'crosses a border past the index' : undefined;
  });

/** Inside a folder files import files: an index is for the outside. */
export const foldersDoNotImportTheirOwnIndex: Check = (sources) =>
  eachImport(sources, (path, specifier) => {
    if (specifier === PACKAGE_NAME || specifier.startsWith(`${PACKAGE_NAME}/`)) return 'names the package itself';
    if (!isRelative(specifier)) return undefined;
    const target = resolveImport(path, specifier);
    const own = folderOf(path) === folderOf(target) && posix.basename(target) === 'index.ts';
    return own || target === 'index.ts' ? 'is the own index' : undefined;
  });

/** An index stands at an entry point, never below one. */
export const indexesStandAtEntryPointsOnly: Check = (sources) =>
  sources
    .filter(({ path }) => /^[^/]+\/.+\/index\.ts$/.test(path))
    .map(({ path }) => `${path}: an index below an entry point`);

/** Packages by folder: the engine has none, a peer belongs to its one folder. */
export const packagesStayInTheirFolder: Check = (sources) =>
  eachImport(sources, (path, specifier) => {
    if (isRelative(specifier) || specifier.startsWith('node:')) return undefined;
    const folder = folderOf(path);
    return PACKAGES[folder]?.includes(packageOf(specifier)) ? undefined : `is not for ${folder}/`;
  });

/** No file reaches itself by imports; type-only imports count too. */
export const importsHaveNoCycle: Check = (sources) => {
  const graph = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source).flatMap((name) => (isRelative(name) ? [resolveImport(source.path, name)] : [])),
    ]),
  );
  const finished = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push(`import cycle: ${[...trail.slice(start), path].join(' → ')}`);
    } else if (!finished.has(path)) {
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
      finished.add(path);
    }
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
};

/** A file is one noun: short enough to be read in one go. */
export const filesAreShort: Check = (sources) =>
  sources.flatMap(({ path, text }) => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    return lines > MAX_LINES ? [`${path}: ${lines} lines, at most ${MAX_LINES}`] : [];
  });

const SEGMENT = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const ROLE = /\.(module|decorator|interceptor|filter|controller)$/;

/** Names are kebab-case; the only suffixes are the roles. */
export const namesAreKebabCase: Check = (sources) =>
  sources
    .filter(({ path }) =>
      path
        .replace(/\.ts$/, '')
        .replace(ROLE, '')
        .split('/')
        .some((segment) => !SEGMENT.test(segment)),
    )
    .map(({ path }) => `${path}: not kebab-case, or a suffix that is no role`);

/** A role suffix stands on files that import Nest. */
export const rolesAreNests: Check = (sources) =>
  sources
    .filter((source) => ROLE.test(source.path.replace(/\.ts$/, '')))
    .filter((source) => !importsOf(source).some((specifier) => specifier.startsWith('@nestjs/')))
    .map(({ path }) => `${path}: a role suffix without Nest`);
