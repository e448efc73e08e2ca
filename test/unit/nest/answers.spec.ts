import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CircuitBreaker, Fallback, Retry, Timeout } from 'nest-circuit-breaker';
import { EMPTY, Observable, firstValueFrom, lastValueFrom, of, throwError, toArray } from 'rxjs';

import { refusalOf, start } from '../../fixtures/application.js';

const totals = ['calls', 'successes', 'failures', 'ignored'] as const;

describe('what a guarded method returns', () => {
  describe('is an Observable', () => {
    @Injectable()
    class Feed {
      subscriptions = 0;

      @Fallback('cached')
      @CircuitBreaker('declared')
      declared(error?: Error): Observable<number> {
        return new Observable((subscriber) => {
          this.subscriptions++;
          if (error !== undefined) subscriber.error(error);
          for (const item of [1, 2, 3]) subscriber.next(item);
          subscriber.complete();
        });
      }

      cached(): Observable<number> {
        return of(10, 20);
      }

      @CircuitBreaker('told', { returns: 'observable' })
      told() {
        return of('a', 'b');
      }

      calls = 0;

      @CircuitBreaker('learned')
      learned() {
        this.calls++;
        return of('a', 'b');
      }
    }

    it('guarded at each subscription, and one success however many items', async () => {
      const { module, registry } = await start({ providers: [Feed] });
      const feed = module.get(Feed);
      const items$ = feed.declared();
      expect(feed.subscriptions).toBe(0);
      expect(await lastValueFrom(items$.pipe(toArray()))).toEqual([1, 2, 3]);
      expect(await lastValueFrom(items$.pipe(toArray()))).toEqual([1, 2, 3]);
      expect(registry.find('declared')?.snapshot().totals).toMatchObject({ calls: 2, successes: 2 });
      await module.close();
    });

    it('which a fallback may replace before the first item', async () => {
      const { module, registry } = await start({ providers: [Feed] });
      const items$ = module.get(Feed).declared(new Error('down'));
      expect(await lastValueFrom(items$.pipe(toArray()))).toEqual([10, 20]);
      expect(registry.find('declared')?.snapshot().totals.failures).toBe(1);
      await module.close();
    });

    it.each(['told', 'learned'] as const)('%s, from the first call on', async (name) => {
      const { module, registry } = await start({ providers: [Feed] });
      const feed = module.get(Feed);
      expect(await firstValueFrom(feed[name]().pipe(toArray()))).toEqual(['a', 'b']);
      expect(await firstValueFrom(feed[name]().pipe(toArray()))).toEqual(['a', 'b']);
      const snapshot = registry.find(name)?.snapshot();
      expect(snapshot?.totals.successes).toBe(2);
      if (name === 'learned') expect(feed.calls).toBe(2);
      expect(snapshot?.inFlight).toBe(0);
      await module.close();
    });
  });

  describe('is an AsyncIterable', () => {
    @Injectable()
    class Rows {
      started = 0;

      @CircuitBreaker('generated')
      async *generated(count: number): AsyncGenerator<number> {
        this.started++;
        for (let row = 1; row <= count; row++) yield row;
      }

      @CircuitBreaker('learned')
      learned(count: number) {
        return this.rows(count);
      }

      private async *rows(count: number): AsyncGenerator<number> {
        for (let row = 1; row <= count; row++) yield row;
      }
    }

    it.each(['generated', 'learned'] as const)('%s, and one call however many items', async (name) => {
      const { module, registry } = await start({ providers: [Rows] });
      const rows = module.get(Rows);
      const iterated: number[] = [];
      for await (const row of rows[name](3)) iterated.push(row);
      expect(iterated).toEqual([1, 2, 3]);
      expect(registry.find(name)?.snapshot().totals.successes).toBe(1);
      await module.close();
    });

    it('which holds nothing before it is started, and is neutral when it is left', async () => {
      const { module, registry } = await start({ providers: [Rows] });
      const rows = module.get(Rows);
      rows.generated(3);
      expect([rows.started, registry.find('generated')?.snapshot().inFlight]).toEqual([0, 0]);
      for await (const _row of rows.generated(3)) break;
      const snapshot = registry.find('generated')?.snapshot();
      expect(totals.map((key) => snapshot?.totals[key])).toEqual([1, 0, 0, 1]);
      await module.close();
    });
  });

  describe('is learned from the first call', () => {
    @Injectable()
    class Unknown {
      calls = 0;

      @Retry({ maxAttempts: 2, delay: 1 })
      @CircuitBreaker('promise', { failureThreshold: 9 })
      promise(error?: Error) {
        this.calls++;
        return error === undefined ? Promise.resolve('fine') : Promise.reject(error);
      }

      @Fallback(() => of('never'))
      @Retry({ maxAttempts: 3, delay: 1 })
      @CircuitBreaker('observable', { failureThreshold: 1 })
      @Timeout('1s')
      observable() {
        this.calls++;
        return this.calls === 1 ? EMPTY : throwError(() => new Error('down'));
      }

      @CircuitBreaker('value')
      value() {
        this.calls++;
        return 'at once' as unknown as Promise<string>;
      }
    }

    it('and a promise is guarded in full already then', async () => {
      const { module, registry, clock } = await start({ providers: [Unknown] });
      const unknown = module.get(Unknown);
      const called = unknown.promise(new Error('down'));
      await Promise.all([expect(called).rejects.toThrow('down'), clock.advance(10)]);
      expect(unknown.calls).toBe(2);
      expect(registry.find('promise')?.snapshot().totals.failures).toBe(2);
      await module.close();
    });

    it('which leaves no trace when it was no promise', async () => {
      const { module, registry } = await start({ providers: [Unknown] });
      const unknown = module.get(Unknown);
      const observable = unknown.observable();
      expect(observable).toBeInstanceOf(Observable);
      const snapshot = registry.find('observable')?.snapshot();
      expect(snapshot?.window.calls).toBe(0);
      expect([snapshot?.state, snapshot?.inFlight]).toEqual(['closed', 0]);
      await module.close();
    });

    it('and a plain value is a TypeError that names the method', async () => {
      const { module, registry } = await start({ providers: [Unknown] });
      const unknown = module.get(Unknown);
      expect(() => unknown.value()).toThrow(TypeError);
      expect(() => unknown.value()).toThrow(/^Unknown\.value returned neither a Promise/);
      expect(unknown.calls).toBe(1);
      expect(registry.find('value')?.snapshot().window.calls).toBe(0);
      await module.close();
    });
  });

  it('stops the start where it is known to be plain', async () => {
    @Injectable()
    class Sums {
      @(CircuitBreaker() as MethodDecorator)
      declared(): number {
        return 1;
      }
      @(Timeout('1s') as unknown as MethodDecorator)
      *generated(): Generator<number> {
        yield 1;
      }
    }
    const refusal = await refusalOf({ providers: [Sums] });
    expect(refusal).toContain('Sums.declared: @CircuitBreaker() stands above a method that returns no Promise');
    expect(refusal).toContain('Sums.generated: @Timeout() stands above');
    expect(refusal).toContain('Make it async');
  });
});
