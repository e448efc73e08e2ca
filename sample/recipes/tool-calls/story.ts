import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { ToolBox, ToolCallsModule } from './tool-calls.module.js';

export const title = 'Tool calls of a model: a breaker for each tool, and a default answer where one is out.';
export const recipe = ToolCallsModule;

export async function story({ app, registry, upstreams, tell }: Stage): Promise<void> {
  const tools = app.get(ToolBox, { strict: false });
  tell(await outcome(tools.call('weather', 'Bern')));
  upstreams.fail('weather');
  for (let call = 1; call <= 5; call++)
    tell(`weather is down, call ${call}: ${await outcome(tools.call('weather', 'Bern'))}`);
  tell(
    `the weather service was asked ${upstreams.calls('weather')} times; tools:weather is ${registry.find('tools:weather')?.state}`,
  );
  tell(`another tool goes on: ${await outcome(tools.call('search', 'Bern'))}`);
}
