import { describe, expect, it } from '@jest/globals';
import * as checks from './checks.js';
import { engineIsDeterministic } from './determinism.js';
import { importsOf } from './sources.js';
import { MAX_LINES, MAY_IMPORT, PACKAGES } from './table.js';

const rules: Record<string, checks.Check> = { ...checks, engineIsDeterministic };

function run(rule: string, files: Record<string, string>): string[] {
  const check = rules[rule];
  if (!check) throw new Error(`no rule ${rule}`);
  return check(Object.entries(files).map(([path, text]) => ({ path, text })));
}

const preview = (files: Record<string, string>) => JSON.stringify(files).slice(0, 100);

const bad: [rule: string, files: Record<string, string>][] = [
  ['foldersAreKnown', { 'utils/strings.ts': '' }],
  ['foldersAreKnown', { 'helpers.ts': '' }],
  ['foldersAreKnown', { 'index/index.ts': '' }],
  ['foldersSeeOnlyWhatTheyMay', { 'engine/a.ts': "import '../options/index.js';" }],
  ['foldersSeeOnlyWhatTheyMay', { 'options/a.ts': "import type { A } from '../nest/index.js';" }],
  ['foldersSeeOnlyWhatTheyMay', { 'nest/a.ts': "export * from '../admin/index.js';" }],
  ['foldersSeeOnlyWhatTheyMay', { 'admin/a.ts': "const a = await import('../redis/index.js');" }],
  ['foldersSeeOnlyWhatTheyMay', { 'index.ts': "export * from './terminus/index.js';" }],
  ['foldersSeeOnlyWhatTheyMay', { 'engine/window/a.ts': "type A = import('../../nest/index.js').A;" }],
  ['foldersSeeOnlyWhatTheyMay', { 'testing/a.ts': "import '../../test/setup.js';" }],
  ['bordersAreCrossedAtTheIndex', { 'nest/a.ts': "import { A } from '../engine/clock.js';" }],
  ['bordersAreCrossedAtTheIndex', { 'index.ts': "export { A } from './engine/window/window.js';" }],
  ['bordersAreCrossedAtTheIndex', { 'nest/a.ts': "import { A } from '../engine/window/index.js';" }],
  ['foldersDoNotImportTheirOwnIndex', { 'engine/a.ts': "import { A } from './index.js';" }],
  ['foldersDoNotImportTheirOwnIndex', { 'engine/window/a.ts': "import { A } from '../index.js';" }],
  ['foldersDoNotImportTheirOwnIndex', { 'terminus/a.ts': "import { A } from '../index.js';" }],
  ['foldersDoNotImportTheirOwnIndex', { 'terminus/a.ts': "import { A } from 'nest-circuit-breaker/engine';" }],
  ['indexesStandAtEntryPointsOnly', { 'engine/window/index.ts': '' }],
  ['packagesStayInTheirFolder', { 'engine/a.ts': "import { z } from 'zod';" }],
  ['packagesStayInTheirFolder', { 'engine/a.ts': "import type { Observable } from 'rxjs';" }],
  ['packagesStayInTheirFolder', { 'options/a.ts': "import { Injectable } from '@nestjs/common';" }],
  ['packagesStayInTheirFolder', { 'nest/a.ts': "import { Redis } from 'ioredis';" }],
  ['packagesStayInTheirFolder', { 'redis/a.ts': "import client = require('prom-client');" }],
  ['importsHaveNoCycle', { 'engine/a.ts': "import './b.js';", 'engine/b.ts': "import type { A } from './a.js';" }],
  ['importsHaveNoCycle', { 'engine/a.ts': "import './a.js';" }],
  [
    'importsHaveNoCycle',
    {
      'engine/a.ts': "import './b.js';",
      'engine/b.ts': "import './w/c.js';",
      'engine/w/c.ts': "export * from '../b.js';",
    },
  ],
  ['filesAreShort', { 'engine/a.ts': 'a;\n'.repeat(MAX_LINES + 1) }],
  ['namesAreKebabCase', { 'engine/stateMachine.ts': '' }],
  ['namesAreKebabCase', { 'engine/State.ts': '' }],
  ['namesAreKebabCase', { 'engine/count_window.ts': '' }],
  ['namesAreKebabCase', { 'engine/Window/count.ts': '' }],
  ['namesAreKebabCase', { 'nest/event-logger.service.ts': '' }],
  ['rolesAreNests', { 'nest/retry.decorator.ts': "import { compose } from '../engine/index.js';" }],
  ['engineIsDeterministic', { 'engine/a.ts': 'const a = Date.now();' }],
  ['engineIsDeterministic', { 'engine/a.ts': 'const a = new Date();' }],
  ['engineIsDeterministic', { 'engine/a.ts': 'const a = b instanceof Date;' }],
  ['engineIsDeterministic', { 'engine/window/a.ts': 'const a = performance.now();' }],
  ['engineIsDeterministic', { 'engine/a.ts': 'setTimeout(() => {}, 1);' }],
  ['engineIsDeterministic', { 'engine/a.ts': 'globalThis.setInterval(() => {}, 1);' }],
  ['engineIsDeterministic', { 'engine/a.ts': 'const clock = { setTimeout };' }],
  ['engineIsDeterministic', { 'engine/a.ts': 'const a = Math.random();' }],
  ['engineIsDeterministic', { 'engine/a.ts': "const a = Math['random']();" }],
  ['engineIsDeterministic', { 'engine/a.ts': 'const { random } = Math;' }],
  ['engineIsDeterministic', { 'engine/a.ts': "import { setTimeout as sleep } from 'node:timers/promises';" }],
  ['engineIsDeterministic', { 'engine/a.ts': "import * as hooks from 'perf_hooks';" }],
  ['engineIsDeterministic', { 'engine/policies/clock.ts': 'const a = Date.now();' }],
];

