/** Options of another source, stronger than what code says by name. */
export interface OptionsOverlay {
  /** `config` for a file, `environment` for variables. */
  readonly origin: 'config' | 'environment';
  /** Of the same shape as the module's options. */
  readonly options: unknown;
  /** What the source calls the place of an option, in messages: the name of a variable, say. */
  readonly at?: ((path: readonly PropertyKey[]) => string) | undefined;
}

// registered: options may be made by one copy of the package and read by another
const OVERLAYS = Symbol.for('nest-circuit-breaker.overlays');

/** Options with others laid over them, the strongest last, so that each keeps where it came from. */
export function withOverlays<Options extends object>(options: Options, overlays: readonly OptionsOverlay[]): Options {
  return Object.freeze({ ...options, [OVERLAYS]: Object.freeze([...overlaysOn(options), ...overlays]) });
}

/** What is laid over options; nothing where they can't be read. */
export function overlaysOn(options: unknown): readonly OptionsOverlay[] {
  if (options === null || typeof options !== 'object') return [];
  try {
    const overlays: unknown = Object.getOwnPropertyDescriptor(options, OVERLAYS)?.value;
    return Array.isArray(overlays) ? (overlays as readonly OptionsOverlay[]) : [];
  } catch {
    return []; // a proxy that throws: told when the options themselves are read
  }
}
