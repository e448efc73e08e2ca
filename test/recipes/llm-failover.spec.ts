import { describe, expect, it } from '@jest/globals';

import { Assistant, LlmFailoverModule } from '../../sample/recipes/llm-failover/llm-failover.module.js';
import { cook, times } from './recipe.js';

describe('recipe: failing over between LLM providers', () => {
  it('asks the preferred one first, and passes it over while its circuit is open', async () => {
    const { get, clock, upstreams } = await cook(LlmFailoverModule);
    const assistant = get(Assistant);
    expect(await assistant.complete('tides', 'anthropic')).toBe('anthropic on tides');
    upstreams.fail('anthropic');
    await times(2, () => assistant.complete('tides', 'anthropic'));
    expect(upstreams.calls('anthropic')).toBe(3);
    expect(await assistant.complete('tides', 'anthropic')).toBe('openai on tides');
    expect(upstreams.calls('anthropic')).toBe(3);
    upstreams.heal('anthropic');
    await clock.advance(60_000);
    expect(await assistant.complete('tides', 'anthropic')).toBe('anthropic on tides');
  });

  it('tells what each of them said when none is left', async () => {
    const { get, upstreams } = await cook(LlmFailoverModule);
    for (const provider of ['openai', 'anthropic', 'local']) upstreams.fail(provider);
    await expect(get(Assistant).complete('tides')).rejects.toMatchObject({
      name: 'AggregateError',
      errors: [{ message: 'openai is down' }, { message: 'anthropic is down' }, { message: 'local is down' }],
    });
  });
});
