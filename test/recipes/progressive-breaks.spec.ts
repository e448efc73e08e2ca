import { describe, expect, it } from '@jest/globals';

import {
  LedgerClient,
  ProgressiveBreaksModule,
} from '../../sample/recipes/progressive-breaks/progressive-breaks.module.js';
import { cook, times } from './recipe.js';

describe('recipe: progressive breaks', () => {
  it('doubles the break with each failed recovery, up to a minute, and starts over once it has closed', async () => {
    const { get, registry, clock, upstreams } = await cook(ProgressiveBreaksModule);
    const ledger = get(LedgerClient);
    const breaks: (number | null)[] = [];
    upstreams.fail('ledger');
    await times(1, () => ledger.book('a'));
    for (let attempt = 0; attempt < 6; attempt++) {
      await times(1, () => ledger.book('a'));
      const { retryAfter } = registry.circuitBreaker('ledger').snapshot();
      breaks.push(retryAfter);
      await clock.advance(retryAfter ?? 0);
    }
    expect(breaks).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    upstreams.heal('ledger');
    expect(await ledger.book('b')).toBe('b booked');
    upstreams.fail('ledger');
    await times(2, () => ledger.book('c'));
    expect(registry.circuitBreaker('ledger').snapshot().retryAfter).toBe(5_000);
  });
});
