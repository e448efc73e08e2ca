import { Injectable, Module } from '@nestjs/common';
import { CircuitBreaker, Retry } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

const THREE_TRIES = { maxAttempts: 3, delay: '100ms', jitter: 'none' } as const;

@Injectable()
export class CatalogClient {
  constructor(private readonly upstreams: Upstreams) {}

  /** The usual one: each attempt is a call to the breaker, and an open circuit ends the retrying at once. */
  @Retry(THREE_TRIES)
  @CircuitBreaker('retry-outside', { failureThreshold: 4 })
  async retriedOutside(): Promise<string> {
    return this.upstreams.ask('outside', 'an item');
  }

  /** The breaker sees one call, however many attempts it took: for blips that should never be noticed. */
  @CircuitBreaker('retry-inside', { failureThreshold: 4 })
  @Retry(THREE_TRIES)
  async retriedInside(): Promise<string> {
    return this.upstreams.ask('inside', 'an item');
  }
}

@Module({
  providers: [CatalogClient, Upstreams],
  exports: [CatalogClient],
})
export class RetryPlacementModule {}
