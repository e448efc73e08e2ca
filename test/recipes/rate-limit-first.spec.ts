import { describe, expect, it } from '@jest/globals';

import { MailClient, RateLimitFirstModule } from '../../sample/recipes/rate-limit-first/rate-limit-first.module.js';
import { cook } from './recipe.js';

describe('recipe: a rate limit before the breaker', () => {
  it('refuses what is over the quota before the breaker sees it', async () => {
    const { get, registry, clock, upstreams } = await cook(RateLimitFirstModule);
    const mail = get(MailClient);
    const ended = await Promise.allSettled(Array.from({ length: 20 }, () => mail.send('ada')));
    const refused = ended.filter((end): end is PromiseRejectedResult => end.status === 'rejected');
    expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(Array(15).fill('ERR_RATE_LIMITED'));
    expect(registry.find('mail')?.snapshot()).toMatchObject({ state: 'closed', totals: { calls: 5, refused: 0 } });
    await clock.advance(1_000);
    expect(await mail.send('ada')).toBe('sent to ada');
    expect(upstreams.calls('mail')).toBe(6);
  });
});
