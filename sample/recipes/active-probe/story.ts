import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { ActiveProbeModule, SearchClient } from './active-probe.module.js';

export const title = 'Health-aware calls: a probe asks the service itself before any caller is let through.';
export const recipe = ActiveProbeModule;

export async function story({ app, registry, clock, upstreams, tell }: Stage): Promise<void> {
  const search = app.get(SearchClient, { strict: false });
  const state = () => registry.find('search')?.state;
  upstreams.fail('search');
  upstreams.fail('search-health');
  for (let call = 1; call <= 3; call++) await outcome(search.find('tea'));
  tell(`three failures: ${state()}`);
  await clock.advance(10_000);
  tell(`the break is over, the service says it is ill (asked ${upstreams.calls('search-health')} time): ${state()}`);
  await clock.advance(4_000);
  tell(
    `it is asked again every 2 s (${upstreams.calls('search-health')} times), and no caller waits for it: ${state()}`,
  );
  upstreams.heal('search');
  upstreams.heal('search-health');
  await clock.advance(2_000);
  tell(`it is well: ${state()}, before anybody has called`);
  tell(`${await outcome(search.find('tea'))}: ${state()}`);
}
