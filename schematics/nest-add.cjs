// @ts-check
'use strict';

const { posix } = require('node:path');
const { addImport, addModuleImport, blanked, importedFrom } = require('./source-text.cjs');

/**
 * @typedef {import('@angular-devkit/schematics').Tree} Tree
 * @typedef {import('@angular-devkit/schematics').SchematicContext} Context
 * @typedef {{ readonly sourceRoot?: string, readonly module?: string, readonly health?: boolean, readonly skipInstall?: boolean }} Options
 * @typedef {{ dependencies?: Record<string, string>, devDependencies?: Record<string, string> }} Manifest
 */

const NAME = 'nest-circuit-breaker';

/**
 * `nest add nest-circuit-breaker`: imports the module into the root module, and adds the health endpoint with the
 * Terminus that goes with the project's Nest. What is there already stays as it is.
 * @param {Options} options
 * @returns {(tree: Tree, context: Context) => Tree}
 */
function nestAdd({ sourceRoot = 'src', module, health = true, skipInstall = false }) {
  return (tree, context) => {
    const { file, name } = module === undefined ? rootModuleOf(tree, sourceRoot) : { file: module, name: undefined };
    if (!tree.exists(file)) {
      throw new Error(
        `There is no ${file}: name the root module's file by --module=src/app.module.ts, or ${byHand('CircuitBreakerModule', NAME)}`,
      );
    }
    let text = tree.readText(file);
    text = withModule(text, 'CircuitBreakerModule', NAME, file, name);
    const endpoint = health ? healthEndpointOf(tree, sourceRoot) : undefined;
    if (health && endpoint === undefined) {
      text = withModule(text, 'CircuitBreakerHealthModule', `${NAME}/terminus`, file, name);
      if (addTerminus(tree) && !skipInstall) install(context);
    }
    if (text !== tree.readText(file)) {
      tree.overwrite(file, text);
      context.logger.info(
        `Next: put @CircuitBreaker('a-name'), imported from '${NAME}', on a method that calls a service.`,
      );
      if (health && endpoint === undefined) context.logger.info('GET /health tells how the breakers stand.');
    }
    if (endpoint !== undefined) {
      context.logger.info(
        `${endpoint} serves /health already. Put the breakers into it: () => this.breakers.check('circuit-breakers'), with CircuitBreakerHealthIndicator of ${NAME}/terminus among the providers.`,
      );
    }
    return tree;
  };
}

/**
 * The module that `main.ts` starts: its file, and its name where that is known.
 * @param {Tree} tree
 * @param {string} sourceRoot
 */
function rootModuleOf(tree, sourceRoot) {
  const main = posix.join(sourceRoot, 'main.ts');
  const text = tree.exists(main) ? tree.readText(main) : '';
  const name = /NestFactory\s*\.\s*create\w*\s*(?:<[^(]*>)?\s*\(\s*(\w+)/.exec(text)?.[1];
  const from = name === undefined ? undefined : importedFrom(text, name);
  return { file: posix.join(sourceRoot, from === undefined ? 'app.module.ts' : `${from}.ts`), name };
}

/**
 * @param {string} text
 * @param {string} name
 * @param {string} from
 * @param {string} file
 * @param {string | undefined} root the root module's name
 */
function withModule(text, name, from, file, root) {
  if (new RegExp(`\\b${name}\\b`).test(blanked(text))) return text;
  const imported = addModuleImport(text, `${name}.forRoot()`, root);
  if (imported === undefined) {
    const of = root === undefined ? '' : ` of ${root}`;
    throw new Error(
      `${file}: found no list to add to, as in @Module({ imports: [ … ] })${of}. Nothing was changed: ${byHand(name, from)}`,
    );
  }
  return addImport(imported, name, from);
}

/**
 * @param {string} name
 * @param {string} from
 */
const byHand = (name, from) =>
  `add it by hand, ${name}.forRoot() to the imports of your root module, with import { ${name} } from '${from}'`;

/**
 * The file of a controller that serves /health, if there is one.
 * @param {Tree} tree
 * @param {string} sourceRoot
 */
function healthEndpointOf(tree, sourceRoot) {
  /** @type {string | undefined} */
  let found;
  tree.getDir(sourceRoot).visit((path) => {
    if (!path.endsWith('.ts') || path.includes('/node_modules/')) return;
    if (/@Controller\(\s*['"`]\/?health['"`]/.test(tree.readText(path))) found = path.slice(1);
  });
  return found;
}

/**
 * Writes Terminus into package.json, in the version that goes with Nest's. Answers whether it did.
 * @param {Tree} tree
 */
function addTerminus(tree) {
  /** @type {Manifest} */
  const manifest = tree.exists('package.json') ? /** @type {Manifest} */ (tree.readJson('package.json')) : {};
  const { dependencies = {}, devDependencies = {} } = manifest;
  if ('@nestjs/terminus' in dependencies || '@nestjs/terminus' in devDependencies) return false;
  const nest = /\d+/.exec(dependencies['@nestjs/core'] ?? '')?.[0] ?? '12';
  const unsorted = { ...dependencies, '@nestjs/terminus': `^${nest}.0.0` };
  const sorted = Object.fromEntries(Object.entries(unsorted).sort(([a], [b]) => (a < b ? -1 : 1)));
  const text = `${JSON.stringify({ ...manifest, dependencies: sorted }, null, 2)}\n`;
  if (tree.exists('package.json')) tree.overwrite('package.json', text);
  else tree.create('package.json', text);
  return true;
}

/**
 * What `NodePackageInstallTask` would ask for: the package that has it belongs to the CLI, not to the project.
 * @param {Context} context
 */
function install(context) {
  context.addTask({ toConfiguration: () => ({ name: 'node-package', options: { command: 'install', quiet: true } }) });
}

module.exports = { nestAdd };
