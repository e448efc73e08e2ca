import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { CircuitBreaker, PolicyRegistry, SkipCircuitBreaker } from 'nest-circuit-breaker';
import type { CircuitState, RegistrySummary } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

export interface Status {
  readonly summary: RegistrySummary;
  readonly breakers: Readonly<Record<string, { state: CircuitState; successRate: number; nextAttemptAt: Date | null }>>;
}

/** Reading changes nothing: who looks never lets a call through. */
@SkipCircuitBreaker()
@Controller('status')
export class StatusController {
  constructor(private readonly registry: PolicyRegistry) {}

  @Get()
  status(): Status {
    const breakers = this.registry
      .snapshot()
      .map(({ name, state, successRate, nextAttemptAt }) => [name, { state, successRate, nextAttemptAt }] as const);
    return { summary: this.registry.summary(), breakers: Object.fromEntries(breakers) };
  }
}

@Injectable()
export class Clients {
  constructor(private readonly upstreams: Upstreams) {}

  @CircuitBreaker('maps', { failureThreshold: 2, breakDuration: '20s' })
  async map(): Promise<string> {
    return this.upstreams.ask('maps', 'a map');
  }

  @CircuitBreaker('tax', { failureThreshold: 2, breakDuration: '20s' })
  async tax(): Promise<string> {
    return this.upstreams.ask('tax', '19 %');
  }
}

@Module({
  controllers: [StatusController],
  providers: [Clients, Upstreams],
})
export class StatusResourceModule {}
