import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CircuitBreaker } from 'nest-circuit-breaker';

import { refusalOf, start } from '../../fixtures/application.js';

describe('@CircuitBreaker with a key', () => {
  @Injectable()
  class Payments {
    @CircuitBreaker('payments', { key: (region: string) => region, failureThreshold: 2, maxKeys: 3, keyTtl: '1m' })
    async pay(region: string, amount: number): Promise<string> {
      if (amount === 0) throw new Error('down');
      return `${amount} in ${region}`;
    }

    @CircuitBreaker({ key: (region: string) => region })
    async refund(_region: string): Promise<void> {}
  }

  it('keeps one breaker a key, under the common name and a colon', async () => {
    const { module, registry } = await start({ providers: [Payments] });
    const payments = module.get(Payments);
    for (let call = 0; call < 2; call++) await expect(payments.pay('eu', 0)).rejects.toThrow('down');
    await expect(payments.pay('eu', 1)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN', breaker: 'payments:eu' });
    expect(await payments.pay('us', 1)).toBe('1 in us');
    await payments.refund('eu');
    expect(registry.snapshot().map(({ name, state }) => `${name} ${state}`)).toEqual([
      'payments:eu open',
      'payments:us closed',
      'Payments.refund:eu closed',
    ]);
    await module.close();
  });

  it('[C58] keeps at most maxKeys of them, and never evicts an open one', async () => {
    const { module, registry } = await start({ providers: [Payments] });
    const payments = module.get(Payments);
    for (let call = 0; call < 2; call++) await expect(payments.pay('eu', 0)).rejects.toThrow('down');
    for (const region of ['a', 'b', 'c', 'd']) await payments.pay(region, 1);
    const names = registry.snapshot().map(({ name }) => name);
    expect(names).toHaveLength(3);
    expect(names).toContain('payments:eu');
    await module.close();
  });

  it('takes options for all from the common name, and for one from its own', async () => {
    const { module, registry } = await start({
      providers: [Payments],
      options: { breakers: { payments: { breakDuration: '1m' }, 'payments:us': { failureThreshold: 9 } } },
    });
    await module.get(Payments).pay('eu', 1);
    await module.get(Payments).pay('us', 1);
    expect(registry.find('payments:eu')?.options).toMatchObject({ breakDuration: 60_000, failureThreshold: 2 });
    expect(registry.find('payments:us')?.options).toMatchObject({ breakDuration: 60_000, failureThreshold: 9 });
    expect(registry.find('payments')).toBeUndefined();
    await module.close();
  });

  it('tells of wrong options before there is a key', async () => {
    @Injectable()
    class Wrong {
      @CircuitBreaker('a', { key: () => 'k', failureThreshold: -1 })
      async one(): Promise<void> {}
      @CircuitBreaker('b', { key: () => 'k', maxKeys: 0 })
      async two(): Promise<void> {}
      @CircuitBreaker('c', { key: () => 'k', keyTtl: 'soon' })
      async three(): Promise<void> {}
      @CircuitBreaker('d', { key: () => 'k', failureThreshold: 1 })
      async four(): Promise<void> {}
      @CircuitBreaker('d', { key: () => 'other', failureThreshold: 2 })
      async five(): Promise<void> {}
    }
    const refusal = await refusalOf({ providers: [Wrong] });
    for (const name of ['one', 'two', 'three', 'five']) expect(refusal).toContain(`Wrong.${name}`);
    expect(refusal).toContain('says other options of "d" than @CircuitBreaker(\'d\') on Wrong.four');
  });
});
