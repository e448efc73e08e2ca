import { SchedulerRegistry } from '@nestjs/schedule';

import type { Stage } from '../stage/stage.js';
import { InvoiceConsumer, PausedConsumerModule } from './paused-consumer.module.js';

export const title = 'A cron consumer that pauses while the circuit is open, and loses nothing.';
export const recipe = PausedConsumerModule;

export async function story({ app, clock, upstreams, tell }: Stage): Promise<void> {
  const consumer = app.get(InvoiceConsumer, { strict: false });
  const job = () =>
    app.get(SchedulerRegistry, { strict: false }).getCronJob('invoices').isActive ? 'runs' : 'is paused';
  consumer.queue.push('A-1', 'A-2', 'A-3');
  upstreams.fail('billing');
  for (let minute = 1; minute <= 3; minute++) await consumer.drain();
  tell(
    `billing is down: the job ${job()} after ${upstreams.calls('billing')} minutes, ${consumer.queue.length} invoices wait`,
  );
  await clock.advance(30_000);
  tell(`half a minute later the breaker has asked billing by itself, in vain: the job ${job()}`);
  upstreams.heal('billing');
  await clock.advance(30_000);
  tell(`billing is well: the job ${job()}`);
  await consumer.drain();
  tell(`${consumer.queue.length} invoices wait`);
}
