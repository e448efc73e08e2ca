import { describe, expect, it } from '@jest/globals';

import { ActiveProbeModule, SearchClient } from '../../sample/recipes/active-probe/active-probe.module.js';
import { cook, times } from './recipe.js';

describe('recipe: an active probe', () => {
  it('lets no caller through before the service itself has said that it is well', async () => {
    const { get, registry, clock, upstreams } = await cook(ActiveProbeModule);
    const search = get(SearchClient);
    upstreams.fail('search');
    upstreams.fail('search-health');
    await times(3, () => search.find('tea'));
    await clock.advance(14_000);
    expect(upstreams.calls('search-health')).toBe(3);
    await times(5, () => search.find('tea'));
    expect(upstreams.calls('search')).toBe(3);
    upstreams.heal('search');
    upstreams.heal('search-health');
    await clock.advance(2_000);
    expect(registry.find('search')).toBeHalfOpen();
    expect(await search.find('tea')).toBe('results for tea');
    expect(registry.find('search')).toBeClosed();
  });
});
