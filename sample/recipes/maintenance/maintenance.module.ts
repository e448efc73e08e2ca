import { Injectable, Module } from '@nestjs/common';
import { CircuitBreaker, CircuitBreakerModule, InjectCircuitBreaker, OnCircuitEvent } from 'nest-circuit-breaker';
import type { CircuitBreakerPolicy, PolicyEventOf } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

@Injectable()
export class Bank {
  constructor(
    @InjectCircuitBreaker('bank') private readonly breaker: CircuitBreakerPolicy,
    private readonly upstreams: Upstreams,
  ) {}

  @CircuitBreaker('bank')
  async transfer(amount: number): Promise<string> {
    return this.upstreams.ask('bank', `${amount} transferred`);
  }

  /** Refuses all at once; afterwards the next call is a probe, so that nobody has to remember to open the door. */
  beginMaintenance(actor: string): void {
    this.breaker.isolate({ reason: 'core banking is being updated', for: '10m', actor });
  }

  endMaintenance(actor: string): void {
    this.breaker.close({ reason: 'the update is done', actor });
  }

  /** As new: closed, a fresh window, and totals of zero. */
  startAfresh(actor: string): void {
    this.breaker.reset({ reason: 'after the rehearsal', actor });
  }
}

@Injectable()
export class Alerts {
  readonly sent: string[] = [];

  @OnCircuitEvent('opened')
  @OnCircuitEvent('isolated')
  @OnCircuitEvent('closed')
  @OnCircuitEvent('reset')
  alert({ name, from, to, reason, actor }: PolicyEventOf<'opened' | 'isolated' | 'closed' | 'reset'>): void {
    this.sent.push(`${name}: ${from} → ${to}, ${reason}${actor === undefined ? '' : ` (${actor})`}`); // yours: Slack, a pager
  }
}

@Module({
  imports: [CircuitBreakerModule.forFeature({ breakers: { bank: { failureThreshold: 3 } } })],
  providers: [Bank, Alerts, Upstreams],
  exports: [Bank, Alerts],
})
export class MaintenanceModule {}
