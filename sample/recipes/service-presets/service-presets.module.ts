import { Injectable, Module } from '@nestjs/common';
import { CircuitBreaker, CircuitBreakerModule } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

@Injectable()
export class Warehouse {
  constructor(private readonly upstreams: Upstreams) {}

  @CircuitBreaker('rows', { preset: 'database' }) // ratio 0.65 of at least 20 calls in 90 s, open for 20 s
  async rows(): Promise<string> {
    return this.upstreams.ask('rows', 'rows');
  }

  @CircuitBreaker('session-cache', { preset: 'cache' }) // 0.85 of 25 in 45 s, 10 s: a miss costs little
  async session(): Promise<string> {
    return this.upstreams.ask('session-cache', 'a session');
  }

  @CircuitBreaker('shipping', { preset: 'patient-api' }) // one of your own, see below
  async ship(): Promise<string> {
    return this.upstreams.ask('shipping', 'shipped');
  }
}

@Module({
  imports: [
    CircuitBreakerModule.forFeature({
      presets: { 'patient-api': { preset: 'external-api', timeout: '8s', tags: ['partner'] } }, // builds on a built-in one
      breakers: { rows: { breakDuration: '15s' } }, // over the preset, for one breaker
    }),
  ],
  providers: [Warehouse, Upstreams],
  exports: [Warehouse],
})
export class ServicePresetsModule {}
