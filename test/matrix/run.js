// A smoke application on every combination of Nest 11 and 12, Express and Fastify, Terminus 11 and 12: the packed
// library installed by npm beside them, so that peer ranges are checked, too. Then `nest add` on the projects of
// `nest new`. `npm run test:matrix [-- nest11]`, `npm run test:matrix -- nest-add`.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { tryNestAdd } from './nest-add.js';

const root = resolve(import.meta.dirname, '../..');
const only = process.argv.slice(2);

/** Terminus names only its own Nest as a peer: where the two differ, npm is told to look away. */
const STACKS = [
  { nest: '11', terminus: '11', type: 'commonjs' },
  { nest: '11', terminus: '12', type: 'commonjs' },
  { nest: '12', terminus: '11', type: 'module' },
  { nest: '12', terminus: '12', type: 'module' },
];
const PLATFORMS = ['express', 'fastify'];

const run = (program, args, cwd, env = process.env) =>
  execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const isWanted = (name) => only.length === 0 || only.some((word) => name.includes(word));

function packLibrary(place) {
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', place], root),
  );
  return join(place, filename);
}

function install(place, tarball, { nest, terminus, type }) {
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify({ private: true, type }));
  const packages = ['common', 'core', 'platform-express', 'platform-fastify'].map(
    (name) => `@nestjs/${name}@^${nest}.0.0`,
  );
  const peers = nest === terminus ? [] : ['--legacy-peer-deps'];
  const all = [...packages, `@nestjs/terminus@^${terminus}.0.0`, 'reflect-metadata', 'rxjs', tarball];
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...peers, ...all], place);
  cpSync(join(import.meta.dirname, 'smoke.cjs'), join(place, 'smoke.cjs'));
  cpSync(join(import.meta.dirname, 'smoke.mjs'), join(place, 'smoke.mjs'));
}

/** Does it, and writes a line about it. */
async function attempt(name, platform, type, work) {
  const began = performance.now();
  let outcome;
  try {
    outcome = `ok    ${await work()}`;
  } catch (error) {
    failures++;
    outcome = `FAILED\n${error.stdout ?? ''}${error.stderr ?? error}`;
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1).padStart(5);
  console.log(`${name.padEnd(18)} ${platform.padEnd(8)} ${type.padEnd(9)} ${seconds} s  ${outcome}`);
}

const place = mkdtempSync(join(tmpdir(), 'matrix-'));
let failures = 0;
try {
  const tarball = packLibrary(place);
  for (const stack of STACKS) {
    const name = `nest${stack.nest}-terminus${stack.terminus}`;
    if (!isWanted(name)) continue;
    const consumer = join(place, name);
    const script = stack.type === 'commonjs' ? 'smoke.cjs' : 'smoke.mjs';
    let installed;
    for (const platform of PLATFORMS) {
      await attempt(name, platform, stack.type, () => {
        if (!installed) install(consumer, tarball, stack);
        installed = true;
        return run(process.execPath, [script, platform], consumer).trim();
      });
    }
  }
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const type of ['esm', 'cjs']) {
    if (!isWanted('nest-add')) continue;
    await attempt('nest-add', 'nest new', type, () => tryNestAdd({ place, tarball, manifest, type, run }));
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;
