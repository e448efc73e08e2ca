import type { z } from 'zod';

import type { Complete } from './complete.js';
import { merge } from './layers.js';
import { throwFaults } from './options-error.js';
import type { OptionsFault } from './options-error.js';
import { readLayer } from './read-layer.js';

/**
 * Complete options out of one piece of code's.
 * @throws {@link OptionsError} with all faults, whose paths begin with `path`
 */
export function completeAlone<Said extends object, Options extends object>(
  path: string,
  schema: z.ZodType<Said>,
  complete: Complete<Said, Options>,
  input: unknown,
): Options {
  const faults: OptionsFault[] = [];
  const layer = readLayer(schema, input, { origin: 'inline', path }, faults);
  throwFaults(faults);
  const { options } = complete(merge([layer]), (fault) => faults.push(fault));
  throwFaults(faults);
  return options;
}
