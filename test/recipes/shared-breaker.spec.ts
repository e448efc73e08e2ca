import { describe, expect, it } from '@jest/globals';

import {
  SharedBreakerModule,
  TicketClient,
  TicketWebhooks,
} from '../../sample/recipes/shared-breaker/shared-breaker.module.js';
import { cook, times } from './recipe.js';

describe('recipe: a breaker shared by related methods', () => {
  it('counts the failures of all of them, and leaves out the one that has its own', async () => {
    const { get, registry, upstreams } = await cook(SharedBreakerModule);
    const tickets = get(TicketClient);
    upstreams.fail('ticketing');
    await times(1, () => tickets.list());
    await times(1, () => tickets.export());
    expect(registry.find('ticketing')).toBeClosed();
    await times(1, () => get(TicketWebhooks).acknowledge('T-1'));
    expect(registry.find('ticketing')).toBeOpen();
    await expect(tickets.list()).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    expect(await tickets.search('printer')).toBe('tickets about printer');
  });

  it('limits the one method that says so, below the shared breaker', async () => {
    const { get, registry, clock, upstreams } = await cook(SharedBreakerModule);
    upstreams.hang('ticketing');
    const exported = get(TicketClient).export().catch((error: Error) => error.name); // prettier-ignore
    await clock.advance(10_000);
    expect(await exported).toBe('CallTimeoutError');
    expect(registry.find('ticketing')?.snapshot().totals.timeouts).toBe(1);
  });
});
