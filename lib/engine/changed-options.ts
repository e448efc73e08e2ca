import { isDeepStrictEqual } from 'node:util';

/** The options that differ, with their new values; `undefined` where none does. Functions are compared by identity. */
export function changedOptions(before: object, after: object): Readonly<Record<string, unknown>> | undefined {
  if (before === after) return undefined;
  const old = before as Readonly<Record<string, unknown>>;
  const changed = Object.entries(after).filter(([key, value]) => !isDeepStrictEqual(old[key], value));
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}
