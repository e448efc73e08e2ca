import { describe, expect, it } from '@jest/globals';
import { HostTree } from '@angular-devkit/schematics';
import { SchematicTestRunner, UnitTestTree } from '@angular-devkit/schematics/testing/index.js';
import { resolve } from 'node:path';
import ts from 'typescript';

const collection = resolve(import.meta.dirname, '../../../schematics/collection.json');

const MAIN = `import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  await app.listen(process.env.PORT ?? 3000);
}
await bootstrap();
`;

const MODULE = `import { Module } from '@nestjs/common';
import { AppController } from './app.controller.js';
import { AppService } from './app.service.js';

@Module({
  imports: [],
  controllers: [AppController],
  providers: [AppService],
})
export class AppModule {}
`;

/** What `nest new` makes, as far as it matters. */
function project(files: Readonly<Record<string, string>> = {}, nest = '^12.0.1'): UnitTestTree {
  const tree = new UnitTestTree(new HostTree());
  const dependencies = { '@nestjs/common': nest, '@nestjs/core': nest, rxjs: '^7.8.1' };
  const all: Readonly<Record<string, string>> = {
    'package.json': JSON.stringify({ name: 'shop', dependencies, devDependencies: {} }, null, 2),
    'src/main.ts': MAIN,
    'src/app.module.ts': MODULE,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) tree.create(path, text);
  return tree;
}

async function add(tree: UnitTestTree, options: Readonly<Record<string, unknown>> = {}) {
  const runner = new SchematicTestRunner('nest-circuit-breaker', collection);
  const lines: string[] = [];
  runner.logger.subscribe(({ message }) => lines.push(message));
  const result = await runner.runSchematic('nest-add', options, tree);
  const app = result.exists('src/app.module.ts') ? result.readText('src/app.module.ts') : '';
  const { dependencies } = result.readJson('package.json') as { dependencies: Record<string, string> };
  return { tree: result, app, dependencies, lines, tasks: runner.tasks };
}

/** The syntax errors of a file. */
const syntaxOf = (code: string): readonly string[] =>
  (ts.transpileModule(code, { reportDiagnostics: true }).diagnostics ?? []).map(({ messageText }) =>
    String(messageText),
  );

