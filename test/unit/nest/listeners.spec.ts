import { describe, expect, it } from '@jest/globals';
import { Injectable, Scope } from '@nestjs/common';
import { OnCircuitEvent, policyEvents } from 'nest-circuit-breaker';
import type { PolicyEvent, PolicyEventOf } from 'nest-circuit-breaker';

import { refusalOf, start } from '../../fixtures/application.js';

describe('a listener method', () => {
  it('hears events of its type, of one breaker or of all', async () => {
    @Injectable()
    class Pager {
      readonly heard: string[] = [];

      @OnCircuitEvent('isolated')
      every({ type, name }: PolicyEventOf<'isolated'>): void {
        this.heard.push(`every ${type} ${name}`);
      }
      @OnCircuitEvent('isolated', 'payments')
      one({ name }: PolicyEventOf<'isolated'>): void {
        this.heard.push(`one ${name}`);
      }
      @OnCircuitEvent('closed')
      @OnCircuitEvent('isolated', 'quotes')
      two({ type, name }: PolicyEvent): void {
        this.heard.push(`two ${type} ${name}`);
      }
      @OnCircuitEvent()
      all({ type }: PolicyEvent): void {
        this.heard.push(`all ${type}`);
      }
    }

    const { module, registry } = await start({ providers: [Pager] });
    const { heard } = module.get(Pager);
    registry.circuitBreaker('payments').isolate({ reason: 'test' });
    expect(heard.splice(0).toSorted()).toEqual(['all isolated', 'every isolated payments', 'one payments']);
    registry.circuitBreaker('quotes').isolate({ reason: 'test' });
    registry.circuitBreaker('quotes').close();
    expect(heard.splice(0)).toContain('two isolated quotes');
    await module.close();
    registry.circuitBreaker('payments').close();
    expect(heard).toEqual([]);
  });

  it('is inherited, and its overridden form is called once', async () => {
    class Base {
      readonly heard: string[] = [];
      @OnCircuitEvent('isolated')
      hear(): void {
        this.heard.push('base');
      }
    }
    @Injectable()
    class Inheriting extends Base {}
    @Injectable()
    class Overriding extends Base {
      @OnCircuitEvent('isolated')
      override hear(): void {
        this.heard.push('own');
      }
    }
    const { module, registry } = await start({ providers: [Inheriting, Overriding] });
    registry.circuitBreaker('payments').isolate({ reason: 'test' });
    expect(module.get(Inheriting).heard).toEqual(['base']);
    expect(module.get(Overriding).heard).toEqual(['own']);
    await module.close();
  });

  it('[C40] that throws or rejects is logged and harms nobody', async () => {
    @Injectable()
    class Pager {
      @OnCircuitEvent('isolated')
      throwing(): void {
        throw new Error('thrown by a listener');
      }
      @OnCircuitEvent('isolated')
      async rejecting(): Promise<void> {
        throw new Error('rejected by a listener');
      }
    }
    const { module, registry, log, clock } = await start({ providers: [Pager] });
    registry.circuitBreaker('payments').isolate({ reason: 'test' });
    await clock.advance(0);
    expect(registry.circuitBreaker('payments').state).toBe('isolated');
    expect(log.texts('error')).toEqual([
      expect.stringContaining('thrown by a listener'),
      expect.stringContaining('rejected by a listener'),
    ]);
    await module.close();
  });

  it('on a provider made for each request stops the start', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Pager {
      @OnCircuitEvent('opened')
      hear(): void {}
    }
    expect(await refusalOf({ providers: [Pager] })).toMatch(
      /Pager\.hear: @OnCircuitEvent .* Put the listener on a provider of the default scope/,
    );
  });
});

describe('policyEvents', () => {
  it('is a stream of all events, from the moment of subscribing to that of leaving', async () => {
    const { module, registry } = await start({});
    const heard: string[] = [];
    const payments = registry.circuitBreaker('payments');
    payments.isolate({ reason: 'before' });
    const subscription = policyEvents(registry).subscribe(({ type, name }) => heard.push(`${type} ${name}`));
    payments.close();
    subscription.unsubscribe();
    payments.isolate({ reason: 'after' });
    expect(heard).toEqual(['closed payments']);
    await module.close();
  });
});
