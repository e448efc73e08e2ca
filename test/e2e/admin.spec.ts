import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Logger, Module } from '@nestjs/common';
import type { CanActivate, ExecutionContext, INestApplication } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { CircuitBreakerAdminModule } from '../../lib/admin/index.js';
import type { AdminAction, CircuitBreakerAdminModuleOptions } from '../../lib/admin/index.js';
import { CircuitBreakerInterceptor, CircuitBreakerModule, PolicyRegistry } from '../../lib/index.js';
import { ManualClock } from '../../lib/testing/index.js';
import { Log } from '../fixtures/application.js';
import { fail, succeed, times } from '../fixtures/breaker.js';
import { EventStream } from '../fixtures/event-stream.js';

@Injectable()
class Badge {
  readonly word = 'sesame';
}

@Module({ providers: [Badge], exports: [Badge] })
class BadgeModule {}

/** Knows its people by a header, and has its own dependencies. */
@Injectable()
class OpsGuard implements CanActivate {
  constructor(private readonly badge: Badge) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string>; user?: { name: string } }>();
    request.user = { name: request.headers['x-user'] ?? 'anna' };
    return request.headers['authorization'] === this.badge.word;
  }
}

class CookieGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['cookie'] === 'ops=1';
  }
}

let app: INestApplication | undefined;
let streams: EventStream[] = [];

afterEach(async () => {
  for (const stream of streams) stream.close();
  streams = [];
  await app?.close();
  app = undefined;
  Logger.overrideLogger(undefined as never);
});

interface Setting {
  readonly registry: PolicyRegistry;
  readonly clock: ManualClock;
  readonly log: Log;
  readonly url: string;
  listen(): Promise<EventStream>;
}

async function boot(
  platform: string,
  options: CircuitBreakerAdminModuleOptions = { allowUnauthenticated: true },
  breakers: Record<string, object> = {
    payments: { failureThreshold: 3, breakDuration: '30s', tags: ['money'] },
    cache: {},
  },
): Promise<Setting> {
  const clock = new ManualClock();
  const log = new Log();
  const module = await Test.createTestingModule({
    imports: [CircuitBreakerModule.forRoot({ clock, breakers }), CircuitBreakerAdminModule.forRoot(options)],
    providers: [{ provide: APP_INTERCEPTOR, useClass: CircuitBreakerInterceptor }],
  })
    .setLogger(log)
    .compile();
  app =
    platform === 'fastify'
      ? module.createNestApplication<NestFastifyApplication>(new FastifyAdapter())
      : module.createNestApplication();
  await app.listen(0, '127.0.0.1');
  const url = `${(await app.getUrl()).replace('[::1]', '127.0.0.1')}/${options.path ?? 'circuit-breakers'}`;
  const listen = async (): Promise<EventStream> => {
    const stream = await EventStream.open(`${url}/events`);
    streams.push(stream);
    return stream;
  };
  return { registry: app.get(PolicyRegistry), clock, log, url, listen };
}

const ASKED = { 'content-type': 'application/json', 'x-circuit-breaker-admin': '1' };

const post = (url: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { ...ASKED, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const patch = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'PATCH',
    headers: { ...ASKED, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** A request as it is written, with headers that `fetch` would not let pass. */
function raw(url: string, headers: Record<string, string>, body = '{}'): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', headers }, (response: IncomingMessage) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject).end(body);
  });
}

const json = async (response: Response | Promise<Response>): Promise<never> =>
  (await response).json() as Promise<never>;

