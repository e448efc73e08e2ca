import { describe, expect, it } from '@jest/globals';

import {
  AdaptiveThresholdsModule,
  RatesClient,
} from '../../sample/recipes/adaptive-thresholds/adaptive-thresholds.module.js';
import { cook, times } from './recipe.js';
import type { Cooked } from './recipe.js';

/** Ten calls a second, of which so many fail. */
async function seconds({ get, clock, upstreams }: Cooked, count: number, failuresInTen: number): Promise<void> {
  for (let call = 0; call < count * 10; call++) {
    if (call % 10 < failuresInTen) upstreams.fail('rates');
    else upstreams.heal('rates');
    await times(1, () => get(RatesClient).rate('CHF'));
    await clock.advance(100);
  }
}

describe('recipe: adaptive thresholds', () => {
  it('opens at a ratio of failures that it would bear if errors did not climb', async () => {
    const adaptive = await cook(AdaptiveThresholdsModule);
    const fixed = await cook(AdaptiveThresholdsModule);
    fixed.registry.update('rates', { adaptive: false });
    for (const app of [adaptive, fixed]) {
      await seconds(app, 5, 0);
      await seconds(app, 12, 4);
    }
    expect(adaptive.get(RatesClient).adaptations).toContain('errors_climb');
    expect(adaptive.registry.find('rates')).toBeOpen();
    expect(fixed.registry.find('rates')).toBeClosed();
  });

  it('relaxes to what is configured when it is calm', async () => {
    const app = await cook(AdaptiveThresholdsModule);
    const limit = () => app.registry.find('rates')?.snapshot().options['failureRatio'];
    await seconds(app, 5, 0);
    await seconds(app, 7, 4);
    expect(limit()).toBeLessThan(0.5);
    await seconds(app, 20, 0);
    expect(limit()).toBe(0.5);
    expect(app.get(RatesClient).adaptations.at(-1)).toBe('calm');
  });
});
