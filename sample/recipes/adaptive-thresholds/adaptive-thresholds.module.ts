import { Injectable, Logger, Module } from '@nestjs/common';
import { CircuitBreaker, CircuitBreakerModule, OnCircuitEvent } from 'nest-circuit-breaker';
import type { PolicyEventOf } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

@Injectable()
export class RatesClient {
  readonly adaptations: string[] = [];
  private readonly logger = new Logger(RatesClient.name);

  constructor(private readonly upstreams: Upstreams) {}

  @CircuitBreaker('rates')
  async rate(currency: string): Promise<string> {
    return this.upstreams.ask('rates', `1 EUR in ${currency}`);
  }

  /** What the rule has changed, and why: `errors_climb`, `calm`, `slow_calls`, `quick_calls`. */
  @OnCircuitEvent('adapted', 'rates')
  adapted({ reason, changes }: PolicyEventOf<'adapted'>): void {
    this.adaptations.push(reason);
    this.logger.log(`rates: ${reason}, ${JSON.stringify(changes)}`);
  }
}

@Module({
  imports: [
    CircuitBreakerModule.forFeature({
      // tightens in three steps to half of that while errors climb, and back again when it is calm
      breakers: { rates: { adaptive: true, failureRatio: 0.5, minimumThroughput: 10, samplingDuration: '10s' } },
    }),
  ],
  providers: [RatesClient, Upstreams],
  exports: [RatesClient],
})
export class AdaptiveThresholdsModule {}
