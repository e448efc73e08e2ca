import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';

import {
  CallSignal,
  CircuitBreaker,
  CircuitBreakerModule,
  Fallback,
  PolicyRegistry,
  Retry,
  Timeout,
} from '../../../lib/index.js';

@Injectable()
class Quotes {
  calls = 0;
  down = false;
  signals: unknown[] = [];
  @Fallback('cached')
  @Retry({ maxAttempts: 2, delay: 1 })
  @CircuitBreaker('quotes', { failureThreshold: 3 })
  @Timeout('1s')
  async quote(symbol: string, @CallSignal() signal?: AbortSignal): Promise<string> {
    this.calls++;
    this.signals.push(signal);
    if (this.down) throw new Error('down');
    return `live ${symbol}`;
  }
  async cached(symbol: string, signal: AbortSignal | undefined, error: Error): Promise<string> {
    return `cached ${symbol} ${String(signal)} ${error.message}`;
  }
}

describe('decorators', () => {
  it('works', async () => {
    const module = await Test.createTestingModule({
      imports: [CircuitBreakerModule.forRoot()],
      providers: [Quotes],
    }).compile();
    await module.init();
    const quotes = module.get(Quotes);
    expect(await quotes.quote('A')).toBe('live A');
    quotes.down = true;
    expect(await quotes.quote('A')).toBe('cached A undefined down');
    expect(quotes.calls).toBe(3);
    expect(quotes.signals[0]).toBeInstanceOf(AbortSignal);
    expect(
      module
        .get(PolicyRegistry)
        .snapshot()
        .map((s) => [s.name, s.totals.failures]),
    ).toEqual([['quotes', 2]]);
    await module.close();
  });
  it('says what is missing', async () => {
    await expect(Test.createTestingModule({ providers: [Quotes] }).compile()).rejects.toThrow(
      'CircuitBreakerModule.forRoot() is missing: import it in the root module',
    );
  });
});
