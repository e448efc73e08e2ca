import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import * as common from '@nestjs/common';
import * as nestTesting from '@nestjs/testing';
import * as root from 'nest-circuit-breaker';
import * as options from 'nest-circuit-breaker/options';
import * as testing from 'nest-circuit-breaker/testing';
import ts from 'typescript';

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/testing.md'), 'utf8');

/** What the page's examples import. */
const MODULES: Readonly<Record<string, object>> = {
  '@jest/globals': { expect, it: (title: string, test: () => Promise<void>) => found.push([title, test]) },
  '@nestjs/common': common,
  '@nestjs/testing': nestTesting,
  'nest-circuit-breaker': root,
  'nest-circuit-breaker/options': options,
  'nest-circuit-breaker/testing': testing,
};

const found: [string, () => Promise<void>][] = [];
const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2022,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
};

// each example as it stands on the page, with what the page doesn't show
for (const [, given = '', code = ''] of page.matchAll(/(?:<!-- given\n([\s\S]*?)-->\n+)?```ts\n([\s\S]*?)```/g)) {
  const { outputText } = ts.transpileModule(given + code, { compilerOptions });
  const load = (name: string): object => {
    const module = MODULES[name];
    if (module === undefined) throw new Error(`the examples of docs/testing.md may not import ${name}`);
    return module;
  };
  // oxlint-disable-next-line no-implied-eval, typescript/no-implied-eval -- the page's code, run
  new Function('require', 'exports', outputText)(load, {});
}

describe('docs/testing.md', () => {
  it('has its three examples', () => {
    expect(found.map(([title]) => title)).toEqual([
      'answers with the fallback while the circuit is open',
      'tries again until the service is back',
      'opens after three failures and lets a probe close it again',
    ]);
  });

  it.each(found)('%s', (_, example) => example());
});
