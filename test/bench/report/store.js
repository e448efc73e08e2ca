// What has been measured last, by scenario, and where: results.json, from which the pages are made.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';

import { peers, subjectOf } from '../subjects/index.js';

const place = new URL('../results.json', import.meta.url);

export function machine() {
  const all = cpus();
  return `Node ${process.versions.node}, ${all[0]?.model.trim() ?? 'unknown'}, ${all.length} cores, ${process.platform} ${process.arch}`;
}

async function settings() {
  const require = createRequire(import.meta.url);
  const all = { 'nest-circuit-breaker': { settings: (await subjectOf('ours')).settings } };
  for (const peer of peers) {
    const { version } = require(require.resolve(`${peer}/package.json`));
    all[peer] = { version, settings: (await subjectOf(peer)).settings };
  }
  return all;
}

export const load = () => (existsSync(place) ? JSON.parse(readFileSync(place, 'utf8')) : undefined);

/** Adds the rows of a scenario; figures of another machine are dropped. */
export async function store(id, rows) {
  const here = machine();
  const known = load();
  const kept = known?.machine === here ? known.scenarios : {};
  const results = {
    machine: here,
    settings: await settings(),
    scenarios: { ...kept, [id]: rows },
  };
  writeFileSync(place, `${JSON.stringify(results, rounded, 2)}\n`);
}

/** Four digits are more than is certain. */
const rounded = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value);
