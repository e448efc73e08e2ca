import { Injectable, Module } from '@nestjs/common';
import { CircuitBreaker, CircuitBreakerModule } from 'nest-circuit-breaker';
import { CircuitBreakerHealthIndicator } from 'nest-circuit-breaker/terminus';

import { Upstreams } from '../stage/upstreams.js';

@Injectable()
export class Shop {
  constructor(private readonly upstreams: Upstreams) {}

  @CircuitBreaker('payments')
  async pay(): Promise<string> {
    return this.upstreams.ask('payments', 'paid');
  }

  @CircuitBreaker('stock')
  async stock(): Promise<string> {
    return this.upstreams.ask('stock', 'in stock');
  }

  @CircuitBreaker('reviews')
  async reviews(): Promise<string> {
    return this.upstreams.ask('reviews', 'five stars');
  }
}

@Module({
  imports: [
    CircuitBreakerModule.forFeature({
      breakers: {
        payments: { preset: 'critical' }, //                  ten failures in a row, back after 30 s by three good probes
        stock: { preset: 'important' }, //                    five, 1 m, two
        reviews: { preset: 'standard', critical: false }, //  three, 2 m, one; its being open never turns health red
      },
    }),
  ],
  providers: [Shop, Upstreams, CircuitBreakerHealthIndicator],
  exports: [Shop, CircuitBreakerHealthIndicator],
})
export class CriticalityPresetsModule {}
