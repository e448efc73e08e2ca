import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';

import { CircuitBreakerRedisModule } from 'nest-circuit-breaker/redis';
import { fail, times } from '../fixtures/breaker.js';
import { faultsOf, launch, serve, visit } from '../fixtures/dashboard.js';
import type { Server } from '../fixtures/dashboard.js';
import { RedisServer } from '../fixtures/redis-server.js';
import { describeWith } from '../fixtures/system-package.js';

const BREAKERS = { payments: { failureThreshold: 2, breakDuration: '60s' }, stock: {} };

const lineOf = (page: Page, name: string): Locator =>
  page.locator('.card', { has: page.getByRole('heading', { name, exact: true }) }).locator('.fleet');

describeWith('redis-server', 'redis-server')('with instances on one Redis', () => {
  describeWith('chromium', 'chromium')('the dashboard of any of them', () => {
    let browser: Browser;
    let redis: RedisServer;
    let servers: Server[] = [];

    beforeAll(async () => {
      browser = await launch();
    }, 30_000);

    beforeEach(async () => {
      redis = await RedisServer.start();
    });

    afterEach(async () => {
      for (const context of browser.contexts()) await context.close();
      await Promise.all(servers.map((each) => each.close()));
      servers = [];
      await redis.kill();
    });

    afterAll(() => browser.close());

    const start = async (count: number): Promise<Server[]> => {
      const coordination = () =>
        CircuitBreakerRedisModule.forRoot({ connection: redis.url, syncInterval: 200, only: ['payments'] });
      const started = await Promise.all(
        Array.from({ length: count }, () => serve(BREAKERS, 0, undefined, [coordination()])),
      );
      servers.push(...started);
      return started;
    };

    const reads = async (line: Locator, text: string): Promise<void> =>
      line.and(line.page().getByText(text, { exact: true })).waitFor({ timeout: 8_000 });

    const trip = (server: Server): Promise<void> => times(2, () => fail(server.registry.circuitBreaker('payments')));

    it('shows how many are in which state, and whose doing its own is', async () => {
      const [a, b, c, d] = (await start(4)) as [Server, Server, Server, Server];
      const { page, complaints } = await visit(browser, c.url);
      const line = lineOf(page, 'payments');
      await reads(line, 'fleet: 4 closed');
      expect(await lineOf(page, 'stock').isVisible()).toBe(false);
      await trip(a);
      await reads(line, 'fleet: 3 closed · 1 open');
      await trip(b);
      await reads(line, 'fleet: 4 open · opened by the cluster (2 of 4 voted)');
      const other = await visit(browser, a.url);
      await reads(lineOf(other.page, 'payments'), 'fleet: 4 open · opened by this instance (2 of 4 voted)');
      await d.close();
      await reads(line, 'fleet: 3 open · opened by the cluster (2 of 3 voted)');
      expect(await faultsOf(page)).toEqual([]);
      expect(complaints).toEqual([]);
    }, 40_000);

    it('shows what an operator has done on another, who and why', async () => {
      const [a, b] = (await start(2)) as [Server, Server];
      const { page } = await visit(browser, b.url);
      const line = lineOf(page, 'payments');
      await reads(line, 'fleet: 2 closed');
      const answer = await fetch(a.url.replace('dashboard', 'payments/isolate'), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-circuit-breaker-admin': '1', 'x-user': 'berta' },
        body: JSON.stringify({ reason: 'bank holiday', for: '1h' }),
      });
      expect(answer.status).toBe(200);
      await reads(line, 'fleet: 2 isolated · isolated on another instance');
      const moves = page.locator('.moves', { hasText: 'isolated' }).locator('li').first();
      expect(await moves.textContent()).toMatch(/isolated.*bank holiday, by berta/);
      await page.getByRole('button', { name: 'Close payments' }).click();
      await page.getByRole('dialog').getByLabel('Reason').fill('over');
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
      await reads(line, 'fleet: 2 closed');
      expect(a.registry.circuitBreaker('payments').state).toBe('closed');
    }, 40_000);

    it('says that Redis is away, and that it is back', async () => {
      const [a] = (await start(2)) as [Server, Server];
      const { page } = await visit(browser, a.url, { colorScheme: 'light' });
      const line = lineOf(page, 'payments');
      await reads(line, 'fleet: 2 closed');
      await redis.kill();
      await reads(line, 'Redis is away: deciding alone');
      expect(await faultsOf(page)).toEqual([]);
      await redis.restart();
      await reads(line, 'fleet: 2 closed');
    }, 40_000);
  });
});
