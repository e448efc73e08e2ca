import { describe, expect, it } from '@jest/globals';
import { CircuitBreakerHealthIndicator } from 'nest-circuit-breaker/terminus';

import { CriticalityPresetsModule, Shop } from '../../sample/recipes/criticality-presets/criticality-presets.module.js';
import { cook, times } from './recipe.js';

describe('recipe: presets by criticality', () => {
  it('opens what is less critical sooner, and health turns red only for what matters', async () => {
    const { get, registry, upstreams } = await cook(CriticalityPresetsModule);
    const shop = get(Shop);
    const health = () => get(CircuitBreakerHealthIndicator).check('shop').shop.status;
    const open = () => registry.snapshot().filter(({ state }) => state === 'open').map(({ name }) => name); // prettier-ignore
    for (const name of ['payments', 'stock', 'reviews']) upstreams.fail(name);
    const fail = (count: number) => times(count, () => Promise.allSettled([shop.pay(), shop.stock(), shop.reviews()]));
    expect(health()).toBe('up');
    await fail(3);
    expect([open(), health()]).toEqual([['reviews'], 'degraded']);
    await fail(2);
    expect([open(), health()]).toEqual([['stock', 'reviews'], 'down']);
    await fail(4);
    expect(registry.find('payments')).toBeClosed();
    await fail(1);
    expect(registry.find('payments')).toBeOpen();
  });
});
