import { describe, expect, it, jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Bulkhead, CallSignal, CircuitBreaker, Retry } from 'nest-circuit-breaker';

import { start } from '../../fixtures/application.js';

describe('at shutdown', () => {
  @Injectable()
  class Shop {
    signal: AbortSignal | undefined;
    release = (): void => undefined;

    @CircuitBreaker('slow')
    async slow(@CallSignal() signal?: AbortSignal): Promise<string> {
      this.signal = signal;
      return new Promise((resolve, reject) => {
        this.release = () => resolve('done');
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
      });
    }

    @Retry({ delay: '1m', jitter: 'none' })
    async retried(): Promise<void> {
      throw new Error('down');
    }

    @Bulkhead({ maxConcurrent: 1, maxQueue: 5 })
    async queued(): Promise<string> {
      return new Promise((resolve) => {
        this.release = () => resolve('done');
      });
    }

    @CircuitBreaker('quick')
    async quick(): Promise<string> {
      return 'quick';
    }
  }

  it('[C55] waiting retries and queued calls end with ShuttingDownError', async () => {
    const { module } = await start({ providers: [Shop] });
    const shop = module.get(Shop);
    const retried = shop.retried();
    const first = shop.queued();
    const second = shop.queued();
    await Promise.resolve();
    const closed = module.close();
    await Promise.all([
      expect(retried).rejects.toMatchObject({ code: 'ERR_SHUTTING_DOWN', cause: { message: 'down' } }),
      expect(second).rejects.toMatchObject({ code: 'ERR_SHUTTING_DOWN' }),
    ]);
    shop.release();
    expect(await first).toBe('done');
    await closed;
  });

  it('[C55] calls under way get their time, and calls that begin meanwhile run', async () => {
    const { module } = await start({ providers: [Shop] });
    const shop = module.get(Shop);
    const slow = shop.slow();
    let isClosed = false;
    const closed = module.close().then(() => (isClosed = true));
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    expect(await shop.quick()).toBe('quick');
    expect([isClosed, shop.signal?.aborted]).toEqual([false, false]);
    shop.release();
    expect(await slow).toBe('done');
    await closed;
    expect(shop.signal?.aborted).toBe(false);
  });

  it('[C55] and are aborted, once, when it is over', async () => {
    const { module, clock } = await start({ providers: [Shop], options: { drain: '5s' } });
    const shop = module.get(Shop);
    const slow = shop.slow();
    let aborts = 0;
    shop.signal?.addEventListener('abort', () => aborts++);
    const closed = module.close();
    while (clock.pending === 0) await new Promise(setImmediate);
    await clock.advance(4_999);
    expect(aborts).toBe(0);
    await Promise.all([expect(slow).rejects.toMatchObject({ code: 'ERR_SHUTTING_DOWN' }), clock.advance(1)]);
    await closed;
    expect(aborts).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('a manual clock that nobody moves is waited for no longer than a second of real time', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const { module, clock } = await start({ providers: [Shop], options: { drain: '5s' } });
      const shop = module.get(Shop);
      const slow = shop.slow();
      const closed = module.close();
      while (clock.pending === 0) await new Promise(setImmediate);
      await clock.advance(1);
      await jest.advanceTimersByTimeAsync(1_000); // it has moved meanwhile
      await jest.advanceTimersByTimeAsync(999);
      expect(shop.signal?.aborted).toBe(false);
      await Promise.all([
        expect(slow).rejects.toMatchObject({ code: 'ERR_SHUTTING_DOWN' }),
        jest.advanceTimersByTimeAsync(1),
      ]);
      await closed;
      expect([clock.pending, jest.getTimerCount()]).toEqual([0, 0]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('leaves no timer behind when the last call ends in time', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const { module, clock } = await start({ providers: [Shop] });
      const shop = module.get(Shop);
      const slow = shop.slow();
      const closed = module.close();
      while (clock.pending === 0) await new Promise(setImmediate);
      shop.release();
      expect(await slow).toBe('done');
      await closed;
      expect([clock.pending, jest.getTimerCount()]).toEqual([0, 0]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('leaves nothing to an application that is made anew of the same classes, again and again', async () => {
    const seen = new Set<unknown>();
    for (let round = 0; round < 3; round++) {
      const { module, registry, clock } = await start({ providers: [Shop] });
      seen.add(registry);
      expect(registry.summary()).toMatchObject({ open: 0, isolated: 0 });
      expect(registry.find('quick')?.snapshot().totals).toMatchObject({ calls: 0, refused: 0 });
      const shop = module.get(Shop);
      expect(await shop.quick()).toBe('quick');
      registry.circuitBreaker('quick').isolate({ reason: 'test' });
      await expect(shop.quick()).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
      await module.close();
      expect(clock.pending).toBe(0);
    }
    expect(seen.size).toBe(3);
  });

  it('is that of one application: another in the process goes on with what waits', async () => {
    const [one, two] = [await start({ providers: [Shop] }), await start({ providers: [Shop] })];
    const retried = two.module.get(Shop).retried();
    await one.module.close();
    expect(two.clock.pending).toBe(1);
    const closed = two.module.close();
    await expect(retried).rejects.toMatchObject({ code: 'ERR_SHUTTING_DOWN' });
    await closed;
  });

  it('has nothing to wait for when nothing is under way', async () => {
    const { module, clock } = await start({ providers: [Shop] });
    expect(await module.get(Shop).quick()).toBe('quick');
    await module.close();
    expect(clock.pending).toBe(0);
  });
});

describe('while it runs', () => {
  it('[C54] an application holds no timer that keeps the process alive, not even to sum up refusals', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const { module, registry } = await start({ options: { clock: undefined } });
    const breaker = registry.circuitBreaker('payments');
    breaker.isolate({ reason: 'test', for: 60_000 });
    await expect(breaker.execute(async () => 1)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    expect(timers()).toBe(before);
    await module.close();
    expect(timers()).toBe(before);
  });
});