describe('start-up', () => {
  const start = async (options?: CircuitBreakerAdminModuleOptions): Promise<void> => {
    const imports = [CircuitBreakerModule.forRoot({ logger: false }), CircuitBreakerAdminModule.forRoot(options)];
    app = (await Test.createTestingModule({ imports }).compile()).createNestApplication();
    await app.init();
  };

  it('fails without guards, and says what to do', async () => {
    await expect(start()).rejects.toThrow(/no guards.*guards: \[OpsGuard\].*allowUnauthenticated: true/);
    await expect(start({ guards: [] })).rejects.toThrow(/no guards/);
    await expect(start({ readGuards: [new CookieGuard()] })).rejects.toThrow(/no guards/);
  });

  it('fails where reading has no guards', async () => {
    await expect(start({ guards: [new CookieGuard()], readGuards: [] })).rejects.toThrow(/no readGuards/);
  });

  it('goes on where nobody is to be kept out', async () => {
    await expect(start({ allowUnauthenticated: true })).resolves.toBeUndefined();
  });

  it('says so where a breaker has a reserved name', async () => {
    const { log } = await boot('express', undefined, { plan: {}, payments: {} });
    expect(log.texts().filter((line) => line.includes('reserved word'))).toEqual([expect.stringContaining('"plan"')]);
  });
});

