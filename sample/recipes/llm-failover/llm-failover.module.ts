import { Injectable, Module } from '@nestjs/common';
import { CircuitBreakerModule, PolicyRegistry } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

export type Provider = 'openai' | 'anthropic' | 'local';

@Injectable()
export class Assistant {
  constructor(
    private readonly registry: PolicyRegistry,
    private readonly upstreams: Upstreams,
  ) {}

  /** The preferred provider answers; where its circuit is open, it is passed over without being asked. */
  complete(prompt: string, prefer: Provider = 'openai', signal?: AbortSignal): Promise<string> {
    return this.registry.failover(
      {
        openai: (call) => this.upstreams.ask('openai', `openai on ${prompt}`, call.signal),
        anthropic: (call) => this.upstreams.ask('anthropic', `anthropic on ${prompt}`, call.signal),
        local: (call) => this.upstreams.ask('local', `a small model on ${prompt}`, call.signal),
      },
      { prefer, signal, operation: 'Assistant.complete' },
    );
  }
}

@Module({
  imports: [
    CircuitBreakerModule.forFeature({
      // each candidate is the breaker of its name: its own limit, its own patience
      breakers: {
        openai: { failureThreshold: 2, timeout: '20s', breakDuration: '1m' },
        anthropic: { failureThreshold: 2, timeout: '20s', breakDuration: '1m' },
        local: { failureThreshold: 5, timeout: '60s' },
      },
    }),
  ],
  providers: [Assistant, Upstreams],
  exports: [Assistant],
})
export class LlmFailoverModule {}
