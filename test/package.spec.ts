import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';

import { makeConsumer, pack, run, writeFiles } from './fixtures/tarball.js';
import type { Tarball } from './fixtures/tarball.js';
import { tsBlocksIn } from './fixtures/ts-blocks.js';

const root = resolve(import.meta.dirname, '..');
const installed = join(root, 'node_modules');
const nest11 = join(root, 'test/fixtures/nest-11/node_modules');

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly peerDependenciesMeta: Readonly<Record<string, unknown>>;
  readonly publishConfig: unknown;
};
const ENTRIES = Object.keys(manifest.exports).map((path) => path.replace(/^\./, 'nest-circuit-breaker'));
const MODULES = ENTRIES.filter((path) => !path.endsWith('.json'));
const OPTIONAL = Object.keys(manifest.peerDependenciesMeta);

type Links = readonly (readonly [string, string])[];
const linked = (from: string, ...names: readonly string[]): Links => names.map((name) => [name, join(from, name)]);

const PLAIN: Links = linked(installed, 'rxjs', 'reflect-metadata', 'ms', 'zod', '@types/node', 'undici-types');
const ON_NEST_12: Links = [...PLAIN, ...linked(installed, '@nestjs/common', '@nestjs/core', ...OPTIONAL)];
const ON_NEST_11: Links = [
  ...PLAIN,
  ...linked(nest11, '@nestjs/common', '@nestjs/core', '@nestjs/terminus'),
  ...linked(installed, ...OPTIONAL.filter((name) => name !== '@nestjs/terminus')),
];

/** What a user writes first: a guarded method, a fallback, health, and the testing kit. */
const APPLICATION = `import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CallSignal, CircuitBreaker, CircuitBreakerModule, Fallback, PolicyRegistry, Retry, Timeout } from 'nest-circuit-breaker';
import type { CircuitBreakerSnapshot } from 'nest-circuit-breaker';
import { circuitBreakerConfig } from 'nest-circuit-breaker/config';
import { CircuitBreakerHealthModule } from 'nest-circuit-breaker/terminus';
import { circuitBreakerMatchers, fail } from 'nest-circuit-breaker/testing';

@Injectable()
export class Quotes {
  isDown = false;

  @Fallback('cached')
  @Retry({ maxAttempts: 2, delay: 1 })
  @CircuitBreaker('quotes', { failureThreshold: 2 })
  @Timeout('1s')
  async quote(symbol: string, @CallSignal() signal?: AbortSignal): Promise<string> {
    if (this.isDown) throw new Error('down');
    return \`\${symbol}:\${signal instanceof AbortSignal ? 'fresh' : 'unsignalled'}\`;
  }

  cached(symbol: string): string {
    return \`\${symbol}:cached\`;
  }
}

@Module({
  imports: [CircuitBreakerModule.forRoot({ logger: false }), CircuitBreakerHealthModule.forRoot()],
  providers: [Quotes],
})
export class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const quotes = app.get(Quotes);
  const answers = [await quotes.quote('ACME')];
  quotes.isDown = true;
  answers.push(await quotes.quote('ACME'));
  const breaker = app.get(PolicyRegistry).circuitBreaker('quotes');
  await fail(breaker);
  const snapshot: CircuitBreakerSnapshot = breaker.snapshot();
  answers.push(snapshot.state, String(circuitBreakerMatchers.toBeOpen(breaker).pass), typeof circuitBreakerConfig);
  console.log(answers.join(' '));
  await app.close();
}
void main();
`;

/** Compiles \`main.ts\` strictly, or other files; the faults in them and in the library's declarations. */
function compile(
  place: string,
  options: Readonly<Record<string, unknown>>,
  files: readonly string[] = ['main.ts'],
): readonly string[] {
  const raw = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    target: 'es2022',
    types: ['node'],
    typeRoots: [join(installed, '@types')],
    skipLibCheck: false,
    outDir: 'out',
    rootDir: '.',
    ...options,
  };
  const parsed = ts.convertCompilerOptionsFromJson(raw, place);
  const program = ts.createProgram(
    files.map((file) => join(place, file)),
    parsed.options,
  );
  program.emit();
  const own = program.getSourceFiles().filter(({ fileName }) => !realpathSync(fileName).startsWith(installed));
  const checked = own.filter(({ fileName }) => fileName.startsWith(place));
  const faults = checked.flatMap((source) => [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ]);
  const all = [...parsed.errors, ...program.getOptionsDiagnostics(), ...faults];
  expect(checked.some(({ fileName }) => fileName.endsWith('nest-circuit-breaker/types/expect.d.ts'))).toBe(true);
  return all.map(
    ({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  );
}

const EXPECTED = 'ACME:fresh ACME:cached open true function\n';

let place: string;
let tarball: Tarball;

beforeAll(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'package-')));
  tarball = pack(place);
}, 180_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