describe.each(['express', 'fastify'])('the admin API on %s', (platform) => {
  describe('reading', () => {
    it('answers all breakers with a summary', async () => {
      const { url } = await boot(platform);
      const body = await json(fetch(url));
      expect(body).toMatchObject({
        at: expect.any(String),
        summary: { total: 2, closed: 2, open: 0 },
        breakers: [
          { name: 'payments', state: 'closed', color: 'green', tags: ['money'], options: { failureThreshold: 3 } },
          { name: 'cache' },
        ],
      });
    });

    it('answers one breaker, and 404 for one that is unknown, without making it', async () => {
      const { url, registry } = await boot(platform);
      expect(await json(fetch(`${url}/cache`))).toMatchObject({ name: 'cache', state: 'closed' });
      for (const name of ['unknown', '__proto__', 'constructor', 'toString', encodeURIComponent('a\r\nb: c')]) {
        expect([name, (await fetch(`${url}/${name}`)).status]).toEqual([name, 404]);
        expect((await fetch(`${url}/${name}/events`)).status).toBe(404);
        expect((await post(`${url}/${name}/isolate`)).status).toBe(404);
        expect((await patch(`${url}/${name}`, { failureRatio: 0.3 })).status).toBe(404);
      }
      expect(registry.summary().total).toBe(2);
    });

    it('refuses names that are no names', async () => {
      const { url } = await boot(platform);
      expect((await fetch(`${url}/%E0%A4%A`)).status).toBe(400);
      const { status } = await fetch(`${url}/${'x'.repeat(10_000)}`);
      expect([404, 414]).toContain(status);
    });

    it('answers the plan: what guards what, by which options, and where they came from', async () => {
      const { url } = await boot(platform, {
        allowUnauthenticated: true,
        redact: ({ breaker, value }) => (breaker === 'cache' ? undefined : { ...value, tags: 'secret' }),
      });
      const { others } = (await json(fetch(`${url}/plan`))) as { others: { name: string; options?: object }[] };
      expect(others.find(({ name }) => name === 'payments')).toMatchObject({
        policy: 'circuit_breaker',
        options: {
          failureThreshold: { value: 3, origin: 'config' },
          minimumThroughput: { value: 20, origin: 'default' },
          tags: { value: 'secret', origin: 'config' },
        },
      });
      expect(others.find(({ name }) => name === 'cache')).not.toHaveProperty('options');
    });

    it('decodes names once', async () => {
      const names = ['payments:eu', 'a b', 'a/b', 'a%2Fb', 'ä"<b>', 'constructor'];
      const { url } = await boot(platform, undefined, Object.fromEntries(names.map((name) => [name, {}])));
      for (const name of names) expect(await json(fetch(`${url}/${encodeURIComponent(name)}`))).toMatchObject({ name });
    });

    it('changes nothing, and leaves no breaker of its own behind', async () => {
      const { url, registry, clock } = await boot(platform);
      await times(3, () => fail(registry.circuitBreaker('payments')));
      await clock.advance(31_000);
      for (const path of ['', '/payments', '/payments/events', '/dashboard', '/nobody']) await fetch(url + path);
      expect(registry.snapshot().map(({ name, state }) => [name, state])).toEqual([
        ['payments', 'open'],
        ['cache', 'closed'],
      ]);
    });

    it('answers the last 100 events, transitions among them however many calls follow', async () => {
      const { url, registry } = await boot(platform);
      const payments = registry.circuitBreaker('payments');
      await times(3, () => fail(payments));
      payments.close();
      await times(150, () => succeed(payments));
      const events: { type: string; error?: unknown }[] = await json(fetch(`${url}/payments/events`));
      expect(events).toHaveLength(100);
      expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['opened', 'closed']);
      expect(events.at(-1)).toMatchObject({ type: 'succeeded', name: 'payments', duration: 0 });
    });

    it('tells of errors by name and code alone', async () => {
      const { url, registry } = await boot(platform);
      await fail(
        registry.circuitBreaker('payments'),
        Object.assign(new Error('card 4111'), { code: 'E_CARD', card: '4111' }),
      );
      const text = JSON.stringify([await json(fetch(`${url}/payments/events`)), await json(fetch(url))]);
      expect(text).toContain('E_CARD');
      expect(text).not.toContain('4111');
    });

    it('shows what the hook leaves of errors and options', async () => {
      const { url, registry, listen } = await boot(platform, {
        allowUnauthenticated: true,
        redact: ({ kind, breaker }) => {
          if (breaker === 'cache') throw new Error('cannot say');
          if (breaker === 'big') return 1n;
          return kind === 'error' ? 'an error' : 'options';
        },
      });
      await fail(registry.circuitBreaker('payments'));
      await fail(registry.circuitBreaker('cache'));
      await fail(registry.circuitBreaker('big'));
      const nothing = { lastError: null, options: null };
      const seen = { breakers: [{ lastError: 'an error', options: 'options' }, nothing, nothing] };
      expect(await json(fetch(url))).toMatchObject(seen);
      expect((await (await listen()).next()).data).toMatchObject(seen);
      expect(await json(fetch(`${url}/payments/events`))).toMatchObject([{ type: 'failed', error: 'an error' }]);
    });
  });

  describe('steering', () => {
    it('moves a breaker by hand, with a reason and an end', async () => {
      const { url, registry } = await boot(platform);
      const answer = await post(`${url}/payments/isolate`, { reason: 'bank holiday', for: '10m' });
      expect(answer.status).toBe(200);
      expect(await json(answer)).toMatchObject({ state: 'isolated', reason: 'bank holiday', retryAfter: 600_000 });
      const states = [];
      for (const action of ['close', 'disable', 'metrics-only', 'isolate', 'reset']) {
        expect((await post(`${url}/payments/${action}`)).status).toBe(200);
        states.push(registry.circuitBreaker('payments').state);
      }
      expect(states).toEqual(['closed', 'disabled', 'metrics_only', 'isolated', 'closed']);
    });

    it('changes options, and says what is wrong with them', async () => {
      const { url, registry } = await boot(platform);
      expect(await json(patch(`${url}/payments`, { failureRatio: 0.3, reason: 'careful' }))).toMatchObject({
        options: { failureRatio: 0.3 },
      });
      const wrong = await patch(`${url}/payments`, { failureRatio: 50, failureTreshold: 1 });
      expect(wrong.status).toBe(400);
      expect(JSON.stringify(await json(wrong))).toMatch(/failureRatio.*0\.5.*failureTreshold.*failureThreshold/);
      expect(registry.circuitBreaker('payments').options.failureRatio).toBe(0.3);
    });

    it.each([
      ['no object', '[]'],
      ['a text', '"close it"'],
      ['broken JSON', '{"reason": '],
      ['an unknown field', '{"because": "x"}'],
      ['a reason that is no text', '{"reason": {"a": 1}}'],
      ['a reason that is too long', JSON.stringify({ reason: 'x'.repeat(501) })],
      ['a duration that is none', '{"for": "a while"}'],
      ['a duration below 0', '{"for": -5}'],
      ['a duration that is endless', '{"for": 1e99}'],
      ['a prototype', '{"__proto__": {"reason": "x"}}'],
      ['a constructor', '{"constructor": {"prototype": {"reason": "x"}}}'],
    ])('answers 400 to a body with %s', async (_, body) => {
      const { url, registry } = await boot(platform);
      const answer = await post(`${url}/payments/isolate`, body);
      expect(answer.status).toBe(400);
      expect(await json(answer)).toMatchObject({ statusCode: 400 });
      expect(registry.circuitBreaker('payments').state).toBe('closed');
    });

    it.each([
      '{}', '[]', '{"reason": "x"}', '{"__proto__": {"failureRatio": 0.1}}', '{"constructor": {"prototype": {"polluted": 1}}}',
      '{"failureRatio": null}', '{"classify": "eval"}', '{"failureRatio": {"__proto__": {"polluted": 1}}}',
      '{"tags": [{"toString": 1}]}',
    ])('answers 400 to the options %s', async (body) => {
      const { url, registry } = await boot(platform);
      const before = registry.circuitBreaker('payments').options;
      expect((await patch(`${url}/payments`, body)).status).toBe(400);
      expect(registry.circuitBreaker('payments').options).toEqual(before);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    }); // prettier-ignore

    it('says no to bodies without end', async () => {
      const { url } = await boot(platform);
      const { status } = await post(`${url}/payments/isolate`, { reason: 'x'.repeat(5_000_000) });
      expect([400, 413]).toContain(status);
    });

    it('needs its header, JSON and its own origin', async () => {
      const { url, registry } = await boot(platform);
      const isolate = `${url}/payments/isolate`;
      const own = new URL(url).origin;
      expect(await raw(isolate, { 'content-type': 'application/json' })).toBe(403);
      expect(await raw(isolate, { ...ASKED, 'x-circuit-breaker-admin': 'yes' })).toBe(403);
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'text/json', 'application/jsonx']) {
        expect([type, await raw(isolate, { ...ASKED, 'content-type': type }, 'a=1')]).toEqual([type, 415]);
      }
      const hostile: Record<string, string>[] = [
        { origin: 'https://evil.example' }, { origin: 'null' }, { origin: `${own}.evil.example` }, { origin: 'nonsense' },
        { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'same-origin', origin: 'null' },
      ]; // prettier-ignore
      for (const headers of hostile)
        expect([headers, await raw(isolate, { ...ASKED, ...headers })]).toEqual([headers, 403]);
      expect(registry.circuitBreaker('payments').state).toBe('closed');
      for (const headers of [{ origin: own }, { 'sec-fetch-site': 'same-origin', origin: own }, {}] as Record<
        string,
        string
      >[]) {
        expect([headers, await raw(isolate, { ...ASKED, ...headers })]).toEqual([headers, 200]);
      }
    });

    it('lets origins in that it was told of', async () => {
      const { url } = await boot(platform, { allowUnauthenticated: true, origins: ['https://ops.example.com'] });
      const headers = { ...ASKED, origin: 'https://ops.example.com' };
      expect(await raw(`${url}/payments/isolate`, headers)).toBe(200);
      expect(await raw(`${url}/payments/isolate`, { ...headers, origin: 'http://ops.example.com' })).toBe(403);
    });

    it('keeps a record of who did what, why and until when', async () => {
      const actions: AdminAction[] = [];
      const { url, registry, log } = await boot(platform, {
        imports: [BadgeModule],
        guards: [OpsGuard],
        actor: (request: { user?: { name: string } }) => request.user?.name,
        audit: (action) => void actions.push(action),
      });
      const events: unknown[] = [];
      registry.on('isolated', (event) => void events.push(event));
      registry.on('updated', (event) => void events.push(event));
      const headers = { authorization: 'sesame', 'x-user': 'berta' };
      await post(`${url}/payments/isolate`, { reason: 'bank holiday', for: 1_000 }, headers);
      await patch(`${url}/payments`, { failureRatio: 0.3, reason: 'careful' }, headers);
      expect(actions).toMatchObject([
        { action: 'isolate', breaker: 'payments', actor: 'berta', reason: 'bank holiday', expiresAt: expect.any(Date) },
        { action: 'update', breaker: 'payments', actor: 'berta', reason: 'careful', changes: { failureRatio: 0.3 } },
      ]);
      expect(events).toMatchObject([
        { type: 'isolated', actor: 'berta', reason: 'bank holiday', expiresAt: expect.any(Date) },
        { type: 'updated', actor: 'berta', reason: 'careful' },
      ]);
      expect(await json(fetch(`${url}/payments/events`, { headers }))).toMatchObject([
        { type: 'isolated', actor: 'berta', reason: 'bank holiday' },
        { type: 'updated', actor: 'berta', reason: 'careful', changes: { failureRatio: 0.3 } },
      ]);
      expect(log.texts()).toContainEqual(expect.stringMatching(/^berta: isolate "payments" until .*\(bank holiday\)$/));
    });

    it('calls those nobody knows anonymous', async () => {
      const actions: AdminAction[] = [];
      const audit = (action: AdminAction): void => void actions.push(action);
      const { url } = await boot(platform, { allowUnauthenticated: true, audit, actor: () => '' });
      await post(`${url}/payments/reset`);
      expect(actions).toMatchObject([{ action: 'reset', actor: 'anonymous', reason: null, expiresAt: null }]);
    });

    it('writes no line into the log that a client has made up', async () => {
      const { url, log } = await boot(platform, { allowUnauthenticated: true, actor: () => 'eve\r\n[Nest] forged' });
      await post(`${url}/payments/isolate`, { reason: 'x\r\n[Nest] forged \u001b[2K\u2028y' });
      const forged = log.texts().filter((line) => line.includes('forged'));
      expect(forged.length).toBeGreaterThan(1);
      // oxlint-disable-next-line no-control-regex
      expect(forged.filter((line) => /[\u0000-\u001f\u2028]/.test(line))).toEqual([]);
    });
  });

  describe('guards', () => {
    it('protect all', async () => {
      const { url } = await boot(platform, { imports: [BadgeModule], guards: [OpsGuard] });
      for (const path of [
        '',
        '/payments',
        '/payments/events',
        '/events',
        '/plan',
        '/dashboard',
        '/assets/dashboard.js',
      ]) {
        expect([path, (await fetch(url + path)).status]).toEqual([path, 403]);
      }
      expect((await post(`${url}/payments/isolate`)).status).toBe(403);
      expect((await patch(`${url}/payments`, { failureRatio: 0.3 })).status).toBe(403);
      expect((await fetch(url, { headers: { authorization: 'sesame' } })).status).toBe(200);
      expect((await post(`${url}/payments/isolate`, {}, { authorization: 'sesame' })).status).toBe(200);
    });

    it('are replaced for reading by those of reading', async () => {
      const options = { imports: [BadgeModule], guards: [OpsGuard], readGuards: [new CookieGuard()] };
      const { url } = await boot(platform, options);
      const cookie = { cookie: 'ops=1' };
      for (const path of ['', '/payments', '/payments/events', '/plan', '/dashboard', '/assets/dashboard.js']) {
        expect([path, (await fetch(url + path, { headers: { authorization: 'sesame' } })).status]).toEqual([path, 403]);
        expect([path, (await fetch(url + path, { headers: cookie })).status]).toEqual([path, 200]);
      }
      expect((await post(`${url}/payments/isolate`, {}, cookie)).status).toBe(403);
      expect((await post(`${url}/payments/isolate`, {}, { authorization: 'sesame' })).status).toBe(200);
    });
  });

  describe('the event stream', () => {
    it('begins with the whole', async () => {
      const { listen, registry } = await boot(platform);
      await succeed(registry.circuitBreaker('payments'));
      const first = await (await listen()).next();
      expect(first).toMatchObject({
        event: 'snapshot',
        data: {
          summary: { total: 2 },
          breakers: [{ name: 'payments', options: { failureThreshold: 3 } }, { name: 'cache' }],
        },
      });
      const { recent } = first.data.breakers[0]!;
      expect(recent.successes).toHaveLength(60);
      expect(recent.successes.at(-1)).toBe(1);
      expect(recent.p50).toBeGreaterThan(0);
    });

    it('goes on with what changed, merged to two frames a second', async () => {
      const { listen, registry, clock } = await boot(platform);
      const stream = await listen();
      await stream.next();
      const payments = registry.circuitBreaker('payments');
      await times(3, () => fail(payments));
      await clock.advance(500);
      const { event, data } = await stream.next();
      expect(event).toBe('update');
      expect(data).toMatchObject({
        summary: { open: 1 },
        breakers: [{ name: 'payments', state: 'open' }],
        removed: [],
      });
      expect(data.events).toMatchObject([{ type: 'opened', name: 'payments' }]);
      expect(data.breakers[0]).not.toHaveProperty('options');
      await clock.advance(1_000);
      registry.update('payments', { failureRatio: 0.2 });
      registry.remove('cache');
      await clock.advance(500);
      expect((await stream.next()).data).toMatchObject({
        breakers: [{ name: 'payments', options: { failureRatio: 0.2 } }],
        removed: ['cache'],
        events: [{ type: 'updated' }],
      });
    });

    it('beats every five seconds while nothing happens', async () => {
      const { listen, clock } = await boot(platform);
      const stream = await listen();
      await stream.next();
      await clock.advance(10_000);
      expect([(await stream.next()).event, (await stream.next()).event]).toEqual(['heartbeat', 'heartbeat']);
    });

    it('takes no more clients than it is told, and has room again when one goes', async () => {
      const { url, listen } = await boot(platform, { allowUnauthenticated: true, maxConnections: 2 });
      const first = await listen();
      await listen();
      const refused = await fetch(`${url}/events`);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
      await refused.text();
      first.close();
      await until(() => listen().then(() => true, () => false)); // prettier-ignore
    });

    it('is not for pages of other sites', async () => {
      const { url } = await boot(platform);
      expect((await fetch(`${url}/events`, { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
    });

    it('has no timer without clients', async () => {
      const { listen, clock } = await boot(platform);
      expect(clock.pending).toBe(0);
      const stream = await listen();
      expect(clock.pending).toBe(1);
      stream.close();
      await until(() => clock.pending === 0);
    });

    it('ends with the application', async () => {
      const { listen } = await boot(platform);
      const stream = await listen();
      await app?.close();
      await stream.ended;
    });
  });

  describe('the page', () => {
    it('comes with a strict policy, and so do its files', async () => {
      const { url } = await boot(platform);
      const page = await fetch(`${url}/dashboard`);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).toContain(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
      );
      expect(page.headers.get('x-content-type-options')).toBe('nosniff');
      const html = await page.text();
      expect(html).not.toMatch(/<style|style=|<script>|\son\w+=|https?:\/\//);
      const files = [...html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, file]) => file);
      expect(files.length).toBeGreaterThan(1);
      for (const file of files) expect((await fetch(`${url}/${file}`)).status).toBe(200);
      expect((await fetch(`${url}/assets/nothing.js`)).status).toBe(404);
    });

    it('is left out where it is not wanted', async () => {
      const { url } = await boot(platform, { allowUnauthenticated: true, dashboard: false, path: 'ops/breakers' });
      expect((await fetch(url)).status).toBe(200);
      expect((await fetch(`${url}/dashboard`)).status).toBe(404);
    });
  });
});

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 5_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error('waited 5 s in vain');
    await delay(10);
  }
}
