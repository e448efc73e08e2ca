import type { NamedPolicyKind, PolicyOptionsByKind } from '../engine/index.js';
import type { Kind, SaidByKind } from './kinds.js';
import { merge } from './layers.js';
import type { Completed, Layer } from './layers.js';
import { throwFaults } from './options-error.js';
import type { OptionsFault } from './options-error.js';
import { readLayer } from './read-layer.js';

/** Puts what lies under all policies of a kind under what is said of one: defaults, a preset. */
export type Foundation<Said extends object> = (
  layers: readonly Layer<Said>[],
  fault: (fault: OptionsFault) => void,
) => readonly Layer<Said>[];

/** What is configured for a name, and what came of it. */
interface Entry<Said extends object, Options extends object> {
  readonly layers: readonly Layer<Said>[];
  plain: Completed<Options> | undefined;
  readonly withInline: WeakMap<object, Completed<Options>>;
}

/**
 * The configured policies of one kind. Complete options are made once for each combination of layers, so that
 * policies which say the same share one object; only an update at run time makes its own.
 */
export class ConfiguredPolicies<K extends NamedPolicyKind> {
  private readonly entries: ReadonlyMap<string, Entry<SaidByKind[K], PolicyOptionsByKind[K]>>;
  private readonly unconfigured = entryOf<SaidByKind[K], PolicyOptionsByKind[K]>([]);
  private readonly combined = new Map<string, Entry<SaidByKind[K], PolicyOptionsByKind[K]>>();
  private readonly inline = new WeakMap<object, Layer<SaidByKind[K]>>();

  constructor(
    private readonly kind: Kind<K>,
    layers: ReadonlyMap<string, readonly Layer<SaidByKind[K]>[]>,
    private readonly foundation: Foundation<SaidByKind[K]>,
  ) {
    this.entries = new Map([...layers].map(([name, each]) => [name, entryOf(each)]));
  }

  get names(): readonly string[] {
    return [...this.entries.keys()];
  }

  has(name: string): boolean {
    return this.entryFor(name) !== this.unconfigured;
  }

  /** @throws {@link OptionsError} with all faults */
  resolve(name: string, inline: unknown, update: unknown): Completed<PolicyOptionsByKind[K]> {
    const entry = this.entryFor(name);
    if (inline === undefined && update === undefined) return (entry.plain ??= this.complete(entry.layers));
    if (update !== undefined || !isObject(inline)) return this.make(name, entry, inline, update);
    let completed = entry.withInline.get(inline);
    if (completed === undefined) {
      completed = this.make(name, entry, inline, undefined);
      entry.withInline.set(inline, completed);
    }
    return completed;
  }

  /** What is wrong with a configured policy, as far as the configuration alone can say. */
  faultsOf(name: string): readonly OptionsFault[] {
    const faults: OptionsFault[] = [];
    this.tryComplete(this.entryFor(name).layers, faults);
    return faults;
  }

  /** What the configuration alone makes of a name, faults or none. */
  peek(name: string): Completed<PolicyOptionsByKind[K]> {
    const entry = this.entryFor(name);
    return entry.plain ?? this.tryComplete(entry.layers, []);
  }

  private make(
    name: string,
    entry: Entry<SaidByKind[K], PolicyOptionsByKind[K]>,
    inline: unknown,
    update: unknown,
  ): Completed<PolicyOptionsByKind[K]> {
    const faults: OptionsFault[] = [];
    const layers = [...entry.layers];
    const { section, schema } = this.kind;
    if (inline !== undefined) layers.unshift(this.inlineLayer(name, inline, faults));
    if (update !== undefined)
      layers.push(readLayer(schema, update, { origin: 'update', path: `${section}.${name} (update)` }, faults));
    if (faults.length > 0) throwFaults(faults);
    return this.complete(layers);
  }

  private inlineLayer(name: string, inline: unknown, faults: OptionsFault[]): Layer<SaidByKind[K]> {
    const known = isObject(inline) ? this.inline.get(inline) : undefined;
    if (known !== undefined) return known;
    const { section, schema } = this.kind;
    const layer = readLayer(schema, inline, { origin: 'inline', path: `${section}.${name} (inline)` }, faults);
    if (isObject(inline) && faults.length === 0) this.inline.set(inline, layer);
    return layer;
  }

  private complete(layers: readonly Layer<SaidByKind[K]>[]): Completed<PolicyOptionsByKind[K]> {
    const faults: OptionsFault[] = [];
    const completed = this.tryComplete(layers, faults);
    throwFaults(faults);
    return completed;
  }

  private tryComplete(
    layers: readonly Layer<SaidByKind[K]>[],
    faults: OptionsFault[],
  ): Completed<PolicyOptionsByKind[K]> {
    const fault = (each: OptionsFault): void => void faults.push(each);
    return this.kind.complete(merge(this.foundation(layers, fault), this.kind.alternatives), fault);
  }

  private entryFor(name: string): Entry<SaidByKind[K], PolicyOptionsByKind[K]> {
    if (this.kind.isKeyed !== true || !name.includes(':')) return this.entries.get(name) ?? this.unconfigured;
    const names = namesOver(name).filter((each) => this.entries.has(each));
    if (names.length <= 1) return this.entries.get(names[0] ?? '') ?? this.unconfigured;
    const id = names.join('\n');
    let entry = this.combined.get(id);
    if (entry === undefined) {
      const layers = names.flatMap((each) => this.entries.get(each)?.layers ?? []);
      entry = entryOf(layers.toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0)));
      this.combined.set(id, entry);
    }
    return entry;
  }
}

function entryOf<Said extends object, Options extends object>(layers: readonly Layer<Said>[]): Entry<Said, Options> {
  return { layers, plain: undefined, withInline: new WeakMap() };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** `a`, `a:b` and `a:b:c` for `a:b:c`. */
function namesOver(name: string): readonly string[] {
  const names: string[] = [];
  for (let end = name.indexOf(':'); end >= 0; end = name.indexOf(':', end + 1)) names.push(name.slice(0, end));
  return [...names, name];
}
