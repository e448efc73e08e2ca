import type { OptionsFault } from './options-error.js';
import { pathIn } from './layers.js';
import type { Completed, Layer, Merged, OptionOrigin } from './layers.js';

/** What makes complete options of what was said, telling of what is missing or contradicts itself. */
export type Complete<Said extends object, Options extends object> = (
  merged: Merged<Said>,
  fault: (fault: OptionsFault) => void,
) => Completed<Options>;

/** Frozen options and origins: what wasn't said is `default`. */
export function completed<Options extends object>(
  options: Options,
  by: ReadonlyMap<unknown, Pick<Layer<object>, 'origin'>>,
): Completed<Options> {
  const origins = Object.fromEntries(
    Object.keys(options).map((option): [string, OptionOrigin] => [option, by.get(option)?.origin ?? 'default']),
  );
  noteOrigins(Object.freeze(options), Object.freeze(origins));
  return Object.freeze({ options, origins });
}

const originsByOptions = new WeakMap<object, Completed<object>['origins']>();

/** Remembers where the options of a complete object came from. */
export function noteOrigins(options: object, origins: Completed<object>['origins']): void {
  originsByOptions.set(options, origins);
}

/** Where each option of complete options came from; `undefined` for options that were made elsewhere. */
export const originsOf = (options: object): Completed<object>['origins'] | undefined => originsByOptions.get(options);

/** The place that a fault across options is shown at: where the option is said. */
export function placeOf<Said extends object>(merged: Merged<Said>, option: keyof Said & string): string {
  const layer = merged.by.get(option);
  return layer === undefined ? option : pathIn(layer, option);
}

/** The place of an option that nobody says: where the strongest layer would. */
export function pathOfMissing<Said extends object>(merged: Merged<Said>, option: keyof Said & string): string {
  const strongest = merged.layers.at(-1);
  return strongest === undefined ? option : pathIn(strongest, option);
}
