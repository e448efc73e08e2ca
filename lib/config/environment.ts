import type { OptionsFault } from '../options/index.js';

/** Variables as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says, in the shape of the module's options. */
export interface EnvironmentOptions {
  readonly options: Readonly<Record<string, unknown>>;
  /** The variable that says the option at a path. */
  readonly at: (path: readonly PropertyKey[]) => string;
  /** Variables that can't be placed. */
  readonly faults: readonly OptionsFault[];
}

export const PREFIX = 'CIRCUIT_BREAKER__';

/** Sections of the module's options whose policies have names, by the word that stands for them in a variable. */
const SECTIONS: ReadonlyMap<string, string> = new Map([
  ['BREAKERS', 'breakers'],
  ['RETRIES', 'retries'],
  ['TIMEOUTS', 'timeouts'],
  ['BULKHEADS', 'bulkheads'],
  ['RATE_LIMITERS', 'rateLimiters'],
  ['PRESETS', 'presets'],
]);
const TOP = new Map([
  ['ENABLED', 'enabled'],
  ['STRICT', 'strict'],
  ['DRAIN', 'drain'],
  ['LOGGER', 'logger'],
]);
const FORMS = `expected ${PREFIX}<NAME>__<OPTION>, ${PREFIX}DEFAULTS__<OPTION> or ${PREFIX}ENABLED`;

/** `FAILURE_RATIO` is `failureRatio`. */
const camelCase = (word: string): string =>
  word.toLowerCase().replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const kebabCase = (word: string): string => word.toLowerCase().replaceAll('_', '-');
/** Names are compared regardless of case and of `- _ .`; a key after a colon is part of the name. */
const fold = (name: string): string => name.toLowerCase().replace(/[-_.]/g, '');

type Place =
  | readonly [section: string, name: string, option: string]
  | readonly [section: string, option: string]
  | readonly [option: string];

/**
 * Reads `CIRCUIT_BREAKER__PAYMENTS__FAILURE_RATIO=0.3` and its like. An empty variable says nothing.
 * @param known by section, the names that are configured elsewhere: a variable that fits none makes a `kebab-case` one
 */
export function readEnvironment(env: Environment, known: ReadonlyMap<string, Iterable<string>>): EnvironmentOptions {
  const faults: OptionsFault[] = [];
  const variables = new Map<string, string>();
  const options: Record<string, unknown> = {};
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || value === undefined || value.trim() === '') continue;
    const place = placeOf(variable, known);
    if (typeof place === 'string') {
      faults.push({ path: variable, message: place });
      continue;
    }
    const id = JSON.stringify(place);
    const other = variables.get(id);
    if (other !== undefined) {
      faults.push({ path: variable, message: `says the same as ${other}. Keep one of them` });
      continue;
    }
    variables.set(id, variable);
    put(options, place, value);
  }
  const at = (path: readonly PropertyKey[]): string => {
    for (let length = path.length; length > 0; length--) {
      const variable = variables.get(JSON.stringify(path.slice(0, length)));
      if (variable !== undefined) return variable;
    }
    const first = [...variables].find(([id]) => id.startsWith(JSON.stringify(path).slice(0, -1)));
    return first?.[1] ?? PREFIX.slice(0, -2);
  };
  return { options, at, faults };
}

function placeOf(variable: string, known: ReadonlyMap<string, Iterable<string>>): Place | string {
  const words = variable.slice(PREFIX.length).split('__');
  if (words.length > 3 || words.some((word) => !/^[\w.:-]+$/.test(word))) return FORMS;
  const [first, second, third] = words as [string, string?, string?];
  const head = first.toUpperCase();
  const section = SECTIONS.get(head);
  if (second === undefined) return TOP.has(head) ? [TOP.get(head) as string] : FORMS;
  if (third === undefined) {
    if (head === 'DEFAULTS') return ['defaults', camelCase(second)];
    if (section !== undefined) return `expected ${PREFIX}${head}__<NAME>__<OPTION>`;
    if (TOP.has(head))
      return `${head} is a reserved word. For a breaker of that name: ${PREFIX}BREAKERS__${head}__<OPTION>`;
    return named('breakers', first, second, known);
  }
  if (section !== undefined) return named(section, second, third, known);
  return `${FORMS}; with three words the first is one of ${[...SECTIONS.keys()].join(', ')}`;
}

function named(
  section: string,
  word: string,
  option: string,
  known: ReadonlyMap<string, Iterable<string>>,
): Place | string {
  const matches = [...(known.get(section) ?? [])].filter((name) => fold(name) === fold(word));
  if (matches.length > 1) {
    return `matches ${matches.map((name) => `"${name}"`).join(' and ')}. Rename one of them, or say it in a file`;
  }
  return [section, matches[0] ?? kebabCase(word), camelCase(option)];
}

function put(options: Record<string, unknown>, place: Place, value: string): void {
  let target = options;
  for (const step of place.slice(0, -1)) {
    // own properties only: a name such as `constructor` finds nothing that was there before
    if (!Object.hasOwn(target, step))
      Object.defineProperty(target, step, { value: {}, enumerable: true, writable: true });
    target = target[step] as Record<string, unknown>;
  }
  Object.defineProperty(target, place.at(-1) as string, { value, enumerable: true, writable: true });
}