describe('the tarball', () => {
  it('holds what runs and what people read, and nothing else', () => {
    const strangers = tarball.files.filter(
      (path) =>
        !/^(?:dist\/.+\.(?:js|d\.ts)|dist\/circuit-breaker\.schema\.json|schematics\/[\w.-]+\.(?:cjs|json)|types\/\w+\.d\.ts)$/.test(
          path,
        ) && !['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE'].includes(path),
    );
    expect(strangers).toEqual([]);
    expect(tarball.files).toEqual(expect.arrayContaining(['dist/index.js', 'schematics/collection.json', 'README.md']));
  });

  it('holds no test', () => {
    expect(tarball.files.filter((path) => /(?:^|\/)(?:test|sample)\/|[.]spec[.]/.test(path))).toEqual([]);
  });

  it('stays small', () => {
    expect(tarball.size).toBeLessThan(340_000);
    expect(tarball.unpackedSize).toBeLessThan(1_200_000);
  });

  it('is published in public and with its provenance', () => {
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
  });

  it('offers every entry point to compilers that know no exports, too', () => {
    const { typesVersions } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      typesVersions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
    };
    const known = Object.keys(typesVersions['*'] ?? {});
    expect(known).toEqual(MODULES.slice(1).map((path) => path.replace('nest-circuit-breaker/', '')));
    for (const [file] of Object.values(typesVersions['*'] ?? {})) expect(tarball.files).toContain(file);
  });
});

describe('an application of ES modules on Nest 12', () => {
  const make = (): string => {
    const consumer = join(place, 'esm');
    makeConsumer(consumer, tarball, ON_NEST_12);
    writeFiles(consumer, { 'package.json': '{ "type": "module" }', 'main.ts': APPLICATION });
    return consumer;
  };

  it('compiles strictly, and runs', () => {
    const consumer = make();
    expect(compile(consumer, { module: 'nodenext' })).toEqual([]);
    expect(run(process.execPath, ['out/main.js'], consumer)).toBe(EXPECTED);
  }, 120_000);

  it('imports every entry point', () => {
    const consumer = make();
    const lines = ENTRIES.map((path) =>
      path.endsWith('.json') ? `await import('${path}', { with: { type: 'json' } });` : `await import('${path}');`,
    );
    writeFiles(consumer, { 'all.js': [`import 'reflect-metadata';`, ...lines, `console.log('all');`].join('\n') });
    expect(run(process.execPath, ['--disable-warning=ExperimentalWarning', 'all.js'], consumer)).toBe('all\n');
  }, 60_000);
});

/** Runs what the README's first steps make: all is well, then the service is down. */
const FIRST_STEPS = `import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { QuotesClient } from './quotes.client.js';

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();
const health = async (): Promise<string> => {
  const answer = await fetch(url + '/health');
  const { details } = (await answer.json()) as { details: Record<string, { color: string }> };
  return answer.status + ' ' + details['circuit-breakers']?.color;
};
const answers = [await health(), await app.get(QuotesClient).quote('ACME'), await health()];
const page = await (await fetch(url + '/circuit-breakers/dashboard')).text();
console.log([...answers, /<title>(.*)<\\/title>/.exec(page)?.[1]].join(', '));
await app.close();
`;

describe('an application made by the README’s first steps', () => {
  const OPTIONS = {
    module: 'nodenext',
    types: ['node', 'vitest/globals'],
    typeRoots: [join(installed, '@types'), installed],
    experimentalDecorators: true,
  };
  const MATCHERS = `
    import { createRegistry } from 'nest-circuit-breaker/options';
    import { circuitBreakerMatchers, fail, ManualClock } from 'nest-circuit-breaker/testing';
    expect.extend(circuitBreakerMatchers);
    it('matches, and does not', async () => {
      const clock = new ManualClock();
      const options = { failureThreshold: 1, breakDuration: '30s' };
      const breaker = createRegistry({ breakers: { a: options } }, { clock }).circuitBreaker('a');
      expect(breaker).toBeClosed();
      expect(breaker).not.toHaveRefused();
      await fail(breaker);
      expect(breaker).toBeOpen();
      expect(() => expect(breaker).toBeHalfOpen()).toThrow('"a" to be half_open: it is open (1 call in the window');
    });`;
  const consumer = (): string => join(place, 'first-steps');
  let files: readonly string[];

  beforeAll(() => {
    const links = linked(installed, '@nestjs/testing', '@nestjs/platform-express', 'vitest');
    makeConsumer(consumer(), tarball, [...ON_NEST_12, ...links]);
    const steps = tsBlocksIn(readFileSync(join(root, 'README.md'), 'utf8')).flatMap(({ file, code }) =>
      file === undefined ? [] : [[file, code.replace('quotes.internal', '127.0.0.1:1')] as const],
    );
    writeFiles(consumer(), {
      'package.json': JSON.stringify({ type: 'module' }),
      'tsconfig.json': JSON.stringify({ compilerOptions: { ...OPTIONS, emitDecoratorMetadata: true } }),
      'main.ts': FIRST_STEPS,
      'matchers.spec.ts': MATCHERS,
      ...Object.fromEntries(steps),
    });
    files = ['main.ts', 'matchers.spec.ts', ...steps.map(([file]) => file)];
  });

  it('compiles, is green, answers from the fallback, turns red and has a dashboard', () => {
    expect(files).toContain('quotes.client.spec.ts');
    expect(compile(consumer(), OPTIONS, files)).toEqual([]);
    expect(run(process.execPath, ['out/main.js'], consumer())).toBe('200 green, 42, 503 red, Circuit breakers\n');
  }, 180_000);

  it('has tests that pass in Vitest, whose matchers say what the breaker has been through', () => {
    const vitest = join(installed, 'vitest/vitest.mjs');
    const said = run(process.execPath, [vitest, 'run', '--globals', '--reporter=json', '.spec.ts'], consumer());
    const { numPassedTests, numFailedTests } = JSON.parse(said.slice(said.indexOf('{'))) as Record<string, number>;
    expect({ numPassedTests, numFailedTests }).toEqual({ numPassedTests: 2, numFailedTests: 0 });
  }, 120_000);
});

