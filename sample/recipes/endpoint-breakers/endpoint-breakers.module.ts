import { Injectable, Module } from '@nestjs/common';
import { CircuitBreaker, CircuitBreakerModule } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

@Injectable()
export class CrmClient {
  constructor(private readonly upstreams: Upstreams) {}

  @CircuitBreaker('crm-contacts')
  async contacts(): Promise<string> {
    return this.upstreams.ask('contacts', 'contacts');
  }

  @CircuitBreaker('crm-deals')
  async deals(): Promise<string> {
    return this.upstreams.ask('deals', 'deals');
  }

  @CircuitBreaker('crm-notes')
  async notes(): Promise<string> {
    return this.upstreams.ask('notes', 'notes');
  }
}

/** An endpoint's breaker: quick to open, and every call of it passes the main one first. */
const endpoint = { parent: 'crm', failureThreshold: 2, breakDuration: '10s' };

@Module({
  imports: [
    CircuitBreakerModule.forFeature({
      breakers: {
        // two of three endpoints out: it isn't the endpoints, it is the CRM
        crm: { childrenOpenRatio: 0.5, failureThreshold: 20, breakDuration: '1m' },
        'crm-contacts': endpoint,
        'crm-deals': endpoint,
        'crm-notes': endpoint,
      },
    }),
  ],
  providers: [CrmClient, Upstreams],
  exports: [CrmClient],
})
export class EndpointBreakersModule {}
