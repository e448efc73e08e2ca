import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Inject, Injectable, Logger, Scope } from '@nestjs/common';
import { ContextIdFactory, REQUEST } from '@nestjs/core';
import { CircuitBreaker, Fallback, Timeout } from 'nest-circuit-breaker';

import { start } from '../../fixtures/application.js';

abstract class HttpClient {
  abstract readonly base: string;

  @CircuitBreaker({ failureThreshold: 2 })
  async get(path: string): Promise<string> {
    if (path === '/broken') throw new Error('broken');
    return `${this.base}${path}`;
  }

  @CircuitBreaker()
  async put(path: string): Promise<string> {
    return `${this.base}${path}`;
  }
}

@Injectable()
class PaymentsClient extends HttpClient {
  readonly base = 'payments';
}

@Injectable()
class InventoryClient extends HttpClient {
  readonly base = 'inventory';

  @Timeout('1s')
  override async put(path: string): Promise<string> {
    return `${await super.put(path)} twice`;
  }
}

class Ticker {
  constructor(readonly id: string) {}

  @CircuitBreaker('ticker')
  async tick(): Promise<string> {
    return `tick ${this.id}`;
  }
}

const successesOf = (
  registry: { find(name: string): { snapshot(): { totals: { successes: number } } } | undefined },
  name: string,
) => registry.find(name)?.snapshot().totals.successes;

describe('state belongs to the name', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('which by default is the concrete class and the method, also where it is inherited', async () => {
    const { module, registry } = await start({ providers: [PaymentsClient, InventoryClient] });
    await expect(module.get(PaymentsClient).get('/broken')).rejects.toThrow('broken');
    await expect(module.get(PaymentsClient).get('/broken')).rejects.toThrow('broken');
    expect(registry.find('PaymentsClient.get')?.state).toBe('open');
    expect(registry.find('InventoryClient.get')?.state).toBe('closed');
    expect(registry.find('HttpClient.get')).toBeUndefined();
    expect(await module.get(InventoryClient).get('/a')).toBe('inventory/a');
    await module.close();
  });

  it('and stays that of its own class for a method that is overridden and called by super', async () => {
    const { module, registry } = await start({ providers: [InventoryClient] });
    expect(await module.get(InventoryClient).put('/a')).toBe('inventory/a twice');
    expect(successesOf(registry, 'HttpClient.put')).toBe(1);
    await module.close();
  });

  it.each([
    ['REQUEST', { scope: Scope.REQUEST }],
    ['durable', { scope: Scope.REQUEST, durable: true }],
    ['TRANSIENT', { scope: Scope.TRANSIENT }],
  ])('[C57] and never to the instance of a %s provider', async (_, scope) => {
    @Injectable(scope)
    class Client {
      @CircuitBreaker('client', { failureThreshold: 2 })
      async call(): Promise<void> {
        throw new Error('down');
      }
    }

    const { module, registry } = await start({ providers: [Client] });
    const first = await module.resolve(Client, ContextIdFactory.create());
    const second = await module.resolve(Client, ContextIdFactory.create());
    expect(first).not.toBe(second);
    await expect(first.call()).rejects.toThrow('down');
    await expect(second.call()).rejects.toThrow('down');
    await expect(first.call()).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    expect(registry.summary()).toMatchObject({ total: 1, open: 1 });
    await module.close();
  });

  it.each([
    ['useValue', { useValue: new Ticker('v') }, 'tick v'],
    ['useFactory', { useFactory: () => new Ticker('f') }, 'tick f'],
    ['an asynchronous useFactory', { useFactory: async () => new Ticker('a') }, 'tick a'],
    ['useClass', { useClass: class Tocker extends Ticker { constructor() { super('c'); } } }, 'tick c'], // prettier-ignore
  ])('and reaches what %s brought along', async (_, provider, answer) => {
    const { module, registry } = await start({ providers: [{ provide: Ticker, ...provider }] });
    expect(await module.get(Ticker).tick()).toBe(answer);
    expect(successesOf(registry, 'ticker')).toBe(1);
    await module.close();
  });

  it('and what takes no properties goes straight through, with a warning; a hostile value harms nobody', async () => {
    const hostile = new Proxy({}, { getPrototypeOf: () => { throw new Error('hostile'); } }); // prettier-ignore
    const { module, log } = await start({
      providers: [
        { provide: Ticker, useValue: Object.freeze(new Ticker('frozen')) },
        { provide: 'hostile', useFactory: () => [hostile][0] },
        { provide: 'bare', useValue: Object.create(null) },
        { provide: 'nothing', useFactory: () => undefined },
      ],
    });
    expect(await module.get(Ticker).tick()).toBe('tick frozen');
    expect(log.texts('warn')).toEqual([expect.stringMatching(/^An object of Ticker takes no properties/)]);
    await module.close();
  });

  it.each([
    ['a request', Scope.REQUEST, [REQUEST]],
    ['each user', Scope.TRANSIENT, []],
  ])('and reaches what a factory makes for %s', async (_, scope, inject) => {
    const { module, registry } = await start({
      providers: [{ provide: Ticker, useFactory: () => new Ticker('r'), scope, inject }],
    });
    const ticker = await module.resolve<Ticker>(Ticker, ContextIdFactory.create());
    expect(await ticker.tick()).toBe('tick r');
    expect(successesOf(registry, 'ticker')).toBe(1);
    await module.close();
  });

  it('[C56] and to its application: two in one process share nothing', async () => {
    const first = await start({ providers: [PaymentsClient] });
    const second = await start({ providers: [PaymentsClient] });
    const [one, two] = [first.module.get(PaymentsClient), second.module.get(PaymentsClient)];
    for (let call = 0; call < 2; call++) await expect(one.get('/broken')).rejects.toThrow('broken');
    await expect(one.get('/a')).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    expect(await two.get('/a')).toBe('payments/a');
    await expect(one.get('/a')).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    expect(second.registry.summary()).toMatchObject({ open: 0 });
    await first.module.close();
    await second.module.close();
  });

  it('and a call without a container goes straight through, with one warning a class', async () => {
    class Orders {
      constructor(readonly city: string) {}

      @Fallback('never')
      @CircuitBreaker('orders')
      async place(id: number): Promise<string> {
        if (id === 0) throw new Error('no such order');
        return `${this.city} ${id}`;
      }
    }
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    expect(await new Orders('Ulm').place(1)).toBe('Ulm 1');
    expect(await new Orders('Bonn').place(2)).toBe('Bonn 2');
    await expect(new Orders('Ulm').place(0)).rejects.toThrow('no such order');
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
      "Orders was not made by Nest's container: calls of its guarded methods go straight through.",
    ]);
  });

  it('injects into request-scoped providers what other tokens they ask for', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Client {
      @Inject(REQUEST) readonly request: unknown;

      @CircuitBreaker()
      async call(): Promise<unknown> {
        return this.request;
      }
    }
    const { module } = await start({ providers: [Client] });
    const contextId = ContextIdFactory.create();
    module.registerRequestByContextId({ id: 7 }, contextId);
    expect(await (await module.resolve(Client, contextId)).call()).toEqual({ id: 7 });
    await module.close();
  });
});
