import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModuleBuilder } from '@nestjs/testing';
import { CircuitBreaker, CircuitBreakerModule, CircuitOpenError, Fallback, PolicyRegistry } from 'nest-circuit-breaker';
import type { CircuitState } from 'nest-circuit-breaker';
import { ManualClock, circuitBreakerMatchers, overrideCircuitBreaker } from 'nest-circuit-breaker/testing';

expect.extend(circuitBreakerMatchers);

@Injectable()
class Quotes {
  calls = 0;

  @CircuitBreaker('quotes')
  async get(): Promise<string> {
    this.calls++;
    return 'fresh';
  }

  @Fallback(() => 'cached')
  @CircuitBreaker('prices', { breakDuration: '5s' })
  async price(): Promise<string> {
    return 'fresh';
  }
}

const clock = new ManualClock();

const builder = (): TestingModuleBuilder =>
  Test.createTestingModule({
    imports: [CircuitBreakerModule.forRoot({ clock, logger: false, breakers: { quotes: { breakDuration: '10s' } } })],
    providers: [Quotes],
  });

async function start(overridden: TestingModuleBuilder) {
  const module = await overridden.compile();
  await module.init();
  const registry = module.get(PolicyRegistry);
  return { module, quotes: module.get(Quotes), state: registry.circuitBreaker('quotes'), registry };
}

describe('an overridden breaker', () => {
  it.each(['closed', 'open', 'half_open', 'isolated', 'disabled', 'metrics_only'] as const)(
    'begins %s',
    async (state) => {
      const { module, registry } = await start(overrideCircuitBreaker(builder(), 'quotes', { state }));
      expect(registry.circuitBreaker('quotes').state).toBe(state satisfies CircuitState);
      expect(registry.circuitBreaker('prices').state).toBe('closed');
      await module.close();
    },
  );

  it('refuses at once where it is open, for one break', async () => {
    const { module, quotes, state } = await start(overrideCircuitBreaker(builder(), 'quotes', { state: 'open' }));
    await expect(quotes.get()).rejects.toThrow(CircuitOpenError);
    expect(quotes.calls).toBe(0);
    expect(state).toHaveRefused(1);
    await clock.advance(9_999);
    await expect(quotes.get()).rejects.toThrow(CircuitOpenError);
    await clock.advance(1);
    await expect(quotes.get()).resolves.toBe('fresh');
    expect(state).toBeHalfOpen();
    await module.close();
  });

  it('stays so as long as it is told', async () => {
    const overridden = overrideCircuitBreaker(builder(), 'quotes', { state: 'isolated', for: '1m' });
    const { module, quotes } = await start(overridden);
    await clock.advance(59_999);
    await expect(quotes.get()).rejects.toThrow(CircuitOpenError);
    await clock.advance(1);
    await expect(quotes.get()).resolves.toBe('fresh');
    await module.close();
  });

  it('lets probes pass where it is half-open, and closes after them', async () => {
    const { module, quotes, state } = await start(overrideCircuitBreaker(builder(), 'quotes', { state: 'half_open' }));
    await quotes.get();
    expect(state).toBeHalfOpen();
    await quotes.get();
    expect(state).toBeClosed();
    await module.close();
  });

  it('may be one of several, and the last word holds', async () => {
    const several = builder();
    overrideCircuitBreaker(several, 'quotes', { state: 'isolated' });
    overrideCircuitBreaker(several, 'prices', { state: 'open' });
    overrideCircuitBreaker(several, 'quotes', { state: 'open' });
    const { module, quotes, state } = await start(several);
    expect(state).toBeOpen();
    await expect(quotes.price()).resolves.toBe('cached');
    await module.close();
  });

  it('stands so before anybody is made that could call', async () => {
    let early: unknown;
    const warmed = Test.createTestingModule({
      imports: [CircuitBreakerModule.forRoot({ logger: false })],
      providers: [
        {
          provide: 'warmth',
          inject: [PolicyRegistry],
          useFactory: (registry: PolicyRegistry) =>
            registry
              .circuitBreaker('quotes')
              .execute(() => 'warm')
              .catch((error: unknown) => (early = error)),
        },
      ],
    });
    const module = await overrideCircuitBreaker(warmed, 'quotes', { state: 'open' }).compile();
    expect(early).toBeInstanceOf(CircuitOpenError);
    await module.close();
  });
});
