import { describe, expect, it } from '@jest/globals';
import { SetMetadata } from '@nestjs/common';
import { CircuitBreaker } from 'nest-circuit-breaker';

import { start } from '../fixtures/application.js';

describe('a decorated method', () => {
  it('[C33] keeps this, arguments, name, length, and the metadata of other decorators, written before or after', async () => {
    const Mark = (key: string): MethodDecorator => SetMetadata(key, `${key}!`);
    class Till {
      total = 40;

      @Mark('above')
      @CircuitBreaker('till')
      @Mark('below')
      async charge(amount: number, tip: number): Promise<unknown[]> {
        return [this.total + amount + tip, arguments.length];
      }
    }
    const { module } = await start({ providers: [Till] });
    const till = module.get(Till);
    expect(await till.charge(1, 1)).toEqual([42, 2]);
    const method = Till.prototype.charge;
    expect([method.name, method.length]).toEqual(['charge', 2]);
    expect(['above', 'below'].map((key) => Reflect.getMetadata(key, method) as unknown)).toEqual(['above!', 'below!']);
    expect(Reflect.getMetadata('design:paramtypes', Till.prototype, 'charge')).toEqual([Number, Number]);
    await module.close();
  });
});
