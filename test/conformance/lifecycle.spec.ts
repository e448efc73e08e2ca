import { describe, expect, it } from '@jest/globals';
import { Injectable, Scope } from '@nestjs/common';
import { ContextIdFactory } from '@nestjs/core';
import { Bulkhead, CallSignal, CircuitBreaker, Retry, compose, isCircuitOpenError } from 'nest-circuit-breaker';
import type { PolicyRegistry } from 'nest-circuit-breaker';
import { createRegistry } from 'nest-circuit-breaker/options';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { refusalOf, start } from '../fixtures/application.js';
import { ServiceError, fail, hang, makeBreaker, settledOf, succeed, times, turn } from '../fixtures/breaker.js';
import { Kit } from '../fixtures/policies.js';
import { runScript } from '../fixtures/process/run-script.js';

describe('the process', () => {
  it('[C54] ends when there is nothing left to do: no policy keeps a timer that holds it', async () => {
    const began = performance.now();
    const { code, said, errors } = await runScript(`
      import { compose } from 'nest-circuit-breaker/engine';
      import { bulkhead, createRegistry, hedge, rateLimiter, timeout } from 'nest-circuit-breaker/options';
      const registry = createRegistry({
        breakers: { payments: { failureThreshold: 1, timeout: '1h', breakDuration: '1h', halfOpenTimeout: '1h' } },
      });
      const breaker = registry.circuitBreaker('payments');
      const guard = compose(
        hedge({ delay: '1h' }), rateLimiter({ limit: 10, interval: '1h' }), bulkhead(10), timeout('1h'), breaker,
      );
      await guard.execute(async () => 1);
      await breaker.execute(async () => { throw new Error('down'); }).catch(() => {});
      breaker.isolate({ for: '1h' });
      registry.circuitBreaker('asked', { initialState: 'open', breakDuration: '1h', probe: async () => {} });
      void guard.execute(() => new Promise(() => {})).catch(() => {});
      say(breaker.state);
    `);
    expect(errors).toBe('');
    expect([code, said]).toEqual([0, ['isolated']]);
    expect(performance.now() - began).toBeLessThan(60_000);
  }, 90_000);

  it('[C54] waits for a call that is being tried again: its caller does', async () => {
    const { code, said, errors } = await runScript(`
      import { retry } from 'nest-circuit-breaker/options';
      let attempts = 0;
      const answer = retry({ delay: '50ms', jitter: 'none' }).execute(async () => {
        if (++attempts < 3) throw new Error('down');
        return attempts;
      });
      say(await answer);
    `);
    expect([code, said, errors]).toEqual([0, [3], '']);
  }, 90_000);

  it('[C56] may hold two copies of the package, which share nothing and know each other by codes', async () => {
    const { code, said, errors } = await runScript(`
      import { pathToFileURL } from 'node:url';
      import { createRegistry as one } from 'nest-circuit-breaker/options';
      import * as here from 'nest-circuit-breaker/engine';
      const { cpSync, mkdtempSync, rmSync, symlinkSync } = await import('node:fs');
      const { join } = await import('node:path');
      const copy = mkdtempSync(join(process.cwd(), 'node_modules/.copy-'));
      try {
        cpSync('lib', join(copy, 'lib'), { recursive: true });
        const load = (path) => import(pathToFileURL(join(copy, 'lib', path, 'index.ts')).href);
        const { createRegistry: other } = await load('options');
        const there = await load('engine');
        const [a, b] = [one(), other()].map((registry) => registry.circuitBreaker('payments', { failureThreshold: 1 }));
        const down = async () => { throw new Error('down'); };
        await a.execute(down).catch(() => {});
        say([a.state, b.state, here.CircuitBreakerPolicy === there.CircuitBreakerPolicy]);
        const refusal = await a.execute(down).catch((error) => error);
        say([there.isCircuitOpenError(refusal), refusal instanceof there.CircuitOpenError]);
        await b.execute(async () => { throw refusal; }).catch(() => {});
        say([b.state, b.snapshot().totals.ignored]);
      } finally {
        rmSync(copy, { recursive: true, force: true });
      }
    `);
    expect(errors).toBe('');
    expect(code).toBe(0);
    expect(said).toEqual([
      ['open', 'closed', false],
      [true, false],
      ['closed', 1],
    ]);
  }, 90_000);
});

