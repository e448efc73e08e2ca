/** One thing that is wrong with options. */
export interface OptionsFault {
  /** Where, such as `breakers.payments.failureRatio`. */
  readonly path: string;
  /** What was expected, what came, and the fix. */
  readonly message: string;
}

/** Options that are wrong, with all their faults at once. */
export class OptionsError extends Error {
  readonly code = 'ERR_INVALID_OPTIONS';
  readonly faults: readonly OptionsFault[];

  constructor(faults: readonly OptionsFault[]) {
    const lines = faults.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    super(
      lines.length === 1
        ? `Invalid options: ${lines[0]}`
        : `Invalid options, ${lines.length} faults:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    );
    this.faults = Object.freeze(faults.map((fault) => Object.freeze({ ...fault })));
  }
}

// on the prototype: an own property would show up in every log line
Object.defineProperty(OptionsError.prototype, 'name', { value: 'OptionsError', configurable: true, writable: true });

/** @throws {@link OptionsError} unless there is no fault; the same one twice counts once */
export function throwFaults(faults: readonly OptionsFault[]): void {
  if (faults.length === 0) return;
  throw new OptionsError([...new Map(faults.map((fault) => [`${fault.path}\n${fault.message}`, fault])).values()]);
}
