import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { CallSignal, CircuitBreaker, Fallback, Retry, Timeout } from 'nest-circuit-breaker';

import { bodyOf } from './upstream-error.js';

export interface Stock {
  readonly sku: string;
  readonly available: number;
  /** Nobody could be asked: better to sell and apologise once in a while than to close the shop. */
  readonly assumed?: boolean;
}

@Injectable()
export class InventoryClient {
  constructor(private readonly config: ConfigService) {}

  @Fallback('assumeInStock')
  @Retry({ maxAttempts: 3, delay: '50ms' })
  @CircuitBreaker('inventory')
  @Timeout('500ms')
  async stock(sku: string, @CallSignal() signal?: AbortSignal): Promise<Stock> {
    const url = `${this.config.getOrThrow<string>('INVENTORY_URL')}/stock/${sku}`;
    return bodyOf('inventory', await fetch(url, { signal: signal ?? null }));
  }

  assumeInStock(sku: string): Stock {
    return { sku, available: 1, assumed: true };
  }
}
