import { describe, expect, it } from '@jest/globals';

import { ToolBox, ToolCallsModule } from '../../sample/recipes/tool-calls/tool-calls.module.js';
import { cook, times } from './recipe.js';

describe('recipe: tool calls', () => {
  it('answers for a tool that is out with the default of that tool, and leaves the others alone', async () => {
    const { get, registry, upstreams } = await cook(ToolCallsModule);
    const tools = get(ToolBox);
    upstreams.fail('weather');
    upstreams.fail('calendar');
    await times(4, () => tools.call('weather', 'Bern'));
    expect(upstreams.calls('weather')).toBe(3);
    expect(registry.find('tools:weather')).toBeOpen();
    expect(await tools.call('weather', 'Bern')).toBe('The weather is unknown at the moment.');
    expect(await tools.call('calendar', 'today')).toBe('The tool "calendar" is unavailable.');
    expect(await tools.call('search', 'Bern')).toBe('search: all about Bern');
  });

  it('ends a tool that hangs after the limit of that tool', async () => {
    const { get, clock, registry, upstreams } = await cook(ToolCallsModule);
    upstreams.hang('search');
    const answer = get(ToolBox).call('search', 'Bern');
    await clock.advance(9_999);
    expect(registry.find('tools:search')?.snapshot().inFlight).toBe(1);
    await clock.advance(1);
    expect(await answer).toMatch(/^Search is unavailable/);
  });
});
