import type { z } from 'zod';

import { BETWEEN_UNKNOWN_KEYS } from './strict-object.js';

/** A schema's complaint about one place. */
export interface SchemaFault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** A key that nobody knows, rather than a wrong value. */
  readonly isUnknown: boolean;
}

/** A schema's complaints, one for each place: several unknown keys of one object are several. */
export function faultsOf(error: z.ZodError): readonly SchemaFault[] {
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
