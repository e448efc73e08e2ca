/** Where an option came from: `default` is built in, `defaults` was said for all breakers. */
export type OptionOrigin = 'default' | 'defaults' | `preset:${string}` | 'inline' | 'config' | 'environment' | 'update';

/** What one source says of one policy. */
export interface Layer<Said extends object> {
  readonly origin: OptionOrigin;
  /** Where it is written, such as `breakers.payments`. */
  readonly path: string;
  readonly said: Said;
  /** The path of one of its options, where it isn't `path` and the option's name. */
  readonly pathOf?: ((option: string) => string) | undefined;
  /** Its source's strength among sources: of two layers of one origin the one with the higher rank is the stronger. */
  readonly rank?: number;
}

/** What several layers say together, and which of them says what. */
export interface Merged<Said extends object> {
  readonly said: Said;
  readonly by: ReadonlyMap<keyof Said, Layer<Said>>;
  /** All of them, the weakest first. */
  readonly layers: readonly Layer<Said>[];
}

/**
 * Lays layers over each other, the weakest first: the last word on an option counts. Of options in one of the
 * `alternatives`, what a layer says replaces what weaker ones said of the others.
 */
export function merge<Said extends object>(
  layers: readonly Layer<Said>[],
  alternatives: readonly (readonly (keyof Said)[])[] = [],
): Merged<Said> {
  const said = new Map<keyof Said, unknown>();
  const by = new Map<keyof Said, Layer<Said>>();
  for (const layer of layers) {
    const options = Object.keys(layer.said) as (keyof Said)[];
    for (const group of alternatives) {
      if (!group.some((option) => options.includes(option))) continue;
      for (const option of group) if (said.delete(option)) by.delete(option);
    }
    for (const option of options) {
      said.set(option, layer.said[option]);
      by.set(option, layer);
    }
  }
  return { said: Object.fromEntries(said) as Said, by, layers };
}

/** The path of an option as the layer that says it has it. */
export const pathIn = <Said extends object>(layer: Layer<Said>, option: string): string =>
  layer.pathOf?.(option) ?? `${layer.path}.${option}`;

/** Complete options, and for each of them where it came from. */
export interface Completed<Options extends object> {
  readonly options: Options;
  readonly origins: Readonly<Record<string, OptionOrigin>>;
}
