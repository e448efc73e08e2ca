import { describe, expect, it } from '@jest/globals';

import { GeoService, PrimarySecondaryModule } from '../../sample/recipes/primary-secondary/primary-secondary.module.js';
import { cook, times } from './recipe.js';

describe('recipe: primary, secondary, cache, error', () => {
  it('goes on to the next where one is out, and asks none whose circuit is open', async () => {
    const { get, upstreams } = await cook(PrimarySecondaryModule);
    const geo = get(GeoService);
    expect(await geo.locate('Bern')).toBe('Bern, to the metre');
    upstreams.fail('primary');
    await times(2, () => geo.locate('Thun'));
    expect(await geo.locate('Basel')).toBe('Basel, roughly');
    expect(upstreams.calls('primary')).toBe(3);
    upstreams.fail('secondary');
    await times(2, () => geo.locate('Chur'));
    expect(await geo.locate('Bern')).toBe('Bern, to the metre');
    expect(await geo.locate('Basel')).toBe('Basel, roughly');
    expect(upstreams.calls('secondary')).toBe(5);
    await expect(geo.locate('Genf')).rejects.toMatchObject({ status: 503, cause: { code: 'ERR_CIRCUIT_OPEN' } });
  });
});
