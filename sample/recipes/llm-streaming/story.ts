import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { LlmStreamingModule, Writer } from './llm-streaming.module.js';

export const title = 'An LLM answer streamed over SSE, with a deadline for the first token.';
export const recipe = LlmStreamingModule;

export async function story({ app, registry, clock, upstreams, tell }: Stage): Promise<void> {
  const writer = app.get(Writer, { strict: false });
  const read = async (): Promise<string> => {
    const tokens: string[] = [];
    try {
      for await (const token of writer.write('tide')) tokens.push(token);
    } catch (error) {
      tokens.push(`[${(error as Error).name}]`);
    }
    return tokens.join(' ');
  };
  tell(`all is well: ${await outcome(read())}`);
  upstreams.hang('llm-tokens');
  const broken = read();
  await clock.advance(2_000);
  tell(`silence after the first token: ${await broken}`);
  upstreams.hang('llm');
  for (let call = 1; call <= 3; call++) {
    const answer = read();
    await clock.advance(2_000);
    tell(`no first token within 2 s: ${await answer}`);
  }
  tell(`the circuit is ${registry.find('llm')?.state}, nobody waits: ${await read()}`);
}
