import { expect, it } from '@jest/globals';
import fc from 'fast-check';

import { breakerKeys, channelOf, encodeName, liveKey } from '../../../lib/redis/keys.js';

it('a name stands in its keys as it would in a URL', () => {
  expect(breakerKeys('cb', encodeName('payments:eu'))[0]).toBe('cb:{payments%3Aeu}:s');
  expect(liveKey('shop')).toBe('shop:live');
  expect(channelOf('shop')).toBe('shop:moves');
});

it('any two names have different keys, and each name has one hash tag, without a brace in it, and a limited length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      const encoded = encodeName(a);
      expect(encoded).toMatch(/^[^{}]+$/);
      expect(encoded.length).toBeLessThanOrEqual(200);
      expect(encoded === encodeName(b)).toBe(a === b);
    }),
  );
  expect(encodeName('x'.repeat(10_000))).toHaveLength(64);
  expect(encodeName('\ud800')).not.toBe(encodeName('\udfff'));
});
