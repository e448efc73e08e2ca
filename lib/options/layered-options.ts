import type { CircuitBreakerOptions, NamedPolicyKind, OptionsSource, PolicyOptionsByKind } from '../engine/index.js';
import { noteOrigins, originsOf } from './complete.js';
import { Configuration, conflicts, isSaidForMany } from './configuration.js';
import { readFragment } from './fragment.js';
import type { Fragment } from './fragment.js';
import { KINDS } from './kinds.js';
import type { Completed, OptionOrigin } from './layers.js';
import { nameFault } from './names.js';
import { OptionsError, throwFaults } from './options-error.js';
import type { OptionsFault } from './options-error.js';
import { parentsFault } from './parents.js';
import { parseOptions } from './parse-options.js';
import type { ParsedOptions } from './parse-options.js';

/**
 * The options of an application's policies, out of layers: built-in defaults, `defaults`, the preset, what is said
 * inline, the configuration by name, file and environment, and changes at run time, each stronger than those before.
 */
export class LayeredOptions implements OptionsSource {
  private parsed: ParsedOptions;
  private readonly features: Fragment[] = [];
  private configuration: Configuration;
  /** Of breakers whose parent is said in code; others are found in the configuration. */
  private readonly parents = new Map<string, string>();
  private readonly orphans = new WeakMap<CircuitBreakerOptions, CircuitBreakerOptions>();

  /** @param options what users wrote, or what {@link parseOptions} made of it */
  constructor(options?: unknown) {
    this.parsed = parseOptions(options);
    this.configuration = new Configuration(this.parsed.fragments);
  }

  get enabled(): boolean {
    return this.parsed.enabled;
  }

  /** What code said, without files and the environment. */
  get code(): object {
    return (this.parsed.fragments[0] as Fragment).said;
  }

  /** What holds for the application as a whole. */
  get options(): ParsedOptions {
    return this.parsed;
  }

  /** @throws {@link OptionsError} with all faults of what is said */
  resolve<K extends NamedPolicyKind>(kind: K, name: string, inline: unknown, update: unknown): PolicyOptionsByKind[K] {
    const fault = nameFault(name);
    if (fault !== undefined) throw new OptionsError([{ path: `name of a ${kind.replace('_', ' ')}`, message: fault }]);
    const completed = this.configuration.policies[kind].resolve(name, inline, update);
    const options = kind === 'circuit_breaker' ? this.withParent(name, completed as never) : completed.options;
    return options as PolicyOptionsByKind[K];
  }

  /** Where each option of complete options came from; `undefined` for options that were made elsewhere. */
  originsOf(options: object): Readonly<Record<string, OptionOrigin>> | undefined {
    return originsOf(options);
  }

  amend(kind: NamedPolicyKind, update: object = {}, changes: object): Readonly<Record<string, unknown>> {
    const says = (option: string): boolean => (changes as Record<string, unknown>)[option] !== undefined;
    const replaced = (KINDS[kind].alternatives as readonly (readonly string[])[]).filter((group) => group.some(says));
    const kept = Object.entries(update).filter(([option]) => !replaced.some((group) => group.includes(option)));
    const amended = Object.entries({ ...Object.fromEntries(kept), ...changes });
    return Object.fromEntries(amended.filter(([, value]) => value !== undefined));
  }

  isConfigured(kind: NamedPolicyKind, name: string): boolean {
    return this.configuration.policies[kind].has(name);
  }

  names(kind: NamedPolicyKind): readonly string[] {
    return this.configuration.policies[kind].names;
  }

  /**
   * Adds what a feature module says: named policies and presets. Files and the environment stay stronger.
   * @throws {@link OptionsError} with all faults, among them names of which two modules say different things: then
   * nothing has changed
   */
  add(feature: unknown): void {
    const list = { faults: [] as OptionsFault[], broken: new Set<string>() };
    const fragment = readFragment(feature, { origin: 'config', isFeature: true }, list);
    const [base, ...overlays] = this.parsed.fragments as readonly [Fragment, ...Fragment[]];
    list.faults.push(...conflicts(fragment, [base, ...this.features]));
    const configuration = new Configuration([base, ...this.features, fragment, ...overlays], list.broken);
    throwFaults([...list.faults, ...configuration.faults()]);
    this.features.push(fragment);
    this.configuration = configuration;
  }

  /**
   * Takes other options in place of those it was made with; what feature modules said stays. Policies that exist hear
   * of it by `registry.refresh()`. Answers how to take it back.
   * @throws {@link OptionsError} with all faults: then nothing has changed
   */
  replace(options: unknown): () => void {
    const parsed = parseOptions(options);
    const [base, ...overlays] = parsed.fragments as readonly [Fragment, ...Fragment[]];
    const configuration = new Configuration([base, ...this.features, ...overlays]);
    throwFaults([...this.features.flatMap((each) => conflicts(each, [base])), ...configuration.faults()]);
    const before = { parsed: this.parsed, configuration: this.configuration };
    this.parsed = parsed;
    this.configuration = configuration;
    return () => void Object.assign(this, before);
  }

  /** A breaker can stand above all others by `defaults`; above itself it never stands. */
  private withParent(name: string, { options, origins }: Completed<CircuitBreakerOptions>): CircuitBreakerOptions {
    const { parent } = options;
    if (parent === null) {
      this.parents.delete(name);
      return options;
    }
    const origin = origins['parent'];
    if (parent === name && isSaidForMany(origin)) {
      let orphan = this.orphans.get(options);
      if (orphan === undefined) {
        orphan = Object.freeze({ ...options, parent: null });
        this.orphans.set(options, orphan);
        noteOrigins(orphan, origins);
      }
      return orphan;
    }
    const parentOf = (each: string): string | null => this.parents.get(each) ?? this.configuration.parentOf(each);
    const fault = parentsFault(name, parent, parentOf);
    if (fault !== undefined) throw new OptionsError([fault]);
    // keyed ones come and go, and are nobody's parents
    if ((origin === 'inline' || origin === 'update') && !name.includes(':')) this.parents.set(name, parent);
    return options;
  }
}
