import { describe, expect, it } from '@jest/globals';

import { ReportService, TenantBulkheadModule } from '../../sample/recipes/tenant-bulkhead/tenant-bulkhead.module.js';
import { cook } from './recipe.js';

describe('recipe: a bulkhead for each tenant', () => {
  it('refuses one who asks for too much and lets the others in; who pays for more gets more', async () => {
    const { get, registry, clock, upstreams } = await cook(TenantBulkheadModule);
    const reports = get(ReportService);
    const caller = new AbortController();
    const ask = (tenant: string) => reports.report(tenant, caller.signal).catch((error: Error) => error);
    upstreams.hang('reports of umbrella');
    upstreams.hang('reports of acme');
    const asked = Array.from({ length: 4 }, () => ask('umbrella'));
    expect(await asked[3]).toMatchObject({ code: 'ERR_BULKHEAD_FULL', policyName: 'reports:umbrella' });
    expect(await ask('initech')).toBe('the report of initech');
    asked.push(...Array.from({ length: 4 }, () => ask('acme')));
    expect(registry.bulkhead('reports:acme').running).toBe(4);
    await clock.advance(5_000);
    expect(await asked[2]).toMatchObject({ code: 'ERR_BULKHEAD_FULL' });
    caller.abort(new Error('gone'));
    await Promise.all(asked);
    await clock.advance(0);
    expect(registry.bulkhead('reports:umbrella').running).toBe(0);
  });
});
