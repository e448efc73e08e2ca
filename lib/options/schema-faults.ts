import type { z } from 'zod';

import { BETWEEN_UNKNOWN_KEYS } from './strict-object.js';

/** A schema's complaint about one place. */
export interface SchemaFault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** A key that nobody knows, rather than a wrong value. */
  readonly isUnknown: boolean;
}

/** What a schema made of a value, or `undefined` and its complaints. */
export interface Reading<T> {
  readonly data: T | undefined;
  readonly faults: readonly SchemaFault[];
}

export const CANNOT_BE_READ = 'cannot be read: it throws when looked at';

/** Reads a value by a schema. What is taken as it is may still be a proxy that throws: that is a fault, too. */
export function readWith<T>(schema: z.ZodType<T>, value: unknown): Reading<T> {
  try {
    const result = schema.safeParse(value);
    return result.success ? { data: result.data, faults: [] } : { data: undefined, faults: faultsOf(result.error) };
  } catch {
    return { data: undefined, faults: [{ path: [], message: CANNOT_BE_READ, isUnknown: false }] };
  }
}

/** One complaint for each place: several unknown keys of one object are several. */
function faultsOf(error: z.ZodError): readonly SchemaFault[] {
  return error.issues.flatMap((issue): SchemaFault[] => {
    if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message, isUnknown: false }];
    const messages = issue.message.split(BETWEEN_UNKNOWN_KEYS);
    return issue.keys.map((key, index) => ({
      path: [...issue.path, key],
      message: messages[index] ?? issue.message,
      isUnknown: true,
    }));
  });
}
