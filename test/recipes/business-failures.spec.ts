import { NotFoundException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';

import {
  BusinessFailuresModule,
  InsuranceClient,
} from '../../sample/recipes/business-failures/business-failures.module.js';
import { cook, times } from './recipe.js';

describe('recipe: business failures', () => {
  it('opens on results that tell of an ill service, which reach the caller as they are', async () => {
    const { get, registry } = await cook(BusinessFailuresModule);
    const insurance = get(InsuranceClient);
    await times(10, () => insurance.quote('not_covered'));
    expect(registry.find('insurance')?.snapshot()).toMatchObject({ state: 'closed', totals: { ignored: 10 } });
    await times(2, () => insurance.quote('service_degraded'));
    expect(await insurance.quote('service_degraded')).toEqual({ status: 'service_degraded' });
    await expect(insurance.quote('ok')).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
  });

  it('judges thrown errors as ever', async () => {
    const { get, registry, upstreams } = await cook(BusinessFailuresModule);
    upstreams.fail('insurance', new NotFoundException());
    await times(5, () => get(InsuranceClient).quote('ok'));
    expect(registry.find('insurance')).toBeClosed();
    upstreams.fail('insurance');
    await times(3, () => get(InsuranceClient).quote('ok'));
    expect(registry.find('insurance')).toBeOpen();
  });
});
