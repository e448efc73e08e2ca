import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { Clients, StatusController, StatusResourceModule } from './status-resource.module.js';

export const title = 'A status resource: all breakers and a summary, as your own clients want to read them.';
export const recipe = StatusResourceModule;

export async function story({ app, upstreams, tell }: Stage): Promise<void> {
  const clients = app.get(Clients, { strict: false });
  const status = () => JSON.stringify(app.get(StatusController, { strict: false }).status());
  await outcome(clients.map());
  tell(`GET /status: ${status()}`);
  upstreams.fail('tax');
  for (let call = 1; call <= 2; call++) await outcome(clients.tax());
  tell(`GET /status, tax is down: ${status()}`);
}
