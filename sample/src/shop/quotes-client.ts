import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { CallSignal, CircuitBreaker, Fallback, Retry, Timeout } from 'nest-circuit-breaker';

import { CATALOGUE } from './catalogue.js';
import { bodyOf } from './upstream-error.js';

export interface Quote {
  readonly sku: string;
  /** In euros. */
  readonly price: number;
  /** Today's price is not to be had: it is the last one we heard, or the list price. */
  readonly stale?: boolean;
}

@Injectable()
export class QuotesClient {
  private readonly lastQuotes = new Map<string, Quote>();

  constructor(private readonly config: ConfigService) {}

  @Fallback('lastQuote')
  @Retry({ maxAttempts: 3, delay: '50ms' })
  @CircuitBreaker('quotes')
  @Timeout('500ms')
  async quote(sku: string, @CallSignal() signal?: AbortSignal): Promise<Quote> {
    const url = `${this.config.getOrThrow<string>('QUOTES_URL')}/quotes/${sku}`;
    const quote = await bodyOf<Quote>('quotes', await fetch(url, { signal: signal ?? null }));
    this.lastQuotes.set(sku, quote);
    return quote;
  }

  lastQuote(sku: string): Quote {
    const { price } = this.lastQuotes.get(sku) ?? { price: CATALOGUE[sku] ?? 0 };
    return { sku, price, stale: true };
  }
}
