import { Injectable, Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Cron, CronExpression, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { CircuitBreakerModule, InjectCircuitBreaker, OnCircuitEvent, PolicyRegistry } from 'nest-circuit-breaker';
import type { CircuitBreakerPolicy } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

@Injectable()
export class InvoiceConsumer implements OnModuleInit {
  readonly queue: string[] = []; // yours is BullMQ: pause() and resume() of its worker, at the same two events
  constructor(
    @InjectCircuitBreaker('billing') private readonly billing: CircuitBreakerPolicy,
    private readonly registry: PolicyRegistry,
    private readonly schedule: SchedulerRegistry,
    private readonly upstreams: Upstreams,
  ) {}

  onModuleInit(): void {
    // a consumer that is paused calls nobody, so nobody's call would end the break: the breaker has to ask by itself
    const probe = (signal: AbortSignal) => this.upstreams.ask('billing', 'well', signal);
    this.registry.update('billing', { probe });
  }

  @Cron(CronExpression.EVERY_MINUTE, { name: 'invoices', waitForCompletion: true })
  async drain(): Promise<void> {
    while (this.queue.length > 0) {
      try {
        await this.billing.execute(({ signal }) => this.upstreams.ask('billing', this.queue[0], signal));
      } catch {
        return; // it stays at the head of the queue until the next minute: nothing is lost, nothing overtakes
      }
      this.queue.shift();
    }
  }

  @OnCircuitEvent('opened', 'billing')
  @OnCircuitEvent('isolated', 'billing')
  async pause(): Promise<void> {
    await this.schedule.getCronJob('invoices').stop();
  }

  @OnCircuitEvent('half_opened', 'billing')
  @OnCircuitEvent('closed', 'billing')
  @OnCircuitEvent('reset', 'billing')
  resume(): void {
    this.schedule.getCronJob('invoices').start();
  }
}

@Module({
  imports: [
    ScheduleModule.forRoot(),
    CircuitBreakerModule.forFeature({ breakers: { billing: { failureThreshold: 3, breakDuration: '30s' } } }),
  ],
  providers: [InvoiceConsumer, Upstreams],
  exports: [InvoiceConsumer],
})
export class PausedConsumerModule {}
