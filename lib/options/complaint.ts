/** What is wrong with a value, for the one who wrote it: what was expected, what came, and the fix. */
export class Complaint {
  readonly #isComplaint = true;

  constructor(readonly message: string) {}

  /** Asked of whatever a user wrote, and so not by `instanceof`, which a proxy may answer with a throw. */
  static is(value: unknown): value is Complaint {
    return typeof value === 'object' && value !== null && #isComplaint in value && value.#isComplaint;
  }
}

/** Makes what users write into what the engine takes, or says what is wrong with it. Never throws. */
export type Reader<T> = (value: unknown) => T | Complaint;

const NUMERIC = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const MAX_DIGITS = 100;

/** The number a value stands for: itself, or a text such as `'5'`; `undefined` where it stands for none. */
export function numberIn(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > MAX_DIGITS) return undefined;
  const text = value.trim();
  return NUMERIC.test(text) ? Number(text) : undefined;
}
