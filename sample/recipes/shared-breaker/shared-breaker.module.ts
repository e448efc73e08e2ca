import { Injectable, Module } from '@nestjs/common';
import { CircuitBreaker, CircuitBreakerModule, Timeout } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

/** Above a class, one breaker for all its asynchronous methods: they ask one service, and share what is known of it. */
@Injectable()
@CircuitBreaker('ticketing')
export class TicketClient {
  constructor(private readonly upstreams: Upstreams) {}

  async list(): Promise<string> {
    return this.upstreams.ask('ticketing', 'all tickets');
  }

  @Timeout('10s') // stands below the shared breaker
  async export(): Promise<string> {
    return this.upstreams.ask('ticketing', 'a large file');
  }

  @CircuitBreaker('ticketing-search') // another machine behind the same address: one of its own
  async search(words: string): Promise<string> {
    return this.upstreams.ask('search', `tickets about ${words}`);
  }
}

/** Another class may share it by the name alone. */
@Injectable()
export class TicketWebhooks {
  constructor(private readonly upstreams: Upstreams) {}

  @CircuitBreaker('ticketing')
  async acknowledge(id: string): Promise<string> {
    return this.upstreams.ask('ticketing', `${id} acknowledged`);
  }
}

@Module({
  imports: [CircuitBreakerModule.forFeature({ breakers: { ticketing: { failureThreshold: 3 } } })],
  providers: [TicketClient, TicketWebhooks, Upstreams],
  exports: [TicketClient, TicketWebhooks],
})
export class SharedBreakerModule {}
