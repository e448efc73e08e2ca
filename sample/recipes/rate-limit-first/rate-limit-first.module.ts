import { Injectable, Module } from '@nestjs/common';
import { CircuitBreaker, CircuitBreakerModule, RateLimit } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

@Injectable()
export class MailClient {
  constructor(private readonly upstreams: Upstreams) {}

  @RateLimit('mail') //      1 our quota: what is over it never reaches the breaker, and says nothing about the service
  @CircuitBreaker('mail') // 2
  async send(to: string): Promise<string> {
    return this.upstreams.ask('mail', `sent to ${to}`);
  }
}

@Module({
  imports: [
    CircuitBreakerModule.forFeature({
      rateLimiters: { mail: { limit: 5, interval: '1s' } },
      breakers: { mail: { failureThreshold: 3, breakDuration: '30s' } },
    }),
  ],
  providers: [MailClient, Upstreams],
  exports: [MailClient],
})
export class RateLimitFirstModule {}
