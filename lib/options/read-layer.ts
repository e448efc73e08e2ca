import type { z } from 'zod';

import type { Layer } from './layers.js';
import { pathText } from './names.js';
import type { OptionsFault } from './options-error.js';
import { copyPlain } from './plain.js';
import { readWith } from './schema-faults.js';

const isOpaque = (path: readonly string[]): boolean => path.length === 1 && path[0] === 'adaptive';

/** Reads what code says of one policy. With faults, which go to `faults`, the layer says nothing. */
export function readLayer<Said extends object>(
  schema: z.ZodType<Said>,
  input: unknown,
  place: Pick<Layer<Said>, 'origin' | 'path'>,
  faults: OptionsFault[],
): Layer<Said> {
  const at = (path: readonly PropertyKey[]): string => {
    const text = pathText(path);
    return text === '' ? place.path : place.path === '' ? text : `${place.path}.${text}`;
  };
  const pathOf = (option: string): string => at([option]);
  const plain = copyPlain(input, isOpaque, (path, message) => faults.push({ path: at(path), message }));
  const { data, faults: found } = readWith(schema, plain === undefined ? {} : plain);
  for (const { path, message } of found) faults.push({ path: at(path), message });
  return Object.freeze({ ...place, said: Object.freeze(data ?? ({} as Said)), pathOf });
}
