import { describe, expect, it } from '@jest/globals';

import { CatalogClient, RetryPlacementModule } from '../../sample/recipes/retry-placement/retry-placement.module.js';
import { cook } from './recipe.js';

describe('recipe: retry outside and inside the breaker', () => {
  it.each([
    ['outside', 'each attempt is counted, and an open circuit ends the retrying', 4, 'open', 4],
    ['inside', 'all attempts are one call', 6, 'closed', 2],
  ] as const)('%s: %s', async (place, _rule, requests, state, failures) => {
    const { get, registry, clock, upstreams } = await cook(RetryPlacementModule);
    const catalog = get(CatalogClient);
    upstreams.fail(place);
    for (let call = 0; call < 2; call++) {
      const ended = (place === 'outside' ? catalog.retriedOutside() : catalog.retriedInside()).catch(() => undefined);
      await clock.advance(1_000);
      await ended;
    }
    expect(upstreams.calls(place)).toBe(requests);
    expect(registry.find(`retry-${place}`)?.snapshot()).toMatchObject({ state, totals: { failures } });
  });
});