describe('nest add nest-circuit-breaker', () => {
  it('imports the module and the health endpoint into the root module', async () => {
    const { app } = await add(project());
    expect(app).toBe(`import { Module } from '@nestjs/common';
import { AppController } from './app.controller.js';
import { AppService } from './app.service.js';
import { CircuitBreakerModule } from 'nest-circuit-breaker';
import { CircuitBreakerHealthModule } from 'nest-circuit-breaker/terminus';

@Module({
  imports: [CircuitBreakerModule.forRoot(), CircuitBreakerHealthModule.forRoot()],
  controllers: [AppController],
  providers: [AppService],
})
export class AppModule {}
`);
  });

  it('adds the Terminus that goes with the project’s Nest, and has it installed', async () => {
    const { dependencies, tasks } = await add(project());
    expect(dependencies).toMatchObject({ '@nestjs/terminus': '^12.0.0', rxjs: '^7.8.1' });
    expect(tasks).toEqual([{ name: 'node-package', options: { command: 'install', quiet: true } }]);
    const older = await add(project({}, '^11.1.0'), { skipInstall: true });
    expect(older.dependencies['@nestjs/terminus']).toBe('^11.0.0');
    expect(older.tasks).toEqual([]);
  });

  it('changes nothing when it is run again', async () => {
    const once = await add(project());
    const twice = await add(once.tree);
    expect(twice.app).toBe(once.app);
    expect(twice.dependencies).toEqual(once.dependencies);
    expect(twice.tasks).toEqual([]);
  });

  it('leaves out the health endpoint when told to', async () => {
    const { app, dependencies } = await add(project(), { health: false });
    expect(app).toContain('imports: [CircuitBreakerModule.forRoot()],');
    expect(dependencies).not.toHaveProperty('@nestjs/terminus');
  });

  it('leaves a health endpoint that is there in peace, and says what to write into it', async () => {
    const controller = `@Controller('health')\nexport class HealthController {}\n`;
    const { app, dependencies, lines } = await add(project({ 'src/health/health.controller.ts': controller }));
    expect(app).not.toContain('CircuitBreakerHealthModule');
    expect(dependencies).not.toHaveProperty('@nestjs/terminus');
    expect(lines.join('\n')).toContain('src/health/health.controller.ts serves /health already');
  });

  it('finds the module that main.ts starts, wherever it is', async () => {
    const tree = project({ 'src/shop/shop.module.ts': MODULE.replace('AppModule', 'ShopModule') });
    tree.overwrite(
      'src/main.ts',
      `import { ShopModule } from './shop/shop.module';\nNestFactory.create<NestExpressApplication>(ShopModule);\n`,
    );
    const { tree: result, app } = await add(tree);
    expect(result.readText('src/shop/shop.module.ts')).toContain('CircuitBreakerModule.forRoot()');
    expect(app).toBe(MODULE);
  });

  it('finds a root module that is a default export', async () => {
    const tree = project({ 'src/root.ts': MODULE.replace('export class', 'export default class') });
    tree.overwrite('src/main.ts', `import AppModule from './root.js';\nNestFactory.create(AppModule);\n`);
    const { tree: result } = await add(tree);
    expect(result.readText('src/root.ts')).toContain('CircuitBreakerModule.forRoot()');
  });

  it('finds the root module among others of its file', async () => {
    const code = `@Global()\n@Module({ exports: [] })\nclass CoreModule {}\n\n${MODULE}\n@Module({})\nclass LastModule {}\n`;
    const { app } = await add(project({ 'src/app.module.ts': code }), { health: false });
    expect(app).toContain('@Module({ exports: [] })\nclass CoreModule {}');
    expect(app).toContain('imports: [CircuitBreakerModule.forRoot()],\n  controllers');
    expect(app).toContain('@Module({})\nclass LastModule {}');
  });

  it('says what comes next, and nothing where nothing was changed', async () => {
    const once = await add(project());
    expect(once.lines.join('\n')).toContain('GET /health');
    expect(once.lines.join('\n')).toContain('@CircuitBreaker(');
    expect((await add(once.tree)).lines).toEqual([]);
  });

  it('takes another source root, and a named module', async () => {
    const tree = project({ 'apps/shop/src/main.ts': MAIN, 'apps/shop/src/app.module.ts': MODULE });
    const { tree: result } = await add(tree, { sourceRoot: 'apps/shop/src' });
    expect(result.readText('apps/shop/src/app.module.ts')).toContain('CircuitBreakerModule.forRoot()');
    const named = await add(project({ 'src/other.ts': MODULE }), { module: 'src/other.ts' });
    expect(named.tree.readText('src/other.ts')).toContain('CircuitBreakerModule.forRoot()');
  });

  it.each([
    ['one line', '@Module({ imports: [A, B] })', '[A, B, CircuitBreakerModule.forRoot()]'],
    [
      'a trailing comma',
      '@Module({\n  imports: [\n    A,\n    B,\n  ],\n})',
      'B,\n    CircuitBreakerModule.forRoot(),\n  ]',
    ],
    ['no trailing comma', '@Module({\n  imports: [\n    A\n  ],\n})', 'A,\n    CircuitBreakerModule.forRoot()\n  ]'],
    [
      'calls with brackets',
      '@Module({ imports: [A.forRoot({ x: [1, "]"] })] })',
      '"]"] }), CircuitBreakerModule.forRoot()]',
    ],
    [
      'no imports',
      '@Module({ providers: [{ provide: X, useValue: { imports: [] } }] })',
      'imports: [CircuitBreakerModule.forRoot()], providers',
    ],
    [
      'no imports, in lines',
      '@Module({\n  providers: [A],\n})',
      '@Module({\n  imports: [CircuitBreakerModule.forRoot()],\n  providers: [A],\n})',
    ],
    ['an empty object', '@Module({})', '@Module({ imports: [CircuitBreakerModule.forRoot()] })'],
    ['an empty decorator', '@Module()', '@Module({ imports: [CircuitBreakerModule.forRoot()] })'],
    [
      'comments',
      '// @Module({ imports: [] })\n@Module({ /* imports: [X] */ imports: [A /* last ] */] })',
      '[A, CircuitBreakerModule.forRoot() /* last ] */]',
    ],
    [
      'an import over several lines',
      "import {\n  A,\n} from './a';\n\n@Module({ imports: [A] })",
      "} from './a';\nimport { CircuitBreakerModule } from 'nest-circuit-breaker';\n\n@Module",
    ],
    [
      'double quotes',
      'import { A } from "./a";\n@Module({ imports: [A] })',
      'import { CircuitBreakerModule } from "nest-circuit-breaker";',
    ],
  ])('copes with %s', async (_, decorator, expected) => {
    const code = `${decorator}\nexport class AppModule {}\n`;
    const { app } = await add(project({ 'src/app.module.ts': code }), { health: false });
    expect(app).toContain(expected);
    expect(syntaxOf(app)).toEqual([]);
  });

  it.each([
    ['an imports list made elsewhere', '@Module({ imports })\nexport class AppModule {}\n'],
    ['a list that is a function’s', '@Module({ imports: modules() })\nexport class AppModule {}\n'],
    ['metadata made elsewhere', '@Module(metadata)\nexport class AppModule {}\n'],
    ['several modules, none of which is started', '@Module({})\nclass A {}\n@Module({})\nclass B {}\n'],
    ['no module at all', 'export class AppModule {}\n'],
  ])('says what to do by hand where it finds %s', async (_, code) => {
    const said = add(project({ 'src/app.module.ts': code }));
    await expect(said).rejects.toThrow(/^src\/app\.module\.ts: .* of AppModule\. Nothing was changed: add it by hand/);
    await expect(said).rejects.toThrow(`import { CircuitBreakerModule } from 'nest-circuit-breaker'`);
  });

  it('says so where there is no root module', async () => {
    await expect(add(project(), { sourceRoot: 'lib' })).rejects.toThrow('There is no lib/app.module.ts');
  });
});
