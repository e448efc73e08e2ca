import { describe, expect, it } from '@jest/globals';

import { Alerts, Bank, MaintenanceModule } from '../../sample/recipes/maintenance/maintenance.module.js';
import { cook, times } from './recipe.js';

describe('recipe: maintenance by hand', () => {
  it('refuses all until it is ended by hand, or until its time is over', async () => {
    const { get, clock, upstreams } = await cook(MaintenanceModule);
    const bank = get(Bank);
    bank.beginMaintenance('ada');
    await expect(bank.transfer(5)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN', state: 'isolated' });
    bank.endMaintenance('ada');
    expect(await bank.transfer(5)).toBe('5 transferred');
    bank.beginMaintenance('ada');
    await clock.advance(599_999);
    await times(1, () => bank.transfer(6));
    expect(upstreams.calls('bank')).toBe(1);
    await clock.advance(1);
    expect(await bank.transfer(6)).toBe('6 transferred');
  });

  it('alerts at each transition, with who and why', async () => {
    const { get, registry, upstreams } = await cook(MaintenanceModule);
    const bank = get(Bank);
    bank.beginMaintenance('ada');
    bank.endMaintenance('ada');
    upstreams.fail('bank');
    await times(3, () => bank.transfer(5));
    bank.startAfresh('grace');
    expect(get(Alerts).sent).toEqual([
      'bank: closed → isolated, core banking is being updated (ada)',
      'bank: isolated → closed, the update is done (ada)',
      'bank: closed → open, failure_threshold',
      'bank: open → closed, after the rehearsal (grace)',
    ]);
    expect(registry.find('bank')?.snapshot().totals.calls).toBe(0);
  });
});
