import { z } from 'zod';

import { didYouMean } from './nearest.js';
import { preview, quote } from './preview.js';

/** What separates the complaints about several unknown keys of one object. */
export const BETWEEN_UNKNOWN_KEYS = '\n';

/** An object of exactly these keys; each unknown one gets a complaint with the nearest known one. */
export function strictObject<S extends z.ZodRawShape>(shape: S) {
  const known = Object.keys(shape);
  const unknownKey = (key: string): string => `unknown option ${quote(key)}${didYouMean(key, known)}`;
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map(unknownKey).join(BETWEEN_UNKNOWN_KEYS)
        : `expected an object, got ${preview(issue.input)}`,
  });
}

/** Whether a check across options can look at a value that may have faults of its own. */
export const ifObject = {
  when: ({ value }: { readonly value: unknown }): boolean =>
    value !== null && typeof value === 'object' && !Array.isArray(value),
};
