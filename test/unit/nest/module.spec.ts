import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Module } from '@nestjs/common';
import { APP_FILTER, LazyModuleLoader } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  CLOCK,
  CircuitBreaker,
  CircuitBreakerModule,
  CircuitBreakerPolicy,
  InjectCircuitBreaker,
  InjectPolicyRegistry,
  PolicyRegistry,
  getCircuitBreakerToken,
} from 'nest-circuit-breaker';
import type { CircuitBreakerAsyncOptions, CircuitBreakerOptionsFactory } from 'nest-circuit-breaker';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { refusalOf, start } from '../../fixtures/application.js';

@Injectable()
class Shop {
  @CircuitBreaker('payments')
  async buy(): Promise<string> {
    return 'bought';
  }
}

const CONFIGURED: CircuitBreakerAsyncOptions = { logger: false, breakers: { payments: { failureThreshold: 7 } } };

@Injectable()
class Settings {
  readonly threshold = 7;
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Injectable()
class OptionsFactory implements CircuitBreakerOptionsFactory {
  async createCircuitBreakerOptions(): Promise<CircuitBreakerAsyncOptions> {
    return CONFIGURED;
  }
}

@Module({ providers: [OptionsFactory], exports: [OptionsFactory] })
class OptionsModule {}

describe('the module', () => {
  it('works without options, and breakers appear on first use', async () => {
    const module = await Test.createTestingModule({ imports: [CircuitBreakerModule.forRoot()] }).compile();
    await module.init();
    const registry = module.get(PolicyRegistry);
    expect(registry.snapshot()).toEqual([]);
    expect(registry.circuitBreaker('payments').state).toBe('closed');
    expect(registry.summary().total).toBe(1);
    await module.close();
  });

  it.each([
    [
      'a factory',
      CircuitBreakerModule.forRootAsync({
        imports: [SettingsModule],
        inject: [Settings],
        useFactory: async ({ threshold }: Settings) => ({
          ...CONFIGURED,
          breakers: { payments: { failureThreshold: threshold } },
        }),
      }),
    ],
    ['a class', CircuitBreakerModule.forRootAsync({ useClass: OptionsFactory })],
    [
      'an existing provider',
      CircuitBreakerModule.forRootAsync({ imports: [OptionsModule], useExisting: OptionsFactory }),
    ],
  ])('takes its options from %s', async (_, root) => {
    const module = await Test.createTestingModule({ imports: [root], providers: [Shop] }).compile();
    await module.init();
    expect(await module.get(Shop).buy()).toBe('bought');
    expect(module.get(PolicyRegistry).find('payments')?.snapshot().options).toMatchObject({ failureThreshold: 7 });
    await module.close();
  });

  it('shows configured breakers before their first call', async () => {
    const { module, registry } = await start({ options: { breakers: { inventory: {} } } });
    expect(registry.snapshot().map(({ name }) => name)).toEqual(['inventory']);
    await module.close();
  });

  it('refuses wrong options with path, value and fix, all of them at once', async () => {
    const options = { breakers: { payments: { failureRatio: 50, failureTreshold: 3 } } } as never;
    const refusal = await refusalOf({ options });
    expect(refusal).toContain('breakers.payments.failureRatio');
    expect(refusal).toContain('Did you mean 0.5?');
    expect(refusal).toContain('did you mean "failureThreshold"?');
  });

  it('passes every call through when it is switched off', async () => {
    const { module, registry } = await start({ options: { enabled: false }, providers: [Shop] });
    registry.circuitBreaker('payments').isolate({ reason: 'test' });
    expect(await module.get(Shop).buy()).toBe('bought');
    await module.close();
  });

  it.each(['forRoot({ clock })', 'overrideProvider(CLOCK)'])('takes its clock from %s', async (way) => {
    const clock = new ManualClock();
    const root = CircuitBreakerModule.forRoot(way.startsWith('forRoot') ? { clock, logger: false } : { logger: false });
    const builder = Test.createTestingModule({ imports: [root] });
    if (way.startsWith('override')) builder.overrideProvider(CLOCK).useValue(clock);
    const module = await builder.compile();
    await module.init();
    expect(module.get(PolicyRegistry).scope.clock).toBe(clock);
    await module.close();
  });

  it('is global, unless told otherwise', async () => {
    @Module({ providers: [Shop], exports: [Shop] })
    class Feature {}
    const compile = (isGlobal: boolean) =>
      Test.createTestingModule({
        imports: [CircuitBreakerModule.forRoot({ isGlobal, logger: false }), Feature],
      }).compile();
    await expect(compile(false)).rejects.toThrow('CircuitBreakerModule.forRoot() is missing');
    const module = await compile(true);
    expect(await module.get(Shop, { strict: false }).buy()).toBe('bought');
  });

  it('[C56] may be there twice, each for the modules that import it, without sharing anything', async () => {
    const part = () => {
      const local = CircuitBreakerModule.forRoot({ isGlobal: false, logger: false });
      @Module({ imports: [local], providers: [Shop] })
      class Part {
        constructor(
          @Inject(Shop) readonly shop: Shop,
          @Inject(PolicyRegistry) readonly registry: PolicyRegistry,
        ) {}
      }
      return Part;
    };
    const [One, Two] = [part(), part()];
    const module = await Test.createTestingModule({ imports: [One, Two] }).compile();
    await module.init();
    const [one, two] = [module.get(One), module.get(Two)];
    await one.shop.buy();
    expect(one.registry).not.toBe(two.registry);
    expect([one, two].map(({ registry }) => registry.find('payments')?.snapshot().totals.calls)).toEqual([1, 0]);
    await module.close();
  });

  it('warns where it is imported twice for all', async () => {
    const { module, log } = await start({ imports: [CircuitBreakerModule.forRoot({ logger: false })] });
    expect(log.texts('warn')).toEqual([expect.stringContaining('forRoot() is imported 2 times')]);
    await module.close();
  });

  it('registers its filter, unless told otherwise', async () => {
    const filtersOf = (module: { providers?: unknown[] }) =>
      (module.providers ?? []).filter((provider) => (provider as { provide?: unknown }).provide === APP_FILTER).length;
    expect(filtersOf(CircuitBreakerModule.forRoot())).toBe(1);
    expect(filtersOf(CircuitBreakerModule.forRoot({ filter: false }))).toBe(0);
    expect(filtersOf(CircuitBreakerModule.forRootAsync({ useClass: OptionsFactory }))).toBe(1);
    expect(filtersOf(CircuitBreakerModule.forRootAsync({ useClass: OptionsFactory, filter: false }))).toBe(0);
  });

  it('refuses, in what a factory answers with, options that would come too late', async () => {
    const root = CircuitBreakerModule.forRootAsync({ useFactory: () => ({ filter: false, isGlobal: true }) as never });
    await expect(Test.createTestingModule({ imports: [root] }).compile()).rejects.toThrow(
      /filter: stands beside useFactory[\s\S]*isGlobal: stands beside/,
    );
  });

  it('is missed by name where a decorated class has no forRoot()', async () => {
    await expect(Test.createTestingModule({ providers: [Shop] }).compile()).rejects.toThrow(
      'CircuitBreakerModule.forRoot() is missing: import it in the root module',
    );
  });

  describe('for a feature', () => {
    it('adds named policies', async () => {
      const feature = CircuitBreakerModule.forFeature({ breakers: { payments: { failureThreshold: 2 } } });
      const { module, registry } = await start({ imports: [feature], providers: [Shop] });
      expect(registry.find('payments')?.options.failureThreshold).toBe(2);
      await module.close();
    });

    it('tells faults of all features, and of the methods, at once', async () => {
      @Injectable()
      class Broken {
        @CircuitBreaker({ minimumThroughput: 0 })
        async call(): Promise<void> {}
      }
      const refusal = await refusalOf({
        imports: [
          CircuitBreakerModule.forFeature({ breakers: { a: { failureThreshold: -1 } } }),
          CircuitBreakerModule.forFeature({ breakers: { b: { failureThreshold: -2 } } }),
        ],
        providers: [Broken],
      });
      expect(refusal).toContain('breakers.a.failureThreshold');
      expect(refusal).toContain('breakers.b.failureThreshold');
      expect(refusal).toContain('Broken.call');
    });

    it('that is loaded lazily works as well, and throws its faults', async () => {
      @Module({
        imports: [CircuitBreakerModule.forFeature({ breakers: { payments: { failureThreshold: 3 } } })],
        providers: [Shop],
      })
      class Lazy {}
      @Module({ imports: [CircuitBreakerModule.forFeature({ breakers: { lazy: { failureThreshold: -1 } } })] })
      class Faulty {}

      const { module, registry } = await start({});
      const loader = module.get(LazyModuleLoader);
      const lazy = await loader.load(() => Lazy);
      expect(await lazy.get(Shop).buy()).toBe('bought');
      expect(registry.find('payments')?.options.failureThreshold).toBe(3);
      await expect(loader.load(() => Faulty)).rejects.toThrow('breakers.lazy.failureThreshold');
      await module.close();
    });
  });

  describe('injects', () => {
    @Injectable()
    class Desk {
      @InjectCircuitBreaker('desk.property') readonly property!: CircuitBreakerPolicy;

      constructor(
        @InjectCircuitBreaker('desk.parameter') readonly parameter: CircuitBreakerPolicy,
        @InjectPolicyRegistry() readonly registry: PolicyRegistry,
        readonly same: PolicyRegistry,
      ) {}
    }

    it('breakers by name and the registry', async () => {
      const { module, registry } = await start({ providers: [Desk] });
      const desk = module.get(Desk);
      expect(desk.property).toBe(registry.circuitBreaker('desk.property'));
      expect(desk.parameter).toBe(registry.circuitBreaker('desk.parameter'));
      expect(desk.registry).toBe(registry);
      expect(desk.same).toBe(registry);
      await module.close();
    });

    it('what a test puts in their place', async () => {
      const stub = { name: 'stub' };
      const module = await Test.createTestingModule({ imports: [CircuitBreakerModule.forRoot()], providers: [Desk] })
        .overrideProvider(getCircuitBreakerToken('desk.parameter'))
        .useValue(stub)
        .compile();
      expect(module.get(Desk).parameter).toBe(stub);
      expect(module.get(getCircuitBreakerToken('desk.property'))).toBeInstanceOf(CircuitBreakerPolicy);
      await module.close();
    });

    it('breakers that only decorators name, where a test asks the container', async () => {
      const { module, registry } = await start({ providers: [Shop] });
      await module.get(Shop).buy();
      expect(module.get(getCircuitBreakerToken('payments'))).toBe(registry.find('payments'));
      await module.close();
    });

    it('without the module, by a token that stands for the name', async () => {
      const stub = { name: 'stub' };
      const module = await Test.createTestingModule({
        providers: [
          Desk,
          { provide: getCircuitBreakerToken('desk.parameter'), useValue: stub },
          { provide: getCircuitBreakerToken('desk.property'), useValue: stub },
          { provide: PolicyRegistry, useValue: {} },
        ],
      }).compile();
      expect(module.get(Desk).parameter).toBe(stub);
    });
  });
});
