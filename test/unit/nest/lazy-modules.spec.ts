import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import {
  CircuitBreaker,
  CircuitBreakerModule,
  CircuitBreakerPolicy,
  Fallback,
  InjectCircuitBreaker,
  OnCircuitEvent,
} from 'nest-circuit-breaker';

import { start } from '../../fixtures/application.js';
import type { Parts, Started } from '../../fixtures/application.js';

class Ticker {
  constructor(readonly id: string) {}

  @CircuitBreaker('ticker')
  async tick(): Promise<string> {
    return `tick ${this.id}`;
  }
}

@Injectable()
class Desk {
  constructor(@InjectCircuitBreaker('lazy.desk') readonly breaker: CircuitBreakerPolicy) {}
}

@Module({ providers: [Desk] })
class DeskModule {}

async function startLazily(parts: Parts = {}): Promise<Started & { readonly loader: LazyModuleLoader }> {
  const started = await start(parts);
  return { ...started, loader: started.module.get(LazyModuleLoader) };
}

describe('a module that is loaded lazily', () => {
  it.each([
    ['a class', { useClass: class Tocker extends Ticker { constructor() { super('c'); } } }, 'tick c'], // prettier-ignore
    ['useValue', { useValue: new Ticker('v') }, 'tick v'],
    ['useFactory', { useFactory: () => new Ticker('f') }, 'tick f'],
    ['an asynchronous useFactory', { useFactory: async () => new Ticker('a') }, 'tick a'],
  ])('has the methods of %s guarded', async (_, provider, answer) => {
    @Module({ providers: [{ provide: Ticker, ...provider }] })
    class Lazy {}
    const { module, loader, registry } = await startLazily();
    const lazy = await loader.load(() => Lazy);
    expect(await lazy.get(Ticker, { strict: false }).tick()).toBe(answer);
    expect(registry.find('ticker')?.snapshot().totals.successes).toBe(1);
    await module.close();
  });

  it('has what the modules that it imports brought along guarded, too', async () => {
    @Module({ providers: [{ provide: Ticker, useValue: new Ticker('i') }], exports: [Ticker] })
    class Inner {}
    @Module({ imports: [Inner] })
    class Outer {}
    const { module, loader, registry } = await startLazily();
    const lazy = await loader.load(async () => Outer);
    expect(await lazy.get(Ticker, { strict: false }).tick()).toBe('tick i');
    expect(registry.find('ticker')?.snapshot().totals.successes).toBe(1);
    await module.close();
  });

  it('is not looked at before it is complete, whatever is loaded meanwhile', async () => {
    let make = (_ticker: Ticker): void => undefined;
    const made = new Promise<Ticker>((resolve) => (make = resolve));
    @Module({ providers: [{ provide: Ticker, useFactory: () => made }] })
    class Slow {}
    @Module({})
    class Quick {}
    const { module, loader, registry } = await startLazily();
    const slow = loader.load(() => Slow);
    await loader.load(() => Quick);
    make(new Ticker('s'));
    expect(await (await slow).get(Ticker).tick()).toBe('tick s');
    expect(registry.find('ticker')?.snapshot().totals.successes).toBe(1);
    await module.close();
  });

  it('is held to the checks of the start, and rejects each time that it is loaded', async () => {
    @Injectable()
    class Broken {
      @Fallback('anser' as never)
      @CircuitBreaker({ failureThreshold: -1 })
      async call(): Promise<void> {}

      answer(): void {}
    }
    @Module({ providers: [Broken] })
    class Lazy {}
    @Module({})
    class Fine {}
    const { module, loader } = await startLazily();
    for (const _ of ['first', 'second']) {
      const failed = await loader.load(() => Lazy).catch((error: unknown) => error as Error);
      expect((failed as Error).message).toContain('failureThreshold: expected a positive whole number');
      expect((failed as Error).message).toContain('did you mean "answer"');
    }
    await loader.load(() => Fine);
    await module.close();
  });

  it('is warned of, once, and by a strict application refused', async () => {
    @Module({ providers: [{ provide: Ticker, useValue: new Ticker('w') }] })
    class Lazy {}
    const options = { breakers: { tickers: {} } };
    const text =
      `Ticker.tick, @CircuitBreaker('ticker'): breaker "ticker" is not configured, did you mean "tickers"?; ` +
      'add it under breakers of forRoot(), or correct the name';
    const lax = await startLazily({ options });
    await lax.loader.load(() => Lazy);
    await lax.loader.load(() => Lazy);
    expect(lax.log.texts('warn')).toEqual([text]);
    await lax.module.close();
    const strict = await startLazily({ options: { ...options, strict: true } });
    await expect(strict.loader.load(() => Lazy)).rejects.toThrow(text);
    await strict.module.close();
  });

  it('shows the breakers that it configures, and the application’s, before their first call', async () => {
    @Module({ imports: [CircuitBreakerModule.forFeature({ breakers: { feature: { failureThreshold: 3 } } })] })
    class Lazy {}
    const { module, loader, registry } = await startLazily();
    await loader.load(() => Lazy);
    expect(registry.circuitBreakers().map(({ name }) => name)).toEqual(['feature']);
    await module.close();
  });

  it('has its listeners connected', async () => {
    @Injectable()
    class Ear {
      heard: string[] = [];

      @OnCircuitEvent('isolated')
      hear({ name }: { readonly name: string }): void {
        this.heard.push(name);
      }
    }
    @Module({ providers: [Ear] })
    class Lazy {}
    const { module, loader, registry } = await startLazily();
    const lazy = await loader.load(() => Lazy);
    await loader.load(() => Lazy);
    registry.circuitBreaker('payments').isolate({ reason: 'test' });
    expect(lazy.get(Ear).heard).toEqual(['payments']);
    await module.close();
  });

  it('keeps its breakers while another one is loaded', async () => {
    let make = (): void => undefined;
    const made = new Promise<void>((resolve) => (make = resolve));
    @Module({ providers: [Desk, { provide: 'slow', useFactory: () => made }] })
    class Slow {}
    @Module({})
    class Quick {}
    const { module, loader, registry } = await startLazily();
    const slow = loader.load(() => Slow);
    await loader.load(() => Quick);
    make();
    expect((await slow).get(Desk).breaker).toBe(registry.find('lazy.desk'));
    await module.close();
  });

  it.each([
    ['has', DeskModule],
    [
      'and configures them has',
      (() => {
        @Module({
          imports: [CircuitBreakerModule.forFeature({ breakers: { 'lazy.desk': { failureThreshold: 7 } } })],
          providers: [Desk],
        })
        class Lazy {}
        return Lazy;
      })(),
    ],
  ])('%s the breakers injected that the registry knows, and no others are made', async (_, type) => {
    const { module, loader, registry } = await startLazily();
    expect(registry.circuitBreakers()).toEqual([]);
    const lazy = await loader.load(() => type);
    const { breaker } = lazy.get(Desk);
    expect(breaker).toBeInstanceOf(CircuitBreakerPolicy);
    expect(registry.circuitBreakers()).toEqual([breaker]);
    expect(breaker.options.failureThreshold).toBe(type === DeskModule ? 5 : 7);
    await module.close();
  });
});
