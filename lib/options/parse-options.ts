import type { Clock, Random } from '../engine/index.js';
import { Configuration } from './configuration.js';
import { readFragment } from './fragment.js';
import type { FaultList, Fragment } from './fragment.js';
import type { CircuitBreakerModuleOptions, Logger } from './module-input.js';
import { OptionsError, throwFaults } from './options-error.js';
import type { OptionsFault } from './options-error.js';
import { overlaysOn } from './overlays.js';

/** Checked options of a whole application, frozen. */
export interface ParsedOptions {
  readonly enabled: boolean;
  readonly strict: boolean;
  readonly logger: boolean | 'debug' | Logger;
  /** In ms. */
  readonly drain: number;
  readonly filter: boolean;
  readonly isGlobal: boolean;
  readonly clock: Clock | undefined;
  readonly random: Random | undefined;
  /** What each source says, the weakest first; the first is code. */
  readonly fragments: readonly Fragment[];
}

const parsed = new WeakSet<object>();

/**
 * Checks what users wrote, once; parsed options pass as they are.
 * @throws {@link OptionsError} with all faults, and nothing else
 */
export function parseOptions(input?: CircuitBreakerModuleOptions | ParsedOptions): ParsedOptions;
export function parseOptions(input: unknown): ParsedOptions;
export function parseOptions(input?: unknown): ParsedOptions {
  if (isParsed(input)) return input;
  const list: FaultList = { faults: [], broken: new Set() };
  const fragments = readAll(input, list);
  list.faults.push(...new Configuration(fragments, list.broken).faults());
  throwFaults(list.faults);
  const said = Object.assign({}, ...fragments.map((fragment) => fragment.said)) as Fragment['said'];
  const options: ParsedOptions = Object.freeze({
    enabled: said.enabled ?? true,
    strict: said.strict ?? false,
    logger: said.logger ?? true,
    drain: said.drain ?? 10_000,
    filter: said.filter ?? true,
    isGlobal: said.isGlobal ?? true,
    clock: said.clock,
    random: said.random,
    fragments: Object.freeze(fragments),
  });
  parsed.add(options);
  return options;
}

/** All that is wrong with what users wrote; nothing when it is right. */
export function faultsIn(input: unknown): readonly OptionsFault[] {
  try {
    parseOptions(input);
    return [];
  } catch (error) {
    if (error instanceof OptionsError) return error.faults;
    throw error;
  }
}

const isParsed = (input: unknown): input is ParsedOptions =>
  typeof input === 'object' && input !== null && parsed.has(input);

function readAll(input: unknown, list: FaultList): Fragment[] {
  const fragments = [readFragment(input, { origin: 'config' }, list)];
  for (const { options, origin, at } of overlaysOn(input)) fragments.push(readFragment(options, { origin, at }, list));
  return fragments;
}
