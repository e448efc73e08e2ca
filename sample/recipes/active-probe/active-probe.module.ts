import { Injectable, Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { CircuitBreaker, CircuitBreakerModule, PolicyRegistry } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

@Injectable()
export class SearchClient implements OnModuleInit {
  constructor(
    private readonly registry: PolicyRegistry,
    private readonly upstreams: Upstreams,
  ) {}

  onModuleInit(): void {
    // a probe that needs injected things is said here; all else stays in the configuration
    this.registry.update('search', { probe: (signal: AbortSignal) => this.ping(signal), probeInterval: '2s' });
  }

  @CircuitBreaker('search')
  async find(words: string): Promise<string> {
    return this.upstreams.ask('search', `results for ${words}`);
  }

  /** Cheap, free of side effects, and touching what `find` needs: no caller has to be the guinea pig. */
  private ping(signal: AbortSignal): Promise<string> {
    return this.upstreams.ask('search-health', 'pong', signal);
  }
}

@Module({
  imports: [
    CircuitBreakerModule.forFeature({
      breakers: { search: { failureThreshold: 3, breakDuration: '10s', successThreshold: 1 } },
    }),
  ],
  providers: [SearchClient, Upstreams],
  exports: [SearchClient],
})
export class ActiveProbeModule {}
