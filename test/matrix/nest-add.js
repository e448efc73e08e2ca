// `nest add nest-circuit-breaker` on the project that `nest new` makes, with ES modules and with CommonJS: it installs,
// changes the root module, builds, is healthy, and changes nothing the second time.
import { strict as assert } from 'node:assert';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const HEALTH = `
  const { NestFactory } = await import('@nestjs/core');
  const { AppModule } = await import('./dist/app.module.js');
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  const answer = await fetch(await app.getUrl() + '/health');
  console.log(answer.status, (await answer.json()).details['circuit-breakers'].color);
  await app.close();`;

/** What building takes of the template's tools; its linters and test runners are no concern of `nest add`. */
const TOOLS = ['@nestjs/cli', '@nestjs/schematics', '@types/node', 'typescript'];

/** Makes the project by the template of `@nestjs/schematics`, which lies in `cli` with the CLI. */
async function makeProject(cli, place, name, type) {
  const require = createRequire(join(cli, 'package.json'));
  const { NodeWorkflow } = require('@angular-devkit/schematics/tools');
  const workflow = new NodeWorkflow(place, { resolvePaths: [cli] });
  const options = { name, type, language: 'ts', packageManager: 'npm', strict: true, spec: false };
  const done = { collection: '@nestjs/schematics', schematic: 'application', options, allowPrivate: true };
  await new Promise((resolve, reject) => workflow.execute(done).subscribe({ complete: resolve, error: reject }));
  const file = join(place, name, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const tools = Object.entries(manifest.devDependencies).filter(([tool]) => TOOLS.includes(tool));
  writeFileSync(file, JSON.stringify({ ...manifest, devDependencies: Object.fromEntries(tools) }, null, 2));
  const config = join(place, name, 'tsconfig.json');
  const text = readFileSync(config, 'utf8');
  writeFileSync(config, text.replace(/"types": \[[^\]]*\]/, '"types": ["node"]'));
  return join(place, name);
}

export async function tryNestAdd({ place, tarball, manifest, type, run }) {
  const npm = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const cli = join(place, `cli-${type}`);
  mkdirSync(cli);
  writeFileSync(join(cli, 'package.json'), '{ "private": true }');
  run('npm', ['install', ...npm, '@nestjs/cli@^12.0.0'], cli);
  const shop = await makeProject(cli, place, `shop-${type}`, type);
  run('npm', ['install', ...npm], shop);

  const upstream = run('npm', ['config', 'get', 'registry'], place).trim();
  const registry = fork(join(import.meta.dirname, 'registry.js'), [tarball, JSON.stringify(manifest), upstream]);
  try {
    const [port] = await once(registry, 'message');
    const env = { ...process.env, npm_config_registry: `http://127.0.0.1:${port}/` };
    const nest = (...args) => run('npx', ['nest', ...args], shop, env);
    const root = () => readFileSync(join(shop, 'src/app.module.ts'), 'utf8');
    assert.match(nest('add', manifest.name), /Next: put @CircuitBreaker/);
    const added = root();
    assert.match(added, /imports: \[CircuitBreakerModule\.forRoot\(\), CircuitBreakerHealthModule\.forRoot\(\)\]/);
    assert.match(nest('add', manifest.name), /Nothing to be done/);
    assert.equal(root(), added);
    nest('build');
    assert.equal(run(process.execPath, ['--input-type=module', '-e', HEALTH], shop).trim(), '200 green');
  } finally {
    registry.disconnect();
  }
  return 'installed, imported, built, green; the second time nothing';
}
