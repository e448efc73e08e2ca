import { describe, expect, it } from '@jest/globals';
import { Injectable, Scope } from '@nestjs/common';
import {
  Bulkhead,
  CircuitBreaker,
  Fallback,
  InjectCircuitBreaker,
  RateLimit,
  Retry,
  Timeout,
  getCircuitBreakerToken,
} from 'nest-circuit-breaker';
import type { CircuitBreakerPolicy } from 'nest-circuit-breaker';
import { withOverlays } from 'nest-circuit-breaker/options';

import { refusalOf, start } from '../../fixtures/application.js';

describe('at start-up', () => {
  describe('an unknown name', () => {
    @Injectable()
    class Shop {
      @CircuitBreaker('paiments')
      async buy(): Promise<void> {}
    }

    it('is warned of, with the nearest known one', async () => {
      const { module, log } = await start({ providers: [Shop], options: { breakers: { payments: {} } } });
      expect(log.texts('warn')).toEqual([
        expect.stringMatching(
          /^Shop\.buy, @CircuitBreaker\('paiments'\): breaker "paiments" is not configured, did you mean "payments"\?/,
        ),
      ]);
      await module.close();
    });

    it('is nothing to warn of where no breaker is configured', async () => {
      const { module, log } = await start({ providers: [Shop] });
      expect(log.texts('warn')).toEqual([]);
      await module.close();
    });

    it('stops a strict start, with the fix', async () => {
      const refusal = await refusalOf({ providers: [Shop], options: { strict: true, breakers: { payments: {} } } });
      expect(refusal).toContain('Shop.buy');
      expect(refusal).toContain('did you mean "payments"');
      expect(refusal).toContain('add it under breakers of forRoot(), or correct the name');
    });

    it('is none that is configured, carries options, or is the default one', async () => {
      @Injectable()
      class Known {
        @CircuitBreaker('payments')
        async configured(): Promise<void> {}
        @CircuitBreaker('described', { failureThreshold: 3 })
        async described(): Promise<void> {}
        @CircuitBreaker('described')
        async elsewhere(): Promise<void> {}
        @CircuitBreaker()
        async bare(): Promise<void> {}
      }
      const { module } = await start({ providers: [Known], options: { strict: true, breakers: { payments: {} } } });
      await module.close();
    });

    it('that is injected is told of as well, and the default name of a decorated method is known', async () => {
      @Injectable()
      class Desk {
        @InjectCircuitBreaker('desk.paymnts') readonly property!: CircuitBreakerPolicy;

        constructor(
          @InjectCircuitBreaker('desk.payments') readonly configured: CircuitBreakerPolicy,
          @InjectCircuitBreaker('Clerk.pay') readonly bare: CircuitBreakerPolicy,
          @InjectCircuitBreaker('desk.inline') readonly inline: CircuitBreakerPolicy,
        ) {}
      }
      @Injectable()
      class Clerk {
        @CircuitBreaker()
        async pay(): Promise<void> {}
        @CircuitBreaker('desk.inline', { failureThreshold: 3 })
        async file(): Promise<void> {}
      }
      const made = {
        provide: 'made',
        inject: [getCircuitBreakerToken('desk.ledger')],
        useFactory: (ledger: unknown) => ledger,
      };
      const providers = [Desk, Clerk, made];
      const breakers = { 'desk.payments': {} };
      const fix = 'add it under breakers of forRoot(), or correct the name';
      const texts = [
        `Desk, @InjectCircuitBreaker('desk.paymnts'): breaker "desk.paymnts" is not configured, did you mean "desk.payments"?; ${fix}`,
        `made, @InjectCircuitBreaker('desk.ledger'): breaker "desk.ledger" is not configured; ${fix}`,
      ];
      const { module, log } = await start({ providers, options: { breakers } });
      expect(log.texts('warn').toSorted()).toEqual(texts);
      await module.close();
      const refusal = await refusalOf({ providers, options: { breakers, strict: true } });
      expect(refusal.split('\n').slice(1).map((line) => line.trim()).toSorted()).toEqual(texts); // prettier-ignore
    });

    it('of a limit without a default stops every start', async () => {
      @Injectable()
      class Slow {
        @Timeout('quick')
        async call(): Promise<void> {}
        @RateLimit('some')
        async burst(): Promise<void> {}
      }
      const refusal = await refusalOf({ providers: [Slow] });
      expect(refusal).toMatch(/Slow\.call.*duration/);
      expect(refusal).toMatch(/Slow\.burst.*limit/);
    });
  });

  it('[C59] one name with two different inline options stops the start, and both places are named', async () => {
    @Injectable()
    class One {
      @CircuitBreaker('payments', { failureThreshold: 3 })
      async call(): Promise<void> {}
    }
    @Injectable()
    class Two {
      @CircuitBreaker('payments', { failureThreshold: 4 })
      async call(): Promise<void> {}
      @Bulkhead('places')
      async first(): Promise<void> {}
    }
    const refusal = await refusalOf({ providers: [One, Two] });
    expect(refusal).toContain(
      "Two.call: @CircuitBreaker('payments') says other options of \"payments\" than @CircuitBreaker('payments') on One.call",
    );
    expect(refusal).toContain('in one of the two, or in forRoot()');
  });

  it('[C59] functions among inline options are the same by identity alone', async () => {
    const classify = () => 'success' as const;
    @Injectable()
    class Same {
      @CircuitBreaker('payments', { classify })
      async one(): Promise<void> {}
      @CircuitBreaker('payments', { classify })
      async two(): Promise<void> {}
    }
    @Injectable()
    class Other {
      @CircuitBreaker('payments', { classify: () => 'success' as const })
      async three(): Promise<void> {}
    }
    const { module } = await start({ providers: [Same] });
    await module.close();
    expect(await refusalOf({ providers: [Same, Other] })).toContain('Other.three');
  });

  describe('a fallback method that does not exist', () => {
    it('stops the start, with the nearest method', async () => {
      @Injectable()
      class Shop {
        @Fallback('cachedQoute')
        async quote(): Promise<void> {}
        async cachedQuote(): Promise<void> {}
      }
      expect(await refusalOf({ providers: [Shop] })).toContain(
        "Shop.quote: @Fallback('cachedQoute') names a method that Shop doesn't have, did you mean \"cachedQuote\"?",
      );
    });

    it('may be a property that the instance makes for itself', async () => {
      @Injectable()
      class Shop {
        readonly cached = async (): Promise<string> => 'cached';
        @Fallback('cached')
        async quote(): Promise<string> {
          throw new Error('down');
        }
      }
      const { module } = await start({ providers: [Shop] });
      expect(await module.get(Shop).quote()).toBe('cached');
      await module.close();
    });

    it('is only warned of where there is no instance to look at yet', async () => {
      @Injectable({ scope: Scope.REQUEST })
      class Shop {
        @Fallback('cached')
        async quote(): Promise<void> {}
      }
      const { module, log } = await start({ providers: [Shop] });
      expect(log.texts('warn')).toEqual([expect.stringContaining("names a method that Shop doesn't have")]);
      await module.close();
    });
  });

  describe('a stack that cannot work stops the start:', () => {
    it('a retry that begins after the time-out above has ended the call', async () => {
      @Injectable()
      class Shop {
        @Timeout('1s')
        @Retry({ delay: '2s', jitter: 'none' })
        async buy(): Promise<void> {}
      }
      const refusal = await refusalOf({ providers: [Shop] });
      expect(refusal).toContain('Shop.buy: @Retry waits at least 2000 ms before its second attempt');
      expect(refusal).toContain('ends the call after 1000 ms');
      expect(refusal).toContain('put @Timeout below @Retry');
    });

    it('a fallback below its breaker', async () => {
      @Injectable()
      class Shop {
        @CircuitBreaker()
        @Fallback('other')
        async buy(): Promise<void> {}
        async other(): Promise<void> {}
      }
      expect(await refusalOf({ providers: [Shop] })).toContain(
        "Shop.buy: @Fallback('other') stands below @CircuitBreaker(): it answers every failure before the breaker hears of it",
      );
    });

    it('a window that can never reach its minimum', async () => {
      @Injectable()
      class Shop {
        @RateLimit({ limit: 1, interval: '1m' })
        @CircuitBreaker({ failureRatio: 0.5, samplingDuration: '30s' })
        async buy(): Promise<void> {}
      }
      expect(await refusalOf({ providers: [Shop] })).toMatch(
        /Shop\.buy: @RateLimit lets at most 1 calls into the breaker's window of 30000 ms, and no ratio is judged on fewer than 20/,
      );
    });
  });

  it('attempts that may not fit under the time-out above are warned of', async () => {
    @Injectable()
    class Shop {
      @Timeout('2s')
      @Retry({ maxAttempts: 3 })
      @Timeout('1s')
      async buy(): Promise<void> {}
      @Timeout('5s')
      @Retry({ maxAttempts: 3 })
      @Timeout('1s')
      async sell(): Promise<void> {}
    }
    const { module, log } = await start({ providers: [Shop] });
    expect(log.texts('warn')).toEqual([
      expect.stringMatching(
        /^Shop\.buy: its 3 attempts may take 3600 ms, and the @Timeout above them ends the call after 2000 ms/,
      ),
    ]);
    await module.close();
  });

  describe('what is suspicious is warned of, with what to write instead, and stops a strict start:', () => {
    @Injectable()
    class Impatient {
      @Retry({ retryOpenCircuit: true, maxDelay: '1s' })
      @CircuitBreaker('slow-to-heal', { breakDuration: '1m' })
      async buy(): Promise<void> {}
    }
    @Injectable()
    class Unbound {
      @Retry({ budget: false, maxAttempts: 4 })
      async buy(): Promise<void> {}
    }
    @Injectable()
    class Endless {
      @Retry({ maxAttempts: 1_000 })
      @CircuitBreaker()
      async buy(): Promise<void> {}
    }
    @Injectable()
    class Hasty {
      @CircuitBreaker({ halfOpenTimeout: '500ms' })
      @Timeout('2s')
      async buy(): Promise<void> {}
    }
    @Injectable()
    class HastyKeyed {
      @CircuitBreaker('cities', { key: (city: string) => city, halfOpenTimeout: '500ms', timeout: '3s' })
      async buy(city: string): Promise<string> {
        return city;
      }
    }
    @Injectable()
    class Squeezed {
      @Timeout('2s')
      @Retry({ maxAttempts: 3 })
      @Timeout('1s')
      async buy(): Promise<void> {}
    }

    it.each([
      [
        'a retry that meets an open circuit each time',
        Impatient,
        [
          'Impatient.buy: @Retry tries again when circuit breaker "slow-to-heal" below it is open, and waits 1000 ms at most, ',
          'while the break lasts 60000 ms: every such attempt is refused. Leave out retryOpenCircuit',
        ],
      ],
      [
        'retries without a budget or a breaker',
        Unbound,
        [
          'Unbound.buy: @Retry has no budget, and no breaker stands below it: when the service is down, each call becomes 4. ',
          'Write budget: 0.2, or put @CircuitBreaker below @Retry',
        ],
      ],
      [
        'retries without end',
        Endless,
        [
          "Endless.buy: @Retry may try 1000 times. Write fewer maxAttempts, or maxElapsed: '30s', or put @Timeout above it",
        ],
      ],
      [
        'a probe that is given less time than its call',
        Hasty,
        [
          'Hasty.buy: circuit breaker "Hasty.buy" gives a probe 500 ms, and the call may take 2000 ms: a slow probe counts ',
          'as a failure though it would have succeeded. Write halfOpenTimeout: 2000, or a shorter time-out',
        ],
      ],
      [
        'the same of a breaker a key',
        HastyKeyed,
        [
          'HastyKeyed.buy: circuit breaker "cities" gives a probe 500 ms, and the call may take 3000 ms: a slow probe counts ',
          'as a failure though it would have succeeded. Write halfOpenTimeout: 3000, or a shorter time-out',
        ],
      ],
      [
        'attempts that do not fit under the time-out above',
        Squeezed,
        [
          'Squeezed.buy: its 3 attempts may take 3600 ms, and the @Timeout above them ends the call after 2000 ms: ',
          'the last ones may never run. Allow the outer time-out more, or the attempts less',
        ],
      ],
    ] as const)('%s', async (_, type, text) => {
      const { module, log } = await start({ providers: [type] });
      expect(log.texts('warn')).toEqual([text.join('')]);
      await module.close();
      const strict = { strict: true, breakers: { 'slow-to-heal': {}, cities: {} } };
      expect(await refusalOf({ providers: [type], options: strict })).toBe(`Invalid options: ${text.join('')}`);
    });

    it('and nothing else is', async () => {
      @Injectable()
      class Calm {
        @Retry({ retryOpenCircuit: true, maxDelay: '1m' })
        @CircuitBreaker({ breakDuration: '30s', halfOpenTimeout: '2s' })
        @Timeout('2s')
        async outlasts(): Promise<void> {}
        @Retry({ budget: false })
        @CircuitBreaker()
        async breaks(): Promise<void> {}
        @Retry({ maxAttempts: 1_000, maxElapsed: '1m' })
        @CircuitBreaker({ breakDuration: () => 5, timeout: '1h' })
        async ends(): Promise<void> {}
        @Retry({ maxAttempts: 1, budget: false })
        async never(): Promise<void> {}
        @Retry({ enabled: false, maxAttempts: 1_000, budget: false })
        async off(): Promise<void> {}
      }
      const { module, log } = await start({ providers: [Calm] });
      expect(log.texts('warn')).toEqual([]);
      await module.close();
    });
  });

  describe('a configured name that is only spelled otherwise in code', () => {
    @Injectable()
    class Shop {
      @CircuitBreaker('stockLevels')
      async stock(): Promise<void> {}
      @CircuitBreaker()
      async buy(): Promise<void> {}
    }
    const env = { breakers: { 'stock-levels': { timeout: '1s' }, 'shop-buy': {}, apart: {} } };
    const options = withOverlays({ breakers: { stockLevels: {} } }, [{ origin: 'environment', options: env }]);

    it('is warned of: a variable made it', async () => {
      const { module, log } = await start({ providers: [Shop], options });
      expect(log.texts('warn')).toEqual([
        'breakers.stock-levels: no method uses it, and one uses "stockLevels". Call it that; ' +
          "for variables, write breakers: { 'stockLevels': {} } in forRoot()",
        'breakers.shop-buy: no method uses it, and one uses "Shop.buy". Call it that; ' +
          "for variables, write breakers: { 'Shop.buy': {} } in forRoot()",
      ]);
      await module.close();
    });

    it('stops a strict start', async () => {
      const strict = { ...options, strict: true };
      expect(await refusalOf({ providers: [Shop], options: strict })).toContain('breakers.shop-buy: no method uses it');
    });
  });

  it('two classes of one name that share a breaker unawares are warned of', async () => {
    const make = () => {
      @Injectable()
      class Client {
        @CircuitBreaker()
        async call(): Promise<void> {}
      }
      return Client;
    };
    const { module, log } = await start({ providers: [make(), make()] });
    expect(log.texts('warn')).toEqual([expect.stringMatching(/^Client\.call: two classes have that name/)]);
    await module.close();
  });

  it('all faults are told at once, each with its class and method', async () => {
    @Injectable()
    class Shop {
      @Fallback('nowhere')
      async one(): Promise<void> {}
      @(Retry() as MethodDecorator)
      two(): string {
        return '';
      }
      @Bulkhead(-1)
      async three(): Promise<void> {}
    }
    const refusal = await refusalOf({ providers: [Shop] });
    for (const name of ['Shop.one', 'Shop.two', 'Shop.three']) expect(refusal).toContain(name);
    expect(refusal).toContain('3 faults');
  });

  it('decorators on what is no method of an instance are refused where they stand', () => {
    const decorate = (target: object, key: string, descriptor?: PropertyDescriptor) => () =>
      (CircuitBreaker('payments') as MethodDecorator)(target, key, descriptor as never);
    class Shop {
      static async buy(): Promise<void> {}
      get sale(): boolean {
        return true;
      }
    }
    const getter = Object.getOwnPropertyDescriptor(Shop.prototype, 'sale');
    expect(decorate(Shop, 'buy', Object.getOwnPropertyDescriptor(Shop, 'buy'))).toThrow(
      "@CircuitBreaker('payments') on Shop.buy: a static method has no instance to find its policies on",
    );
    expect(decorate(Shop.prototype, 'sale', getter)).toThrow('Shop.sale: only methods can be guarded');
    expect(decorate(Shop.prototype, 'property')).toThrow('Shop.property: only methods can be guarded');
  });
});
