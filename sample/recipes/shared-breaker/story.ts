import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { SharedBreakerModule, TicketClient, TicketWebhooks } from './shared-breaker.module.js';

export const title = 'One breaker shared by related methods and classes.';
export const recipe = SharedBreakerModule;

export async function story({ app, upstreams, tell }: Stage): Promise<void> {
  const tickets = app.get(TicketClient, { strict: false });
  const webhooks = app.get(TicketWebhooks, { strict: false });
  upstreams.fail('ticketing');
  tell(`list: ${await outcome(tickets.list())}`);
  tell(`export: ${await outcome(tickets.export())}`);
  tell(`acknowledge: ${await outcome(webhooks.acknowledge('T-1'))}`);
  tell(`three failures of three methods: ${await outcome(tickets.list())}`);
  tell(`another service behind it: ${await outcome(tickets.search('printer'))}`);
}
