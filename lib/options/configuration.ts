import { isDeepStrictEqual } from 'node:util';

import type { NamedPolicyKind } from '../engine/index.js';
import type { BreakerSaid } from './breaker-schema.js';
import { ConfiguredPolicies } from './configured-policies.js';
import type { Foundation } from './configured-policies.js';
import type { Fragment } from './fragment.js';
import { KINDS, SECTIONS } from './kinds.js';
import type { SaidByKind } from './kinds.js';
import { merge, pathIn } from './layers.js';
import type { Layer, OptionOrigin } from './layers.js';
import type { OptionsFault } from './options-error.js';
import { parentsFault } from './parents.js';
import { PresetShelf } from './preset-shelf.js';

type Policies = { readonly [K in NamedPolicyKind]: ConfiguredPolicies<K> };
type Named = Readonly<Record<string, object>>;

/** What all sources say, the weakest first, arranged by policy. Immutable. */
export class Configuration {
  readonly policies: Policies;
  private readonly presets: PresetShelf;
  private readonly defaults: readonly Layer<BreakerSaid>[];

  constructor(
    private readonly fragments: readonly Fragment[],
    private readonly broken: ReadonlySet<string> = new Set(),
  ) {
    const brokenPresets = [...broken].flatMap((path) => (path.startsWith('presets.') ? path.slice(8) : []));
    this.presets = new PresetShelf(this.layersOf<BreakerSaid>('presets'), new Set(brokenPresets));
    this.defaults = fragments.flatMap((fragment, rank) => {
      const said = fragment.said.defaults;
      return said === undefined ? [] : layerOf(fragment, rank, ['defaults'], 'defaults', said);
    });
    const asSaid = <Said extends object>(layers: readonly Layer<Said>[]) => layers;
    this.policies = {
      circuit_breaker: this.configured('circuit_breaker', this.underBreaker),
      retry: this.configured('retry', asSaid),
      timeout: this.configured('timeout', asSaid),
      bulkhead: this.configured('bulkhead', asSaid),
      rate_limiter: this.configured('rate_limiter', asSaid),
    };
  }

  /** What is wrong across options and sources; what was found in one alone isn't told again. */
  faults(): readonly OptionsFault[] {
    if (this.broken.has('defaults')) return [];
    const faults: OptionsFault[] = [];
    const breakers = this.policies.circuit_breaker;
    faults.push(...breakers.faultsOf(''));
    for (const preset of this.presets.names) {
      if (this.presets.isBroken(preset)) continue;
      const layers = this.presets.chain(preset, `presets.${preset}`, (fault) => faults.push(fault));
      KINDS.circuit_breaker.complete(
        merge([...this.defaults, ...layers], KINDS.circuit_breaker.alternatives),
        (fault) => faults.push(fault),
      );
    }
    for (const name of breakers.names) {
      faults.push(...breakers.faultsOf(name));
      const parent = this.parentOf(name);
      const fault = parent === null ? undefined : parentsFault(name, parent, (each) => this.parentOf(each));
      if (fault !== undefined) faults.push(fault);
    }
    return faults;
  }

  /** The parent of a breaker as it is configured; `null` where `defaults` would make it its own. */
  parentOf(name: string): string | null {
    const { options, origins } = this.policies.circuit_breaker.peek(name);
    return options.parent === name && isSaidForMany(origins['parent']) ? null : options.parent;
  }

  private readonly underBreaker: Foundation<BreakerSaid> = (layers, fault) => {
    const { said, by } = merge([...this.defaults, ...layers]);
    const { preset } = said;
    if (preset === undefined) return [...this.defaults, ...layers];
    const from = by.get('preset') as Layer<BreakerSaid>;
    return [...this.defaults, ...this.presets.chain(preset, pathIn(from, 'preset'), fault), ...layers];
  };

  private configured<K extends NamedPolicyKind>(kind: K, foundation: Foundation<SaidByKind[K]>): ConfiguredPolicies<K> {
    return new ConfiguredPolicies<K>(KINDS[kind], this.layersOf<SaidByKind[K]>(KINDS[kind].section), foundation);
  }

  private layersOf<Said extends object>(section: (typeof SECTIONS)[number] | 'presets'): Map<string, Layer<Said>[]> {
    const layers = new Map<string, Layer<Said>[]>();
    for (const [rank, fragment] of this.fragments.entries()) {
      for (const [name, said] of Object.entries((fragment.said[section] ?? {}) as Readonly<Record<string, Said>>)) {
        const origin = section === 'presets' ? (`preset:${name}` as const) : fragment.origin;
        const layer = layerOf(fragment, rank, [section, name], origin, said);
        layers.set(name, [...(layers.get(name) ?? []), layer]);
      }
    }
    return layers;
  }
}

function layerOf<Said extends object>(
  fragment: Fragment,
  rank: number,
  path: readonly string[],
  origin: OptionOrigin,
  said: Said,
): Layer<Said> {
  const pathOf = (option: string): string => fragment.at([...path, option]);
  const isDefaultsOfEnvironment = origin === 'defaults' && fragment.origin === 'environment';
  return { origin: isDefaultsOfEnvironment ? 'environment' : origin, path: fragment.at(path), said, pathOf, rank };
}

/** Whether an option was said for breakers in general: nobody meant a certain one. */
export const isSaidForMany = (origin: OptionOrigin | undefined): boolean =>
  origin === 'defaults' || origin?.startsWith('preset:') === true;

/** Names of which two modules say different things. */
export function conflicts(fragment: Fragment, others: readonly Fragment[]): readonly OptionsFault[] {
  return [...SECTIONS, 'presets' as const].flatMap((section) =>
    Object.entries((fragment.said[section] ?? {}) as Named).flatMap(([name, said]) => {
      const isOther = (other: Fragment): boolean => {
        const known = Object.entries((other.said[section] ?? {}) as Named).find(([each]) => each === name);
        return known !== undefined && !isDeepStrictEqual(known[1], said);
      };
      const message = 'is configured by two modules, with different options. Say its options in one of them';
      return others.some(isOther) ? [{ path: fragment.at([section, name]), message }] : [];
    }),
  );
}
