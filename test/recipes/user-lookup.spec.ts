import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { CircuitBreakerModule } from 'nest-circuit-breaker';
import { ManualClock } from 'nest-circuit-breaker/testing';
import request from 'supertest';

import { Upstreams } from '../../sample/recipes/stage/upstreams.js';
import { UserLookupModule } from '../../sample/recipes/user-lookup/user-lookup.module.js';
import { PLATFORMS, serve } from '../fixtures/platforms.js';
import type { Served } from '../fixtures/platforms.js';

describe.each(PLATFORMS)('recipe: a user lookup with two fallbacks, on %s', (platform) => {
  let served: Served;
  const find = async (id: string) => (await request(served.server).get(`/users/${id}`).expect(200)).body as unknown;

  beforeEach(async () => {
    const root = CircuitBreakerModule.forRoot({ clock: new ManualClock(), logger: false });
    served = await serve(platform, Test.createTestingModule({ imports: [root, UserLookupModule] }));
  });
  afterEach(() => served.app.close());

  it('answers from the directory, else from the cache and says so, else with a default', async () => {
    const upstreams = served.app.get(Upstreams, { strict: false });
    expect(await find('7')).toEqual({ id: '7', name: 'User 7' });
    upstreams.fail('users');
    expect(await find('7')).toEqual({ id: '7', name: 'User 7', from_cache: true });
    expect(await find('8')).toEqual({ id: '8', name: 'Guest', is_default: true });
    await find('7');
    const asked = upstreams.calls('users');
    expect(await find('7')).toEqual({ id: '7', name: 'User 7', from_cache: true });
    expect(upstreams.calls('users')).toBe(asked); // open by now
  });
});
