import { SYNC } from '../../../lib/redis/scripts.js';
import { around } from './variant.js';
import type { Variant } from './variant.js';

/** Looks once how the fleet stands, then relies on messages. */
export const noSync: Variant = {
  transport(inner) {
    let hasLooked = false;
    return around(inner, {
      run(script, keys, args) {
        if (script === SYNC && hasLooked) return Promise.reject(new Error('not now'));
        if (script === SYNC) hasLooked = true;
        return inner.run(script, keys, args);
      },
    });
  },
};