describe('an application of CommonJS on Nest 11', () => {
  const make = (): string => {
    const consumer = join(place, 'cjs');
    makeConsumer(consumer, tarball, ON_NEST_11);
    writeFiles(consumer, { 'package.json': '{ "type": "commonjs" }', 'main.ts': APPLICATION });
    return consumer;
  };

  it.each([
    ['nodenext', { module: 'nodenext' }],
    ['commonjs', { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' }],
  ])(
    'compiles strictly as %s, and runs',
    (_, options) => {
      const consumer = make();
      expect(compile(consumer, options)).toEqual([]);
      expect(readFileSync(join(consumer, 'out/main.js'), 'utf8')).toContain('require("nest-circuit-breaker")');
      expect(run(process.execPath, ['out/main.js'], consumer)).toBe(EXPECTED);
    },
    120_000,
  );

  it('runs when its jest has made CommonJS of the library, without interoperation', () => {
    const consumer = make();
    const library = join(consumer, 'node_modules/nest-circuit-breaker');
    const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: false };
    for (const path of readdirSync(join(library, 'dist'), { recursive: true, encoding: 'utf8' })) {
      const file = join(library, 'dist', path);
      if (!path.endsWith('.js')) continue;
      writeFileSync(file, ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions: options }).outputText);
    }
    const { type, ...rest } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8')) as { type: string };
    writeFiles(library, { 'package.json': JSON.stringify(rest) });
    const script = `
      const { createRegistry } = require('nest-circuit-breaker/options');
      console.log('${type}', createRegistry({ defaults: { timeout: '2s' } }).circuitBreaker('a').snapshot().options.timeout);`;
    expect(run(process.execPath, ['-e', script], consumer)).toBe('module 2000\n');
  }, 60_000);

  it('requires every entry point', () => {
    const consumer = make();
    const lines = ENTRIES.map((path) => `require('${path}');`);
    writeFiles(consumer, { 'all.js': [`require('reflect-metadata');`, ...lines, `console.log('all');`].join('\n') });
    expect(run(process.execPath, ['all.js'], consumer)).toBe('all\n');
  }, 60_000);
});

describe('an application without any optional package', () => {
  it('imports and requires what needs none', () => {
    const consumer = join(place, 'bare');
    makeConsumer(consumer, tarball, [...PLAIN, ...linked(installed, '@nestjs/common', '@nestjs/core')]);
    const bare = ['', '/engine', '/options', '/admin', '/testing', '/package.json', '/schema.json'];
    const lines = bare.map((path) => `require('nest-circuit-breaker${path}');`);
    writeFiles(consumer, {
      'package.json': '{ "type": "commonjs" }',
      'bare.js': [`require('reflect-metadata');`, ...lines, `console.log('bare');`].join('\n'),
      'terminus.js': `require('nest-circuit-breaker/terminus');`,
    });
    expect(run(process.execPath, ['bare.js'], consumer)).toBe('bare\n');
    expect(() => run(process.execPath, ['terminus.js'], consumer)).toThrow('@nestjs/terminus');
  }, 60_000);
});

describe('the schematic in the tarball', () => {
  it('loads where the packages of the CLI are not', () => {
    const consumer = join(place, 'schematic');
    makeConsumer(consumer, tarball, []);
    const script = `
      const { schematics } = require('nest-circuit-breaker/package.json');
      const { join } = require('node:path');
      const collection = join(require.resolve('nest-circuit-breaker/package.json'), '..', schematics);
      const [file, name] = require(collection).schematics['nest-add'].factory.split('#');
      console.log(typeof require(join(collection, '..', file))[name]({}));`;
    expect(run(process.execPath, ['-e', script], consumer)).toBe('function\n');
  }, 60_000);
});
