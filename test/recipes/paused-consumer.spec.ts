import { describe, expect, it } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';

import { InvoiceConsumer, PausedConsumerModule } from '../../sample/recipes/paused-consumer/paused-consumer.module.js';
import { cook } from './recipe.js';

describe('recipe: a consumer that pauses while the circuit is open', () => {
  it('stops its job when the circuit opens, starts it when the service is well again, and loses nothing', async () => {
    const { get, clock, upstreams } = await cook(PausedConsumerModule);
    const consumer = get(InvoiceConsumer);
    const job = get(SchedulerRegistry).getCronJob('invoices');
    expect(job.isActive).toBe(true);
    consumer.queue.push('A-1', 'A-2');
    upstreams.fail('billing');
    for (let minute = 1; minute <= 2; minute++) await job.fireOnTick();
    expect(job.isActive).toBe(true);
    await job.fireOnTick();
    expect(job.isActive).toBe(false);
    expect(upstreams.calls('billing')).toBe(3);
    expect(consumer.queue).toEqual(['A-1', 'A-2']);
    await clock.advance(30_000);
    expect(job.isActive).toBe(false);
    upstreams.heal('billing');
    await clock.advance(30_000);
    expect(job.isActive).toBe(true);
    await job.fireOnTick();
    expect(consumer.queue).toEqual([]);
  });

  it('pauses for maintenance, too', async () => {
    const { get, registry } = await cook(PausedConsumerModule);
    const job = get(SchedulerRegistry).getCronJob('invoices');
    registry.circuitBreaker('billing').isolate({ reason: 'maintenance' });
    expect(job.isActive).toBe(false);
    registry.circuitBreaker('billing').close();
    expect(job.isActive).toBe(true);
  });
});
