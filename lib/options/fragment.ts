import type { z } from 'zod';

import { KINDS, KIND_NAMES, SECTIONS } from './kinds.js';
import { moduleSchema, featureSchema } from './module-schema.js';
import type { ModuleSaid } from './module-schema.js';
import { nameFault, pathText } from './names.js';
import type { OptionsFault } from './options-error.js';
import { copyPlain } from './plain.js';
import { readWith } from './schema-faults.js';

/** What one source (code, a file, the environment) says of a whole application, checked as far as it goes alone. */
export interface Fragment {
  readonly origin: 'config' | 'environment';
  readonly said: ModuleSaid;
  /** How the source itself calls the place of an option. */
  readonly at: (path: readonly PropertyKey[]) => string;
}

/** Where options come from, and what their places are called there. */
export interface FragmentSource {
  readonly origin: Fragment['origin'];
  readonly at?: ((path: readonly PropertyKey[]) => string) | undefined;
  readonly isFeature?: boolean | undefined;
}

/** Collects faults, and the entries that were left out because of theirs: `defaults`, `presets.flaky`. */
export interface FaultList {
  readonly faults: OptionsFault[];
  readonly broken: Set<string>;
}

type Fields = Record<string, unknown>;

const NAMED_SECTIONS: readonly string[] = [...SECTIONS, 'presets'];

const isOpaque = (path: readonly string[]): boolean => {
  if (path.length === 1) return path[0] === 'logger' || path[0] === 'clock';
  const inBreaker = path[0] === 'defaults' ? 2 : path[0] === 'breakers' || path[0] === 'presets' ? 3 : 0;
  return path.length === inBreaker && path.at(-1) === 'adaptive';
};

/**
 * Reads what one source says. What has no fault is read all the same, so that it can be judged together with what
 * others say.
 */
export function readFragment(input: unknown, source: FragmentSource, { faults, broken }: FaultList): Fragment {
  const { origin, at = pathText, isFeature = false } = source;
  const fault = (path: readonly PropertyKey[], message: string): void => {
    faults.push({ path: at(path), message });
  };
  const copy = input === undefined ? undefined : copyPlain(input, isOpaque, fault);
  const plain = expandShorthands(copy === undefined ? {} : copy);
  delete fieldsOf(plain)?.['$schema']; // a JSON file says there what it is checked by
  for (const section of NAMED_SECTIONS) dropUnsafeNames(plain, section, fault);
  const schema: z.ZodType<ModuleSaid> = isFeature ? featureSchema : moduleSchema;
  let reading = readWith(schema, plain);
  if (reading.data === undefined) {
    for (const { path, message, isUnknown } of reading.faults) {
      fault(path, message);
      broken.add(pathText(dropFaulty(plain, path, isUnknown)));
    }
    reading = readWith(schema, plain);
  }
  return Object.freeze({ origin, said: freezeDeep(reading.data ?? {}, []), at });
}

/** `timeouts: { quick: '1s' }` means `{ quick: { duration: '1s' } }`. */
function expandShorthands(plain: unknown): unknown {
  for (const kind of KIND_NAMES) {
    const { section, shorthand } = KINDS[kind];
    const entries = shorthand === undefined ? undefined : fieldsOf(fieldsOf(plain)?.[section]);
    if (entries === undefined || shorthand === undefined) continue;
    for (const [name, value] of Object.entries(entries))
      if (typeof value === 'number' || typeof value === 'string') entries[name] = { [shorthand]: value };
  }
  return plain;
}

function dropUnsafeNames(plain: unknown, section: string, fault: (path: readonly string[], message: string) => void) {
  const entries = fieldsOf(fieldsOf(plain)?.[section]);
  for (const name of Object.keys(entries ?? {})) {
    const message = nameFault(name);
    if (message === undefined) continue;
    fault([section, name], message);
    delete entries?.[name];
  }
}

/** Takes out what has a fault: an unknown key alone, else the whole entry. Answers the path of what was taken out. */
function dropFaulty(plain: unknown, path: readonly PropertyKey[], isUnknown: boolean): readonly PropertyKey[] {
  const depth = isUnknown ? path.length : NAMED_SECTIONS.includes(String(path[0])) ? 2 : 1;
  const dropped = path.slice(0, depth);
  let parent = fieldsOf(plain);
  for (const step of dropped.slice(0, -1)) parent = fieldsOf(parent?.[String(step)]);
  if (parent !== undefined) delete parent[String(dropped.at(-1))];
  return isUnknown ? [] : dropped;
}

const fieldsOf = (value: unknown): Fields | undefined =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : undefined;

/** Freezes what the schema made; loggers, clocks and rules belong to others. */
function freezeDeep<T>(value: T, path: readonly string[]): T {
  const fields = isOpaque(path) ? undefined : fieldsOf(value);
  if (fields === undefined) return value;
  for (const [key, field] of Object.entries(fields)) freezeDeep(field, [...path, key]);
  return Object.freeze(value);
}
