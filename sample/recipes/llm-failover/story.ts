import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { Assistant, LlmFailoverModule } from './llm-failover.module.js';

export const title = 'Several LLM providers with a preferred one: failing over past open breakers.';
export const recipe = LlmFailoverModule;

export async function story({ app, registry, clock, upstreams, tell }: Stage): Promise<void> {
  const assistant = app.get(Assistant, { strict: false });
  tell(await outcome(assistant.complete('tides')));
  upstreams.fail('openai');
  for (let call = 1; call <= 4; call++) tell(`openai is down: ${await outcome(assistant.complete('tides'))}`);
  tell(
    `openai was asked ${upstreams.calls('openai')} times and its breaker is ${registry.find('openai')?.state}: two calls skipped it`,
  );
  upstreams.heal('openai');
  await clock.advance(60_000);
  tell(`a minute later, openai is well: ${await outcome(assistant.complete('tides'))}`);
  for (const provider of ['openai', 'anthropic', 'local']) upstreams.fail(provider);
  tell(`all are down: ${await outcome(assistant.complete('tides'))}`);
}
