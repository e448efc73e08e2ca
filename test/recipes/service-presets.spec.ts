import { describe, expect, it } from '@jest/globals';

import { ServicePresetsModule, Warehouse } from '../../sample/recipes/service-presets/service-presets.module.js';
import { cook, times } from './recipe.js';

describe('recipe: presets by kind of service', () => {
  it('starts from the preset, and lets one option of one breaker stand over it', async () => {
    const { registry } = await cook(ServicePresetsModule);
    const optionsOf = (name: string) => registry.find(name)?.snapshot().options;
    expect(optionsOf('rows')).toMatchObject({ failureRatio: 0.65, minimumThroughput: 20, breakDuration: 15_000 });
    expect(optionsOf('session-cache')).toMatchObject({ failureRatio: 0.85, breakDuration: 10_000 });
    expect(optionsOf('shipping')).toMatchObject({ failureRatio: 0.5, breakDuration: 120_000, timeout: 8_000 });
  });

  it('bears a cache that misses often longer than an API that fails as often', async () => {
    const { get, registry, upstreams } = await cook(ServicePresetsModule);
    const warehouse = get(Warehouse);
    for (let call = 0; call < 30; call++) {
      for (const name of ['session-cache', 'shipping']) {
        if (call % 4 === 0) upstreams.heal(name);
        else upstreams.fail(name);
      }
      await times(1, () => Promise.allSettled([warehouse.session(), warehouse.ship()]));
    }
    expect(registry.find('session-cache')).toBeClosed();
    expect(registry.find('shipping')).toBeOpen();
  });
});