const good: [rule: string, files: Record<string, string>][] = [
  ['foldersAreKnown', { 'index.ts': '', 'engine/window/window.ts': '' }],
  ['foldersSeeOnlyWhatTheyMay', { 'nest/a.ts': "import '../engine/index.js'; import './b.js'; import 'rxjs';" }],
  ['foldersSeeOnlyWhatTheyMay', { 'index.ts': "export * from './nest/index.js'; export * from './engine/index.js';" }],
  ['bordersAreCrossedAtTheIndex', { 'redis/a.ts': "import '../nest/index.js'; import './b.js';" }],
  ['foldersDoNotImportTheirOwnIndex', { 'nest/a.ts': "import '../options/index.js'; import './b.js';" }],
  ['indexesStandAtEntryPointsOnly', { 'index.ts': '', 'engine/index.ts': '' }],
  ['packagesStayInTheirFolder', { 'engine/a.ts': "import { x } from 'node:async_hooks'; // import 'zod'" }],
  ['packagesStayInTheirFolder', { 'nest/a.ts': "import { map } from 'rxjs/operators';" }],
  [
    'importsHaveNoCycle',
    { 'engine/a.ts': "import './b.js'; import './c.js';", 'engine/b.ts': "import './c.js';", 'engine/c.ts': '' },
  ],
  ['filesAreShort', { 'engine/a.ts': 'a;\n'.repeat(MAX_LINES) }],
  ['namesAreKebabCase', { 'nest/circuit-breaker.module.ts': '', 'engine/window/time-window.ts': '' }],
  ['rolesAreNests', { 'nest/retry.decorator.ts': "import { Inject } from '@nestjs/common';" }],
  ['engineIsDeterministic', { 'engine/clock.ts': 'setTimeout(Date.now, Math.random());' }],
  ['engineIsDeterministic', { 'engine/a.ts': 'export interface Happened { readonly at: Date }' }],
  ['engineIsDeterministic', { 'nest/a.ts': 'const at = new Date();' }],
  ['engineIsDeterministic', { 'engine/a.ts': "// Date.now()\nconst a = 'performance'; Math.floor(1);" }],
  [
    'engineIsDeterministic',
    { 'engine/a.ts': 'clock.setTimeout(f, 1); interface C { setTimeout(f: F, ms: number): T }' },
  ],
];

describe('architecture checks', () => {
  for (const [rule, files] of bad) {
    it(`${rule} sees the breach in ${preview(files)}`, () => {
      expect(run(rule, files)).toHaveLength(1);
    });
  }

  for (const [rule, files] of good) {
    it(`${rule} is content with ${preview(files)}`, () => {
      expect(run(rule, files)).toEqual([]);
    });
  }

  it('has a breach and a good example for every rule', () => {
    const names = Object.keys(rules).sort();
    expect([...new Set(bad.map(([rule]) => rule))].sort()).toEqual(names);
    expect([...new Set(good.map(([rule]) => rule))].sort()).toEqual(names);
  });

  it('lists packages for the folders of the table', () => {
    expect(Object.keys(PACKAGES)).toEqual(Object.keys(MAY_IMPORT));
  });

  it('reads every kind of import, and none from comments or strings', () => {
    const text = `
      import a from 'a'; import type { B } from 'b'; import 'c'; export * from 'd'; export { e } from 'e';
      import f = require('f'); const g = await import('g'); type H = import('h').H; const i = require('i');
      // import 'no'; 
      const s = "import 'no'";`;
    expect(importsOf({ path: 'x.ts', text })).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']);
  });
});
