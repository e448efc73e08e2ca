import { describe, expect, it } from '@jest/globals';
import { Get, Header, HttpCode, Injectable, SetMetadata, UseGuards } from '@nestjs/common';
import {
  Bulkhead,
  CallSignal,
  CircuitBreaker,
  Fallback,
  Hedge,
  RateLimit,
  Retry,
  Timeout,
  lastKnownGood,
} from 'nest-circuit-breaker';
import type { CallContext } from 'nest-circuit-breaker';

import { start } from '../../fixtures/application.js';

const failing = (message = 'down'): never => {
  throw new Error(message);
};

/** Wraps a method as other libraries' decorators do. */
const Loud = (): MethodDecorator => (_target, _key, descriptor) => {
  const original = descriptor.value as unknown as (...args: unknown[]) => Promise<unknown>;
  descriptor.value = async function (this: unknown, ...args: unknown[]) {
    return `${String(await original.apply(this, args))}!`;
  } as never;
};

describe('a guarded method', () => {
  it('[C33] keeps this, arguments, name, length and metadata', async () => {
    const MARK = 'mark';

    @Injectable()
    class Shop {
      readonly city = 'Ulm';

      @SetMetadata('above', 1)
      @Fallback('other')
      @Retry()
      @CircuitBreaker()
      @Timeout('1s')
      @Bulkhead(5)
      @RateLimit({ limit: 10 })
      @Hedge()
      @SetMetadata(MARK, 'below')
      async find(id: number, _limit: number): Promise<unknown[]> {
        return [this.city, id, _limit, arguments.length];
      }

      async other(): Promise<unknown[]> {
        return [];
      }
    }

    const { module } = await start({ providers: [Shop] });
    const { find } = Shop.prototype;
    expect([find.name, find.length]).toEqual(['find', 2]);
    expect(Reflect.getMetadata(MARK, find)).toBe('below');
    expect(Reflect.getMetadata('above', find)).toBe(1);
    expect(Reflect.getMetadata('design:paramtypes', Shop.prototype, 'find')).toEqual([Number, Number]);
    expect(await module.get(Shop).find(7, 8)).toEqual(['Ulm', 7, 8, 2]);
    await module.close();
  });

  it('costs one wrapper, of all seven decorators as well', () => {
    const seen: unknown[] = [];
    const Look = (): MethodDecorator => (_target, _key, descriptor) => void seen.push(descriptor.value);

    class Shop {
      @Look()
      @Fallback('buy')
      @Look()
      @Retry()
      @Look()
      @CircuitBreaker()
      @Look()
      @Timeout('1s')
      @Look()
      @Bulkhead(5)
      @Look()
      @RateLimit({ limit: 10 })
      @Look()
      @Hedge()
      @Look()
      async buy(): Promise<void> {}
    }

    expect(seen).toHaveLength(8);
    expect(seen[0]).not.toBe(seen[1]);
    expect(new Set(seen.slice(1)).size).toBe(1);
    expect(seen[7]).toBe(Shop.prototype.buy);
  });

  it('[C33] has all properties and metadata that it has without decorators of ours', () => {
    const plain = (): MethodDecorator => () => undefined;
    const make = (isGuarded: boolean) => {
      const ours = (decorator: unknown): MethodDecorator => (isGuarded ? (decorator as MethodDecorator) : plain());
      class Shop {
        @ours(Fallback(() => undefined))
        @Get('items/:id')
        @ours(Retry())
        @Header('x-shop', 'ulm')
        @ours(CircuitBreaker())
        @HttpCode(202)
        @ours(Timeout('1s'))
        @ours(Bulkhead(5))
        @UseGuards(class Guard {})
        @ours(RateLimit({ limit: 10 }))
        @ours(Hedge())
        @SetMetadata('roles', ['buyer'])
        async find(_id: number, _limit: number): Promise<void> {}
      }
      const { find } = Shop.prototype;
      const metadata = Reflect.getMetadataKeys(find).map((key: unknown) => [key, Reflect.getMetadata(key, find)]);
      const ofKey = Reflect.getMetadataKeys(Shop.prototype, 'find').map((key: unknown) => [
        key,
        Reflect.getMetadata(key, Shop.prototype, 'find'),
      ]);
      const { value: _, ...descriptor } = Reflect.getOwnPropertyDescriptor(Shop.prototype, 'find') ?? {};
      return { metadata: sorted(metadata), ofKey: sorted(ofKey), descriptor, name: find.name, length: find.length };
    };
    const sorted = (entries: unknown[][]) =>
      entries.map(([key, value]) => [String(key), JSON.stringify(value) ?? String(value)]).toSorted();

    expect(make(true)).toEqual(make(false));
    expect(make(true).metadata.length).toBeGreaterThan(5);
  });

  it('puts the top decorator outermost', async () => {
    @Injectable()
    class Shop {
      calls = 0;

      @Fallback(() => 'from the fallback')
      @Retry({ maxAttempts: 3, delay: 1, jitter: 'none' })
      @CircuitBreaker({ failureThreshold: 2 })
      async buy(): Promise<string> {
        this.calls++;
        return failing();
      }
    }

    const { module, clock, registry } = await start({ providers: [Shop] });
    const shop = module.get(Shop);
    const bought = shop.buy();
    await clock.advance(10);
    expect(await bought).toBe('from the fallback');
    expect(shop.calls).toBe(2); // the third attempt finds the circuit open
    expect(registry.find('Shop.buy')?.state).toBe('open');
    await module.close();
  });

  it.each([
    ['above', 'live!', 0],
    ['below', 'live!', 0],
    ['between', 'live!', 0],
  ])('works with another wrapping decorator %s', async (place, answer) => {
    const Nothing = (): MethodDecorator => () => undefined;
    const at = (here: string): MethodDecorator => (here === place ? Loud() : Nothing());

    @Injectable()
    class Shop {
      @at('above')
      @Timeout('1s')
      @at('between')
      @CircuitBreaker('shop')
      @at('below')
      async buy(): Promise<string> {
        return 'live';
      }
    }

    const { module, registry } = await start({ providers: [Shop] });
    expect(await module.get(Shop).buy()).toBe(answer);
    expect(registry.find('shop')?.snapshot().totals.successes).toBe(1);
    await module.close();
  });

  it('[C32] passes the very error on', async () => {
    const thrown = Object.freeze(new Error('mine'));

    @Injectable()
    class Shop {
      @Retry({ maxAttempts: 1 })
      @CircuitBreaker()
      async buy(): Promise<void> {
        throw thrown;
      }
    }

    const { module } = await start({ providers: [Shop] });
    await expect(module.get(Shop).buy()).rejects.toBe(thrown);
    await module.close();
  });

  it('gives two limits of one method names of their own', async () => {
    @Injectable()
    class Shop {
      @Timeout('5s')
      @Retry({ maxAttempts: 2, delay: 1 })
      @Timeout('1s')
      async buy(): Promise<void> {}
    }

    const { module, registry } = await start({ providers: [Shop] });
    expect(registry.timeout('Shop.buy').options.duration).toBe(5_000);
    expect(registry.timeout('Shop.buy#2').options.duration).toBe(1_000);
    await module.close();
  });

  describe('with a fallback', () => {
    it('hands over the arguments, padded, then the error and the context', async () => {
      const heard: unknown[][] = [];

      @Injectable()
      class Shop {
        readonly city = 'Ulm';

        @Fallback('cached')
        @CircuitBreaker()
        async find(_id: number, _limit?: number): Promise<string> {
          return failing();
        }

        cached(...args: unknown[]): string {
          heard.push(args);
          return `cached in ${this.city}`;
        }
      }

      const { module } = await start({ providers: [Shop] });
      expect(await module.get(Shop).find(7)).toBe('cached in Ulm');
      const [id, limit, error, context] = heard[0] ?? [];
      expect([id, limit, (error as Error).message]).toEqual([7, undefined, 'down']);
      expect((context as CallContext).operation).toBe('Shop.find');
      expect((context as CallContext).policy).toBe('fallback');
      await module.close();
    });

    it('tries a list in turn, and tells the caller the last error with the first as its cause', async () => {
      @Injectable()
      class Shop {
        @Fallback(['second', () => failing('third')])
        async find(): Promise<string> {
          return failing('first');
        }

        second(error: Error): never {
          return failing(`second after ${error.message}`);
        }
      }

      const { module } = await start({ providers: [Shop] });
      await expect(module.get(Shop).find()).rejects.toMatchObject({ message: 'third', cause: { message: 'first' } });
      await module.close();
    });

    it('remembers the last good answer for the same arguments, and rethrows where there is none', async () => {
      @Injectable()
      class Shop {
        isDown = false;

        @Fallback(lastKnownGood({ maxAge: '1m' }))
        @CircuitBreaker()
        async find(id: number): Promise<string> {
          return this.isDown ? failing() : `item ${id}`;
        }
      }

      const { module, clock } = await start({ providers: [Shop] });
      const shop = module.get(Shop);
      expect(await shop.find(7)).toBe('item 7');
      shop.isDown = true;
      expect(await shop.find(7)).toBe('item 7');
      await expect(shop.find(8)).rejects.toThrow('down');
      await clock.advance(60_001);
      await expect(shop.find(7)).rejects.toThrow('down');
      await module.close();
    });

    it('answers only the errors it is for', async () => {
      @Injectable()
      class Shop {
        @Fallback(() => 'ranged', { on: RangeError })
        async find(error: Error): Promise<string> {
          throw error;
        }
      }

      const { module } = await start({ providers: [Shop] });
      expect(await module.get(Shop).find(new RangeError())).toBe('ranged');
      await expect(module.get(Shop).find(new TypeError('other'))).rejects.toThrow('other');
      await module.close();
    });
  });

  describe('with a call signal', () => {
    @Injectable()
    class Shop {
      signal: AbortSignal | undefined;

      @Timeout('1s')
      async find(id: number, @CallSignal() signal?: AbortSignal): Promise<number> {
        this.signal = signal;
        return id > 0 ? id : await new Promise<never>(() => undefined);
      }

      @Fallback('found')
      async search(@CallSignal() _signal?: AbortSignal): Promise<unknown> {
        return failing();
      }

      found(signal: unknown): unknown {
        return signal;
      }
    }

    it('aborts it when the call times out', async () => {
      const { module, clock } = await start({ providers: [Shop] });
      const shop = module.get(Shop);
      const found = shop.find(0);
      expect(shop.signal?.aborted).toBe(false);
      await Promise.all([expect(found).rejects.toMatchObject({ code: 'ERR_CALL_TIMEOUT' }), clock.advance(1_000)]);
      expect(shop.signal?.aborted).toBe(true);
      await module.close();
    });

    it('aborts it with the signal that the caller passed at its place, and rejects at once', async () => {
      const { module } = await start({ providers: [Shop] });
      const shop = module.get(Shop);
      const callers = new AbortController();
      const found = shop.find(0, callers.signal);
      expect(shop.signal).not.toBe(callers.signal);
      callers.abort('enough');
      await expect(found).rejects.toBe('enough');
      expect(shop.signal?.reason).toBe('enough');
      await module.close();
    });

    it('takes what is no signal for none, as a route handler gets its request there', async () => {
      const { module } = await start({ providers: [Shop] });
      expect(await module.get(Shop).find(1, { aborted: true } as never)).toBe(1);
      await module.close();
    });

    it('hands a fallback what the caller passed', async () => {
      const { module } = await start({ providers: [Shop] });
      const { signal } = new AbortController();
      expect(await module.get(Shop).search(signal)).toBe(signal);
      await module.close();
    });
  });
});
