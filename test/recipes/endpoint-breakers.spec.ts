import { describe, expect, it } from '@jest/globals';

import { CrmClient, EndpointBreakersModule } from '../../sample/recipes/endpoint-breakers/endpoint-breakers.module.js';
import { cook, times } from './recipe.js';

describe('recipe: a main breaker over endpoint breakers', () => {
  it('stays closed with one of three endpoints open, and opens with two', async () => {
    const { get, registry, upstreams } = await cook(EndpointBreakersModule);
    const crm = get(CrmClient);
    upstreams.fail('contacts');
    await times(2, () => crm.contacts());
    expect(registry.find('crm')).toBeClosed();
    expect(await crm.notes()).toBe('notes');
    upstreams.fail('deals');
    await times(2, () => crm.deals());
    expect(registry.find('crm')?.snapshot()).toMatchObject({ state: 'open', reason: 'children_open' });
    await expect(crm.notes()).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN', breaker: 'crm' });
    expect(registry.find('crm-notes')).toBeClosed();
    expect(upstreams.calls('notes')).toBe(1);
  });
});
