import { describe, expect, it } from '@jest/globals';

import { TokenBucket } from '../../../../lib/engine/policies/token-bucket.js';

const rate = { limit: 1, interval: 1_000, burst: 1 };

describe('a token bucket', () => {
  it('has a token again that was put back', () => {
    const bucket = new TokenBucket({ ...rate, burst: 2 }, 0);
    expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([true, true, false]);
    bucket.putBack();
    expect([bucket.waitFor(1, 0), bucket.waitFor(2, 0)]).toEqual([0, 1_000]);
    expect([bucket.take(0), bucket.take(0)]).toEqual([true, false]);
  });

  it('holds no more than its burst where a token comes back late', () => {
    const bucket = new TokenBucket(rate, 0);
    expect(bucket.take(0)).toBe(true);
    expect(bucket.waitFor(1, 500)).toBe(500);
    bucket.putBack();
    expect(bucket.take(500)).toBe(true);
    expect(bucket.waitFor(1, 500)).toBe(1_000);
  });

  it('says how long the how-manieth token takes', () => {
    const bucket = new TokenBucket({ limit: 3, interval: 1_000, burst: 1 }, 0);
    expect([1, 2, 3, 4].map((tokens) => bucket.waitFor(tokens, 0))).toEqual([0, 334, 667, 1_000]);
  });
});
