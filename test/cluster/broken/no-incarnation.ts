import { BEAT } from '../../../lib/redis/scripts.js';
import { around } from './variant.js';
import type { Variant } from './variant.js';

/** A Redis that has lost its data goes for the same as before: all that differs is the epoch. */
export const noIncarnation: Variant = {
  transport: (inner) =>
    around(inner, {
      run(script, keys, args) {
        const [channel = '', name = '', , ...rest] = args;
        return inner.run(script, keys, script === BEAT ? args : [channel, name, 'ever the same', ...rest]);
      },
    }),
};
