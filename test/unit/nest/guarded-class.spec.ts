import { describe, expect, it } from '@jest/globals';
import { Injectable, SetMetadata } from '@nestjs/common';
import { Bulkhead, CircuitBreaker, Fallback, Retry, SkipCircuitBreaker, Timeout } from 'nest-circuit-breaker';
import type { PolicyRegistry } from 'nest-circuit-breaker';
import { of } from 'rxjs';
import type { Observable } from 'rxjs';

import { start } from '../../fixtures/application.js';

const names = (registry: PolicyRegistry) => registry.snapshot().map(({ name }) => name).toSorted(); // prettier-ignore
const totals = (registry: PolicyRegistry, name: string) => registry.find(name)?.snapshot().totals;

describe('a class-level @CircuitBreaker', () => {
  it('guards every public method that is known to be asynchronous, inherited ones as well, and no other', async () => {
    class Base {
      async inherited(): Promise<void> {}
    }
    @Injectable()
    @CircuitBreaker()
    class Client extends Base {
      async promise(): Promise<void> {}
      @Bulkhead({ returns: 'observable' })
      observable(): Observable<number> {
        return of(1);
      }
      async *iterable(): AsyncGenerator<number> {}
      value(): number {
        return 1;
      }
      unknown() {
        return 'who knows';
      }
      get accessor(): number {
        return 1;
      }
      async _private(): Promise<void> {}
      async onModuleInit(): Promise<void> {}
      @SkipCircuitBreaker()
      async skipped(): Promise<void> {}
    }
    const { module, registry } = await start({ providers: [Client] });
    expect(names(registry)).toEqual(['Client.inherited', 'Client.iterable', 'Client.observable', 'Client.promise']);
    const client = module.get(Client);
    await client.inherited();
    expect(totals(registry, 'Client.inherited')?.successes).toBe(1);
    expect([client.value(), client.unknown(), client.accessor]).toEqual([1, 'who knows', 1]);
    expect(Base.prototype.inherited).not.toBe(Client.prototype.inherited);
    expect(Object.getPrototypeOf(Client.prototype)).toBe(Base.prototype);
    await module.close();
  });

  it('gives its name and options to all of them', async () => {
    @Injectable()
    @CircuitBreaker('client', { failureThreshold: 2 })
    class Client {
      async one(): Promise<void> {
        throw new Error('down');
      }
      async two(): Promise<void> {
        throw new Error('down');
      }
    }
    const { module, registry } = await start({ providers: [Client] });
    await expect(module.get(Client).one()).rejects.toThrow('down');
    await expect(module.get(Client).two()).rejects.toThrow('down');
    expect(registry.find('client')?.state).toBe('open');
    await module.close();
  });

  it('leaves a method its own breaker', async () => {
    @Injectable()
    @CircuitBreaker('client')
    class Client {
      @CircuitBreaker('own')
      async call(): Promise<void> {}
    }
    const { module, registry } = await start({ providers: [Client] });
    await module.get(Client).call();
    expect([totals(registry, 'own')?.calls, totals(registry, 'client')]).toEqual([1, undefined]);
    await module.close();
  });

  it("stands below a method's own fallbacks and retries and above its limits, in one wrapper", async () => {
    @Injectable()
    @CircuitBreaker('client', { failureThreshold: 2 })
    class Client {
      @Fallback(() => 'fallback')
      @Retry({ maxAttempts: 2, delay: 1 })
      @Timeout('1s')
      async call(): Promise<string> {
        return new Promise<never>(() => undefined);
      }
    }
    const { module, registry, clock } = await start({ providers: [Client] });
    const called = module.get(Client).call();
    await clock.advance(3_000);
    expect(await called).toBe('fallback');
    expect(totals(registry, 'client')).toMatchObject({ failures: 2, timeouts: 2 });
    await module.close();
  });

  it('of a subclass replaces that of its base, for the subclass alone', async () => {
    @Injectable()
    @CircuitBreaker('base')
    class Base {
      async call(): Promise<void> {}
    }
    @Injectable()
    @CircuitBreaker('derived')
    class Derived extends Base {}
    const { module, registry } = await start({ providers: [Base, Derived] });
    await module.get(Derived).call();
    expect([totals(registry, 'derived')?.calls, totals(registry, 'base')?.calls]).toEqual([1, 0]);
    await module.get(Base).call();
    expect([totals(registry, 'derived')?.calls, totals(registry, 'base')?.calls]).toEqual([1, 1]);
    await module.close();
  });

  it('keeps metadata of its methods', () => {
    @CircuitBreaker()
    class Client {
      @SetMetadata('mark', 'kept')
      async call(_id: number): Promise<void> {}
    }
    const { call } = Client.prototype;
    expect([call.name, call.length, Reflect.getMetadata('mark', call)]).toEqual(['call', 1, 'kept']);
  });
});
