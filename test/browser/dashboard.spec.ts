import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';

import { ManualClock } from '../../lib/testing/index.js';
import { fail, hang, succeed, times } from '../fixtures/breaker.js';
import { faultsOf, launch, serve, visit } from '../fixtures/dashboard.js';
import type { Server } from '../fixtures/dashboard.js';
import { describeWith } from '../fixtures/system-package.js';

const PAYMENTS = { failureThreshold: 3, breakDuration: '2500ms', successThreshold: 2, tags: ['money'] };

const cardOf = (page: Page, name: string): Locator =>
  page.locator('.card', { has: page.getByRole('heading', { name, exact: true }) });

const standsAt = (card: Locator, state: string, color: string): Promise<void> =>
  card.and(card.page().locator(`[data-state=${state}][data-color=${color}]`)).waitFor({ timeout: 5_000 });

const textIn = async (place: Locator, text: RegExp): Promise<string> => {
  const found = place.filter({ hasText: text });
  await found.waitFor({ timeout: 6_000 });
  return (await found.textContent()) ?? '';
};

describeWith('chromium', 'chromium')('the dashboard', () => {
  let browser: Browser;
  let server: Server | undefined;

  beforeAll(async () => {
    browser = await launch();
  }, 30_000);

  afterAll(() => browser.close());

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await server?.close();
    server = undefined;
  });

  it('shows an outage from green to red, its count-down, yellow, and green again', async () => {
    server = await serve({ payments: PAYMENTS, inventory: {} });
    const payments = server.registry.circuitBreaker('payments');
    const { page, complaints } = await visit(browser, server.url);
    const card = cardOf(page, 'payments');
    await times(3, () => succeed(payments));
    await standsAt(card, 'closed', 'green');
    await textIn(page.locator('#verdict'), /^All 2 closed$/);
    await textIn(card.locator('.rate'), /100/);

    await times(3, () => fail(payments));
    await standsAt(card, 'open', 'red');
    await textIn(card.locator('.state'), /^open$/);
    await textIn(page.locator('#verdict'), /^1 open of 2$/);
    expect(await page.title()).toBe('(1) Circuit breakers');
    const earlier = parseFloat((await textIn(card.locator('.rest'), /next attempt in/)).replace(/[^\d.]/g, ''));
    await page.waitForTimeout(700);
    const later = parseFloat((await textIn(card.locator('.rest'), /next attempt in/)).replace(/[^\d.]/g, ''));
    expect(earlier - later).toBeGreaterThan(0.3);
    expect(earlier - later).toBeLessThan(2);
    await textIn(card.locator('.moves li').first(), /opened.*failure threshold/);
    await textIn(card.locator('.failures'), /3/);

    await textIn(card.locator('.rest'), /break over/);
    const probe = hang(payments);
    await standsAt(card, 'half_open', 'yellow');
    await textIn(card.locator('.rest'), /probing: 1 under way/);
    await probe.succeed();
    await succeed(payments);
    await standsAt(card, 'closed', 'green');
    await textIn(page.locator('#verdict'), /^All 2 closed$/);
    expect(await card.locator('.spark').getAttribute('aria-label')).toMatch(/\d+ calls succeeded, 3 failed, 0 refused/);
    expect(complaints).toEqual([]);
  }, 20_000);

  it('steers: asks back, with a reason and an end, by mouse and by keyboard', async () => {
    server = await serve({ payments: PAYMENTS, 'a/b ü': {} });
    const { registry } = server;
    const { page, complaints } = await visit(browser, server.url);
    await page.getByRole('button', { name: 'Isolate payments' }).click();
    const dialog = page.getByRole('dialog', { name: 'Isolate payments?' });
    await dialog.getByLabel('Reason').fill('bank holiday');
    await dialog.getByLabel('For how long').selectOption('an hour');
    await dialog.getByRole('button', { name: 'Isolate' }).click();
    const card = cardOf(page, 'payments');
    await standsAt(card, 'isolated', 'red');
    await textIn(card.locator('.rest'), /^(1 h 00|59:\d\d) min left · bank holiday$/);
    expect(registry.circuitBreaker('payments').snapshot()).toMatchObject({ state: 'isolated', reason: 'bank holiday' });

    await page.getByRole('button', { name: 'Close payments' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('over');
    await page.keyboard.press('Enter');
    await standsAt(card, 'closed', 'green');

    await page.getByRole('button', { name: 'Disable a/b ü' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Metrics only a/b ü' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Metrics only' }).click();
    await standsAt(cardOf(page, 'a/b ü'), 'metrics_only', 'yellow');
    expect(complaints).toEqual([]);
  }, 20_000);

  it('says what the server has against a change', async () => {
    server = await serve({ payments: {} });
    const { page } = await visit(browser, server.url);
    await page.getByRole('button', { name: 'Isolate payments' }).click();
    await page.evaluate(() => {
      const select = (globalThis as unknown as { document: { getElementById(id: string): { options: { value: string }[] } } })
        .document.getElementById('dialog-for');
      select.options[1]!.value = 'a while';
    }); // prettier-ignore
    await page.getByLabel('For how long').selectOption('5 minutes');
    await page.getByRole('dialog').getByRole('button', { name: 'Isolate' }).click();
    await textIn(page.getByRole('alert'), /for: expected a duration/);
  }, 20_000);

  it('finds breakers by name, tag and state', async () => {
    server = await serve({ payments: PAYMENTS, ledger: { tags: ['money'] }, mail: {} });
    server.registry.circuitBreaker('mail').isolate();
    const { page } = await visit(browser, server.url);
    const shown = (): Promise<string[]> => page.locator('.cards > li:visible .name').allTextContents();
    expect(await shown()).toEqual(['mail', 'ledger', 'payments']);
    await page.getByLabel('Search').fill('PAY');
    expect(await shown()).toEqual(['payments']);
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Tag').selectOption('money');
    expect(await shown()).toEqual(['ledger', 'payments']);
    await page.getByRole('button', { name: '1 isolated' }).click();
    expect(await shown()).toEqual([]);
    await textIn(page.locator('#empty'), /No breaker fits/);
    await page.getByLabel('Tag').selectOption('all tags');
    expect(await shown()).toEqual(['mail']);
  }, 20_000);

  it('takes a hostile name for what it is: text', async () => {
    const names = [
      '<img src=x onerror=alert(1)>',
      '"><script>alert(1)</script>',
      'javascript:alert(1)',
      '${alert(1)}',
      'constructor',
    ];
    server = await serve(Object.fromEntries(names.map((name) => [name, { tags: ['<b onclick=alert(1)>'] }])));
    const { page, complaints } = await visit(browser, server.url);
    expect((await page.locator('.name').allTextContents()).toSorted()).toEqual(names.toSorted());
    expect(await page.locator('main img, main script, main b[onclick]').count()).toBe(0);
    server.registry.circuitBreaker(names[0]!).isolate({ reason: '<svg onload=alert(1)>' });
    await textIn(cardOf(page, names[0]!).locator('.moves'), /<svg onload=alert\(1\)>/);
    await page.getByRole('button', { name: `Close ${names[0]}` }).click();
    await textIn(page.getByRole('dialog').getByRole('heading'), /^Close <img src=x onerror=alert\(1\)>\?$/);
    expect(complaints).toEqual([]);
  }, 20_000);

  it('says when the connection is lost, and comes back when the server does', async () => {
    server = await serve({ payments: {} });
    const { port } = server;
    const { page } = await visit(browser, server.url);
    await server.close();
    await page.locator('body[data-link=lost]').waitFor({ timeout: 5_000 });
    await textIn(page.locator('#link'), /connection lost/);
    server = await serve({ payments: {}, inventory: {} }, port);
    await page.locator('body[data-link=live]').waitFor({ timeout: 10_000 });
    await textIn(page.locator('#verdict'), /^All 2 closed$/);
    server.registry.circuitBreaker('payments').isolate();
    await standsAt(cardOf(page, 'payments'), 'isolated', 'red');
  }, 30_000);

  it('says when it is stale, and that it is live again', async () => {
    const clock = new ManualClock();
    server = await serve({ payments: {} }, 0, clock);
    const { page } = await visit(browser, server.url);
    await page.clock.fastForward(14_000);
    await page.locator('body[data-link=stale]').waitFor({ timeout: 5_000 });
    await textIn(page.locator('#link'), /stale: nothing heard for 1\d s/);
    await clock.advance(5_000);
    await page.locator('body[data-link=live]').waitFor({ timeout: 5_000 });
    await page.clock.fastForward(31_000);
    await page.locator('body[data-link=live]').waitFor({ timeout: 5_000 });
  }, 20_000);

  it.each(['light', 'dark'] as const)(
    'has nothing that axe finds fault with, in the %s',
    async (colorScheme) => {
      server = await serve({
        payments: PAYMENTS,
        inventory: { tags: ['stock'] },
        mail: {},
        quotes: {},
        search: {},
        geo: {},
      });
      const { registry } = server;
      await times(3, () => fail(registry.circuitBreaker('payments')));
      registry.circuitBreaker('mail').isolate({ reason: 'maintenance', for: '1h' });
      registry.circuitBreaker('quotes').disable();
      registry.circuitBreaker('search').metricsOnly();
      await succeed(registry.circuitBreaker('geo'));
      const { page } = await visit(browser, server.url, { colorScheme, reducedMotion: 'reduce' });
      expect(await faultsOf(page)).toEqual([]);
      await page.getByRole('button', { name: 'Isolate inventory' }).click();
      expect(await faultsOf(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.setViewportSize({ width: 360, height: 740 });
      expect(await faultsOf(page)).toEqual([]);
      await page.evaluate(
        "document.querySelector('#tag').closest('label').replaceWith(document.querySelector('#tag'))",
      );
      expect((await faultsOf(page)).join()).toContain('select-name');
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(overflow).toBe(0);
    },
    30_000,
  );
});
