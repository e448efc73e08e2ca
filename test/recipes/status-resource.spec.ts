import { afterEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { CircuitBreakerModule } from 'nest-circuit-breaker';
import { ManualClock } from 'nest-circuit-breaker/testing';
import request from 'supertest';

import { Upstreams } from '../../sample/recipes/stage/upstreams.js';
import { Clients, StatusResourceModule } from '../../sample/recipes/status-resource/status-resource.module.js';
import type { Status } from '../../sample/recipes/status-resource/status-resource.module.js';
import { PLATFORMS, serve } from '../fixtures/platforms.js';
import type { Served } from '../fixtures/platforms.js';
import { times } from './recipe.js';

describe.each(PLATFORMS)('recipe: a status resource, on %s', (platform) => {
  let served: Served;
  afterEach(() => served.app.close());

  it('shows all breakers and a summary, and reading it lets no call through', async () => {
    const clock = new ManualClock();
    const root = CircuitBreakerModule.forRoot({ clock, logger: false });
    served = await serve(platform, Test.createTestingModule({ imports: [root, StatusResourceModule] }));
    const read = async () => (await request(served.server).get('/status').expect(200)).body as Status;
    served.app.get(Upstreams, { strict: false }).fail('tax');
    const clients = served.app.get(Clients, { strict: false });
    await clients.map();
    await times(2, () => clients.tax());
    await clock.advance(20_000);
    const status = await read();
    expect(status.summary).toMatchObject({ total: 2, closed: 1, open: 1 });
    expect(status.breakers).toEqual({
      maps: { state: 'closed', successRate: 1, nextAttemptAt: null },
      tax: { state: 'open', successRate: 0, nextAttemptAt: '2026-01-01T00:00:20.000Z' },
    });
    expect(await read()).toEqual(status);
  });
});
