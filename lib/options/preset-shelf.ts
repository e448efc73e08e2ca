import { breakerSchema } from './breaker-schema.js';
import type { BreakerSaid } from './breaker-schema.js';
import { circleText, leastOf } from './circle.js';
import { merge, pathIn } from './layers.js';
import type { Layer } from './layers.js';
import { didYouMean } from './nearest.js';
import type { OptionsFault } from './options-error.js';
import { quote } from './preview.js';
import { PRESETS, isBuiltInPreset } from './presets.js';
import type { PresetName } from './presets.js';

type BreakerLayer = Layer<BreakerSaid>;

const builtIn = new Map<PresetName, BreakerLayer>();

/** The presets of one application. One that has a built-in one's name stands in front of it, and may build on it. */
export class PresetShelf {
  constructor(
    private readonly own: ReadonlyMap<string, readonly BreakerLayer[]>,
    /** Those that exist but cannot be used, since they have faults that were told. */
    private readonly broken: ReadonlySet<string>,
  ) {}

  get names(): readonly string[] {
    return [...new Set([...this.own.keys(), ...this.broken, ...Object.keys(PRESETS)])];
  }

  /** Whether a preset, or what it builds on, has faults that were told already. */
  isBroken(name: string, visited: ReadonlySet<string> = new Set()): boolean {
    if (this.broken.has(name)) return true;
    const base = this.baseOf(name);
    return base !== undefined && !visited.has(base) && this.isBroken(base, new Set([...visited, name]));
  }

  /** The layers of a preset and of those it builds on, the weakest first. */
  chain(name: string, place: string, fault: (fault: OptionsFault) => void): readonly BreakerLayer[] {
    return this.follow(name, place, [], fault);
  }

  private follow(
    name: string,
    place: string,
    above: readonly string[],
    fault: (fault: OptionsFault) => void,
  ): readonly BreakerLayer[] {
    const own = above.at(-1) === name ? undefined : this.own.get(name);
    if (above.includes(name) && !(above.at(-1) === name && isBuiltInPreset(name))) {
      const circle = above.slice(above.indexOf(name));
      const message = `presets build on each other in a circle: ${circleText(circle)}`;
      fault({ path: this.placeOfBase(leastOf(circle)), message });
      return [];
    }
    if (own === undefined) {
      if (isBuiltInPreset(name)) return [layerOf(name)];
      if (this.broken.has(name)) return [];
      fault({ path: place, message: `unknown preset ${quote(name)}${this.suggestion(name)}` });
      return [];
    }
    const { said, by } = merge(own);
    const base = said.preset;
    if (base === undefined) return own;
    const from = by.get('preset') as BreakerLayer;
    return [...this.follow(base, pathIn(from, 'preset'), [...above, name], fault), ...own];
  }

  /** Where a preset of one's own says what it builds on. */
  private placeOfBase(name: string): string {
    const from = merge(this.own.get(name) ?? []).by.get('preset');
    return from === undefined ? `presets.${name}.preset` : pathIn(from, 'preset');
  }

  private baseOf(name: string): string | undefined {
    const own = this.own.get(name);
    const base = own === undefined ? undefined : merge(own).said.preset;
    return base === name ? undefined : base;
  }

  private suggestion(name: string): string {
    return didYouMean(name, this.names) || `, expected one of ${this.names.slice(0, 20).join(', ')}`;
  }
}

/** A built-in preset, read by the same schema as everybody's. */
function layerOf(name: PresetName): BreakerLayer {
  let layer = builtIn.get(name);
  if (layer === undefined) {
    const said = Object.freeze(breakerSchema.parse(PRESETS[name]));
    layer = Object.freeze({ origin: `preset:${name}`, path: `presets.${name}`, said } as const);
    builtIn.set(name, layer);
  }
  return layer;
}
