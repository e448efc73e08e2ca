import { describe, expect, it } from '@jest/globals';

import { ClientMistakesModule, VoucherClient } from '../../sample/recipes/client-mistakes/client-mistakes.module.js';
import { cook, times } from './recipe.js';

describe('recipe: 4xx that must not count', () => {
  it.each(['unknown', 'forbidden', 'axios', 'spent'])('ignores ten times "%s"', async (code) => {
    const { get, registry } = await cook(ClientMistakesModule);
    await times(10, () => get(VoucherClient).redeem(code));
    expect(registry.find('vouchers')?.snapshot()).toMatchObject({
      state: 'closed',
      totals: { failures: 0, ignored: 10 },
    });
  });

  it('counts 429: that is about the service', async () => {
    const { get, registry } = await cook(ClientMistakesModule);
    await times(3, () => get(VoucherClient).redeem('throttled'));
    expect(registry.find('vouchers')).toBeOpen();
  });
});
