import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { CrmClient, EndpointBreakersModule } from './endpoint-breakers.module.js';

export const title = 'A main breaker over endpoint breakers: it opens when more than half of them are open.';
export const recipe = EndpointBreakersModule;

export async function story({ app, registry, upstreams, tell }: Stage): Promise<void> {
  const crm = app.get(CrmClient, { strict: false });
  const states = () => registry.snapshot().map(({ name, state }) => `${name} ${state}`).join(', '); // prettier-ignore
  upstreams.fail('contacts');
  for (let call = 1; call <= 2; call++) await outcome(crm.contacts());
  tell(`contacts have failed twice: ${states()}`);
  tell(`deals still answer: ${await outcome(crm.deals())}`);
  upstreams.fail('deals');
  for (let call = 1; call <= 2; call++) await outcome(crm.deals());
  tell(`deals have failed twice, too: ${states()}`);
  tell(`notes were never asked, and are spared: ${await outcome(crm.notes())}`);
}