describe('shutdown', () => {
  it('[C55] ends what waits, gives calls under way their time, then aborts them, once', async () => {
    const kit = new Kit();
    const bulkhead = kit.bulkhead({ maxConcurrent: 1, maxQueue: 5 });
    const first = hang(bulkhead);
    const queued = hang(bulkhead);
    const waiting = settledOf(
      kit.retry({ delay: 60_000, maxDelay: 60_000 }).execute(() => Promise.reject(new ServiceError('down'))),
    );
    let signal: AbortSignal | undefined;
    let aborts = 0;
    const heeding = settledOf(
      kit.breaker().execute((context) => {
        ({ signal } = context);
        return new Promise((_, reject) =>
          context.signal.addEventListener('abort', () => (aborts++, reject(context.signal.reason as Error))),
        );
      }),
    );
    await turn();
    const drained = kit.registry.drain(10_000);
    await turn();
    expect(queued.settled).toMatchObject({ ok: false, error: { code: 'ERR_SHUTTING_DOWN', statusCode: 503 } });
    expect(await waiting).toMatchObject({
      ok: false,
      error: { code: 'ERR_SHUTTING_DOWN', cause: { message: 'down' } },
    });
    expect(await succeed(kit.breaker())).toMatchObject({ ok: true }); // calls that begin meanwhile still run
    await kit.clock.advance(9_999);
    expect([first.settled, signal?.aborted]).toEqual([undefined, false]);
    await kit.clock.advance(1);
    await drained;
    expect(await heeding).toMatchObject({ ok: false, error: { code: 'ERR_SHUTTING_DOWN' } });
    expect(aborts).toBe(1);
    await kit.registry.drain(10_000);
    expect(aborts).toBe(1);
    expect(kit.breaker().snapshot().totals).toMatchObject({ failures: 0, ignored: 1 }); // the service isn't to blame
    await first.succeed();
    expect([first.settled, kit.clock.pending]).toEqual([{ ok: true, value: 'fine' }, 0]);
  });

  it('[C55] is over as soon as the last call is', async () => {
    const kit = new Kit();
    const call = hang(kit.breaker());
    let isOver = false;
    void kit.registry.drain(10_000).then(() => (isOver = true));
    await turn();
    expect(isOver).toBe(false);
    await call.succeed();
    await turn();
    expect(isOver).toBe(true);
    expect(kit.clock.pending).toBe(0);
  });

  it('[C55] what would wait begins no wait any more', async () => {
    const kit = new Kit();
    const bulkhead = kit.bulkhead({ maxConcurrent: 1, maxQueue: 5 });
    const first = hang(bulkhead);
    void kit.registry.drain(10_000);
    expect(await hang(bulkhead).answer).toMatchObject({ ok: false, error: { code: 'ERR_SHUTTING_DOWN' } });
    let attempts = 0;
    const retried = settledOf(kit.retry().execute(() => (attempts++, Promise.reject(new ServiceError('down')))));
    expect(await retried).toMatchObject({
      ok: false,
      error: { code: 'ERR_SHUTTING_DOWN', cause: { message: 'down' } },
    });
    expect(attempts).toBe(1);
    await first.succeed();
  });

  it('[C55] of a Nest application does the same', async () => {
    @Injectable()
    class Shop {
      signal: AbortSignal | undefined;

      @Retry({ delay: '1m', maxDelay: '1m', jitter: 'none' })
      @CircuitBreaker('shop', { failureThreshold: 9 })
      async retried(): Promise<void> {
        throw new ServiceError('down');
      }

      @Bulkhead(1)
      async slow(@CallSignal() signal?: AbortSignal): Promise<never> {
        this.signal = signal;
        return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
      }
    }
    const { module, clock } = await start({ providers: [Shop], options: { drain: '2s' } });
    const shop = module.get(Shop);
    const [retried, slow] = [settledOf(shop.retried()), settledOf(shop.slow())];
    await turn();
    const closed = module.close();
    expect(await retried).toMatchObject({ ok: false, error: { code: 'ERR_SHUTTING_DOWN' } });
    while (clock.pending === 0) await new Promise(setImmediate);
    await clock.advance(1_999);
    expect(shop.signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(await slow).toMatchObject({ ok: false, error: { code: 'ERR_SHUTTING_DOWN' } });
    await closed;
  });
});

@Injectable()
class Payments {
  @CircuitBreaker('payments', { failureThreshold: 2 })
  async pay(amount: number): Promise<number> {
    if (amount === 0) throw new ServiceError('down');
    return amount;
  }
}

const drive = async (registry: PolicyRegistry, name: string): Promise<void> => {
  await times(5, () => fail(registry.circuitBreaker(name)));
};

describe('names', () => {
  it('[C56] belong to their application: two in one process share no state', async () => {
    const [one, two] = [await start({ providers: [Payments] }), await start({ providers: [Payments] })];
    await times(2, () => settledOf(one.module.get(Payments).pay(0)));
    expect(await settledOf(one.module.get(Payments).pay(1))).toMatchObject({ ok: false });
    expect(await settledOf(two.module.get(Payments).pay(1))).toEqual({ ok: true, value: 1 });
    expect([one, two].map(({ registry }) => registry.find('payments')?.state)).toEqual(['open', 'closed']);
    await one.module.close();
    expect(await two.module.get(Payments).pay(2)).toBe(2); // a neighbour's end is not its own
    await two.module.close();
  });

  it('[C56] belong to their registry: two of them share no state, no listener, no switch', async () => {
    const clock = new ManualClock();
    const [one, two] = [createRegistry({}, { clock }), createRegistry({}, { clock })];
    const heard: string[] = [];
    two.on('*', ({ type }) => void heard.push(type));
    await drive(one, 'payments');
    one.enabled = false;
    expect([two.circuitBreaker('payments').state, two.enabled, heard]).toEqual(['closed', true, []]);
  });

  it.each([
    ['a request', { scope: Scope.REQUEST }],
    ['each who asks', { scope: Scope.TRANSIENT }],
  ])('[C57] share their state between the instances of a provider for %s', async (_whom, scope) => {
    @Injectable(scope)
    class Client {
      @CircuitBreaker('client', { failureThreshold: 2 })
      async call(ok: boolean): Promise<Client> {
        if (!ok) throw new ServiceError('down');
        return this;
      }
    }
    const { module } = await start({ providers: [Client] });
    const instances: Client[] = [];
    for (let i = 0; i < 4; i++) instances.push(await module.resolve(Client, ContextIdFactory.create()));
    expect(new Set(instances).size).toBe(4);
    expect(await instances[0]?.call(true)).toBe(instances[0]);
    await settledOf(instances[1]?.call(false) as Promise<unknown>);
    await settledOf(instances[2]?.call(false) as Promise<unknown>);
    const settled = await settledOf(instances[3]?.call(true) as Promise<unknown>);
    expect(isCircuitOpenError(settled.ok ? undefined : settled.error)).toBe(true);
    await module.close();
  });

  it('[C58] of keys are capped, and an open one is never evicted', async () => {
    @Injectable()
    class Tenants {
      @CircuitBreaker('tenants', { key: (id: string) => id, failureThreshold: 1, maxKeys: 5 })
      async call(_id: string, ok: boolean): Promise<string> {
        if (!ok) throw new ServiceError('down');
        return 'fine';
      }
    }
    const { module, registry } = await start({ providers: [Tenants] });
    const tenants = module.get(Tenants);
    await settledOf(tenants.call('bad', false));
    for (let i = 0; i < 1_000; i++) await tenants.call(`good-${i}`, true);
    const names = registry.snapshot().map(({ name }) => name);
    expect(names.length).toBeLessThanOrEqual(5);
    expect(names).toContain('tenants:bad');
    expect(await settledOf(tenants.call('bad', true))).toMatchObject({ ok: false, error: { breaker: 'tenants:bad' } });
    for (let i = 0; i < 10; i++) await settledOf(tenants.call(`bad-${i}`, false));
    const open = registry.snapshot().filter(({ state }) => state === 'open');
    expect(open.map(({ name }) => name)).toEqual(expect.arrayContaining(['tenants:bad', 'tenants:bad-0']));
    // all are open: new keys share one breaker, and the cap holds but for it
    expect(await settledOf(tenants.call('new', true))).toMatchObject({ ok: false, error: { breaker: 'tenants:*' } });
    expect(registry.snapshot().length).toBeLessThanOrEqual(6);
    await module.close();
  });

  it('[C58] of keys: a flood of them evicts the least recently used closed one', async () => {
    @Injectable()
    class Tenants {
      @CircuitBreaker('tenants', { key: (id: string) => id, maxKeys: 3 })
      async call(_id: string): Promise<string> {
        return 'fine';
      }
    }
    const { module, registry } = await start({ providers: [Tenants] });
    const tenants = module.get(Tenants);
    for (const id of ['a', 'b', 'c', 'a', 'd']) await tenants.call(id);
    expect(registry.snapshot().map(({ name }) => name).sort()).toEqual(['tenants:a', 'tenants:c', 'tenants:d']); // prettier-ignore
    await module.close();
  });

  it('[C59] one with two different inline options stops start-up, and names both places', async () => {
    @Injectable()
    class Refunds {
      @CircuitBreaker('payments', { failureThreshold: 9 })
      async refund(): Promise<void> {}
    }
    const refusal = await refusalOf({ providers: [Payments, Refunds] });
    expect(refusal).toContain('payments');
    expect(refusal).toContain('Payments.pay');
    expect(refusal).toContain('Refunds.refund');
  });

  it('[C59] one with the same options twice, or options once, does not', async () => {
    @Injectable()
    class Refunds {
      @CircuitBreaker('payments', { failureThreshold: 2 })
      async refund(): Promise<void> {}
      @CircuitBreaker('payments')
      async look(): Promise<void> {}
    }
    const { module, registry } = await start({ providers: [Payments, Refunds] });
    expect(registry.circuitBreaker('payments').options.failureThreshold).toBe(2);
    await module.close();
  });

  it('[C59] in code: other options than it was made with are an error', () => {
    const { registry } = makeBreaker();
    registry.circuitBreaker('other', { failureThreshold: 2 });
    expect(registry.circuitBreaker('other', { failureThreshold: 2 })).toBe(registry.circuitBreaker('other'));
    expect(() => registry.circuitBreaker('other', { failureThreshold: 3 })).toThrow(/update/);
    expect(registry.circuitBreaker('other').options.failureThreshold).toBe(2);
  });
});

describe('a policy that is under way', () => {
  it('[C56] lives in the scope of the application of its named neighbours', async () => {
    const kit = new Kit();
    const guard = compose(kit.retry({ maxAttempts: 2, delay: 10 }), kit.breaker());
    const answer = settledOf(guard.execute(() => Promise.reject(new ServiceError('down'))));
    await kit.clock.advance(10);
    expect(await answer).toMatchObject({ ok: false });
    expect(kit.typesOf('retried')).toHaveLength(1);
  });
});
