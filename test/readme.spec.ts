import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

import { tsBlocksIn } from './fixtures/ts-blocks.js';

const root = resolve(import.meta.dirname, '..');
const docs = join(root, 'docs');
const others = ['CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'sample/recipes/README.md'];
const pages = ['README.md', ...(existsSync(docs) ? readdirSync(docs).map((page) => `docs/${page}`) : [])].filter(
  (page) => page.endsWith('.md'),
);

/** The `ts` blocks of a page, by file: one that names its file may be imported by the others of the page. */
const blocksOf = (page: string): (readonly [file: string, code: string])[] =>
  tsBlocksIn(readFileSync(join(root, page), 'utf8')).map(({ line, file, given, code }) => [
    join(root, 'test', page.replaceAll(/\W/g, '-'), file ?? `line-${line}.ts`),
    `${given}${code}\nexport {};\n`,
  ]);

/** Compiles each block as a module of its own, as the project's own code is compiled. */
function faultsOf(blocks: ReadonlyMap<string, string>): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.json'), {}, ts.sys as never);
  if (config === undefined) throw new Error('tsconfig.json cannot be read');
  const options: ts.CompilerOptions = { ...config.options, noEmit: true, noUnusedLocals: false };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => blocks.has(file) || fileExists(file);
  host.directoryExists = () => true; // that of a page's blocks is not on the disk
  host.readFile = (file) => blocks.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const code = blocks.get(file);
    return code === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, code, ts.ScriptTarget.ES2022);
  };
  const program = ts.createProgram([...blocks.keys()], options, host);
  return [...blocks.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      (fault) => `${file.slice(root.length + 1)}: ${ts.flattenDiagnosticMessageText(fault.messageText, ' ')}`,
    );
  });
}

describe('the documentation', () => {
  it('compiles, every ts block of it', () => {
    const blocks = new Map(pages.flatMap(blocksOf));
    expect(blocks.size).toBeGreaterThan(3);
    expect(faultsOf(blocks)).toEqual([]);
  }, 120_000);

  it('notices a block that does not compile', () => {
    const block = join(root, 'test', 'wrong.ts');
    expect(faultsOf(new Map([[block, 'export const wrong: number = "text";\n']]))).toHaveLength(1);
  }, 120_000);

  it('links only to files that exist', () => {
    const missing = [...pages, ...others].flatMap((page) => {
      const text = readFileSync(join(root, page), 'utf8');
      return [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map(([, target]) => target as string)
        .filter((target) => !existsSync(resolve(root, page, '..', target)))
        .map((target) => `${page} → ${target}`);
    });
    expect(missing).toEqual([]);
  });

  it('keeps the README short enough to be read', () => {
    expect(readFileSync(join(root, 'README.md'), 'utf8').split('\n').length).toBeLessThanOrEqual(400);
  });
});
