import { setImmediate as turn } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { CircuitBreakerModule, PolicyRegistry } from 'nest-circuit-breaker';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { LlmStreamingModule } from '../../sample/recipes/llm-streaming/llm-streaming.module.js';
import { Upstreams } from '../../sample/recipes/stage/upstreams.js';
import { PLATFORMS, serve } from '../fixtures/platforms.js';
import type { Served } from '../fixtures/platforms.js';

describe.each(PLATFORMS)('recipe: an LLM answer streamed over SSE, on %s', (platform) => {
  let served: Served;
  let clock: ManualClock;
  let upstreams: Upstreams;
  /** What a client reads until the stream ends. */
  const read = async (): Promise<string[]> => {
    const { port } = (served.app.getHttpServer() as { address(): { port: number } }).address();
    const response = await fetch(`http://127.0.0.1:${port}/stories?about=tide`);
    return [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(([, data]) => data as string);
  };
  const asked = async (name: string): Promise<void> => {
    const before = upstreams.calls(name);
    while (upstreams.calls(name) === before) await turn();
  };

  beforeEach(async () => {
    clock = new ManualClock();
    const root = CircuitBreakerModule.forRoot({ clock, logger: false });
    served = await serve(platform, Test.createTestingModule({ imports: [root, LlmStreamingModule] }));
    upstreams = served.app.get(Upstreams, { strict: false });
  });
  afterEach(() => served.app.close());

  it('streams the tokens', async () => {
    expect(await read()).toEqual(['Once', 'upon', 'a', 'tide']);
  });

  it('answers by a fallback when no first token comes in time, and at once when the circuit is open', async () => {
    upstreams.hang('llm');
    for (let call = 0; call < 3; call++) {
      const answer = read();
      await asked('llm');
      await clock.advance(2_000);
      expect(await answer).toEqual(['The writer is out. Try again in a minute.']);
    }
    expect(served.app.get(PolicyRegistry).find('llm')?.state).toBe('open');
    expect(await read()).toEqual(['The writer is out. Try again in a minute.']);
    expect(upstreams.calls('llm')).toBe(3);
  });

  it('ends a stream that falls silent, keeps its tokens, and counts it as the success that its first one was', async () => {
    upstreams.hang('llm-tokens');
    const answer = read();
    await asked('llm-tokens');
    await clock.advance(2_000);
    expect((await answer)[0]).toBe('Once');
    expect(served.app.get(PolicyRegistry).find('llm')?.snapshot().totals).toMatchObject({ successes: 1, failures: 0 });
  });
});
