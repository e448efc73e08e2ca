import { faultsIn, throwFaults, withOverlays } from '../options/index.js';
import type { CircuitBreakerModuleOptions } from '../options/index.js';
import { readEnvironment } from './environment.js';
import type { Environment } from './environment.js';
import { readOptionsFile } from './options-file.js';

/** Where the configuration comes from, the weakest first. */
export interface ConfigSources {
  /** What code says. */
  readonly base?: CircuitBreakerModuleOptions | undefined;
  /** A JSON, YAML or TOML file, over `base`. */
  readonly file?: string | undefined;
  /** Variables, over the file. @default process.env */
  readonly env?: Environment | undefined;
}

const SECTIONS = ['breakers', 'retries', 'timeouts', 'bulkheads', 'rateLimiters', 'presets'] as const;

/**
 * Reads all sources and lays them over each other; each option keeps where it came from.
 * @throws {@link OptionsError} with the faults of all sources
 * @throws ConfigFileError when the file can't be read
 */
export async function layer(
  { base = {}, file, env = process.env }: ConfigSources,
  mayBeEmpty = true,
): Promise<CircuitBreakerModuleOptions> {
  const fromFile = file === undefined ? undefined : await readOptionsFile(file, mayBeEmpty);
  const known = new Map(SECTIONS.map((section) => [section as string, namesIn(section, base, fromFile)]));
  const environment = readEnvironment(env, known);
  const layered = withOverlays(base, [
    ...(file === undefined ? [] : [{ origin: 'config' as const, options: fromFile, at: inFile(file) }]),
    { origin: 'environment', options: environment.options, at: environment.at },
  ]);
  // all faults at once: nobody wants to learn of them one by one
  throwFaults([...environment.faults, ...faultsIn(layered)]);
  return layered;
}

const inFile =
  (file: string) =>
  (path: readonly PropertyKey[]): string =>
    path.length === 0 ? file : `${file}: ${path.map(String).join('.')}`;

function namesIn(section: string, ...sources: readonly unknown[]): ReadonlySet<string> {
  return new Set(
    sources.flatMap((source) => {
      const named = source !== null && typeof source === 'object' ? (source as Record<string, unknown>)[section] : null;
      return named !== null && typeof named === 'object' ? Object.keys(named) : [];
    }),
  );
}
