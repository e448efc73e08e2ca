import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { buildSample, SampleProgram } from '../fixtures/built-sample.js';
import { until, withPrometheus } from '../fixtures/prometheus.js';
import { describeWith } from '../fixtures/system-package.js';

const FREE_PORTS = { PORT: '0', CONTROL_PORT: '0', PAYMENTS_PORT: '0', INVENTORY_PORT: '0', QUOTES_PORT: '0' };

interface Health {
  readonly status: number;
  readonly payments: { readonly state: string; readonly color: string };
}

interface Receipt {
  readonly payment: string;
  readonly fallbacks: readonly string[];
}

let dist: string;

beforeAll(() => {
  dist = buildSample();
}, 60_000);

describe('the storefront', () => {
  let program: SampleProgram;
  const urls: Record<string, string> = {};

  beforeAll(async () => {
    const quickly = { PAYMENTS_BREAK_DURATION: '1s', ORDERS_PER_SECOND: '5' };
    program = new SampleProgram(join(dist, 'main.js'), { ...FREE_PORTS, ...quickly });
    await program.says(/Ctrl\+C/);
    for (const name of ['shop', 'payments', 'control']) {
      const [, url = ''] = await program.says(new RegExp(`${name} +(http://127\\.0\\.0\\.1:\\d+)`));
      urls[name] = url;
    }
  }, 30_000);

  afterAll(async () => {
    program.kill('SIGKILL');
    await program.ended;
  });

  async function health(): Promise<Health> {
    const response = await fetch(`${urls['shop']}/health`);
    const { details } = (await response.json()) as {
      details: { 'circuit-breakers': { breakers: { payments: Health['payments'] } } };
    };
    return { status: response.status, payments: details['circuit-breakers'].breakers.payments };
  }

  async function healthUntil(isSeen: (health: Health) => boolean): Promise<Health[]> {
    const seen: Health[] = [];
    for (const deadline = performance.now() + 10_000; performance.now() < deadline; await pause(50)) {
      const sight = await health();
      seen.push(sight);
      if (isSeen(sight)) return seen;
    }
    throw new Error(`Not seen within 10 s: ${JSON.stringify(seen.slice(-3))}\n${program.stdout}`);
  }

  async function buy(): Promise<Receipt & { readonly took: number }> {
    const began = performance.now();
    const response = await fetch(`${urls['shop']}/checkout`, {
      method: 'POST',
      body: new URLSearchParams({ sku: 'mug' }),
    });
    const receipt = (await response.json()) as Receipt;
    expect(response.status).toBe(201);
    return { ...receipt, took: performance.now() - began };
  }

  const control = (action: string): Promise<Response> => fetch(`${urls['control']}/${action}`, { method: 'POST' });

  it('prints the four things to try, with the ports it really has', () => {
    expect(program.stdout).toContain(`curl -d sku=mug ${urls['shop']}/checkout`);
    expect(program.stdout).toContain(`curl -X POST ${urls['control']}/payments/errors`);
    expect(program.stdout).toContain(`curl -si ${urls['shop']}/health`);
    expect(program.stdout).toContain(`curl -X POST ${urls['control']}/payments/heal`);
  });

  it('has a dashboard, and metrics for Prometheus', async () => {
    expect(program.stdout).toContain(`${urls['shop']}/circuit-breakers/dashboard`);
    const page = await fetch(`${urls['shop']}/circuit-breakers/dashboard`);
    expect(await page.text()).toContain('<h1>Circuit breakers</h1>');
    const metrics = await fetch(`${urls['shop']}/metrics`);
    expect(await metrics.text()).toContain('circuit_breaker_state{breaker="payments",state="closed"}');
  });

  describeWith('prometheus', 'prometheus')('a real Prometheus', () => {
    it('scrapes it', async () => {
      await withPrometheus(new URL(urls['shop'] as string).host, async (query) => {
        const closed = 'circuit_breaker_state{breaker="payments",state="closed"}';
        await until(async () => (await query(closed)).length > 0, 'the first scrape');
        expect(await query(closed)).toMatchObject([[{ breaker: 'payments', job: 'shop' }, '1']]);
      });
    }, 60_000);
  });

  it('writes no colours where its output is no terminal', () => {
    expect(program.stdout).not.toContain('\x1b');
  });

  it('sells without fallbacks while all is well', async () => {
    expect(await buy()).toMatchObject({ payment: 'captured', fallbacks: [] });
    expect(await health()).toMatchObject({ status: 200, payments: { state: 'closed', color: 'green' } });
  });

  it.each(['errors', 'hang'])(
    'turns red on %s and sells from its fallback, in milliseconds; healed, it goes through yellow to green by itself',
    async (ailment) => {
      expect((await control(`payments/${ailment}`)).status).toBe(200);
      const red = (await healthUntil(({ payments }) => payments.color === 'red')).at(-1);
      expect(red).toMatchObject({ status: 503, payments: { state: 'open' } });

      const receipts = [await buy(), await buy(), await buy(), await buy(), await buy()];
      expect(receipts.map(({ payment }) => payment)).toEqual(Array(5).fill('deferred'));
      expect(receipts[0]?.fallbacks).toEqual(['payments']);
      expect(Math.min(...receipts.map(({ took }) => took))).toBeLessThan(100);

      await control('payments/heal');
      const seen = await healthUntil(({ payments }) => payments.color === 'green');
      const colors = seen.map(({ payments }) => payments.color).filter((color, index, all) => color !== all[index - 1]);
      expect(colors.slice(-3)).toEqual(['red', 'yellow', 'green']);
      expect(seen.find(({ payments }) => payments.color === 'yellow')?.status).toBe(200);
      expect(await buy()).toMatchObject({ payment: 'captured' });
    },
    30_000,
  );

  it('breaks in four ways, and heals', async () => {
    const ask = async (patience: number): Promise<string> => {
      const signal = AbortSignal.timeout(patience);
      return fetch(`${urls['payments']}/charges/A-1`, { method: 'PUT', signal }).then(
        ({ status }) => String(status),
        (error: Error) => (error.cause as { code?: string } | undefined)?.code ?? error.name,
      );
    };
    await control('payments/errors');
    expect(await ask(5_000)).toBe('500');
    await control('payments/slow?ms=500');
    expect(await ask(300)).toBe('TimeoutError');
    expect(await ask(5_000)).toBe('200');
    await control('payments/hang');
    expect(await ask(700)).toBe('TimeoutError');
    await control('payments/refuse');
    expect(await ask(5_000)).toBe('ECONNREFUSED');
    await control('payments/heal');
    expect(await ask(5_000)).toBe('200');
  }, 20_000);

  it('heals an upstream whose process has died by starting another on the same port', async () => {
    const upstreams = async (): Promise<Record<string, { mode: string; pid: number | null }>> =>
      ((await (await fetch(`${urls['control']}/`)).json()) as { upstreams: never }).upstreams;
    const { pid } = (await upstreams())['quotes'] ?? {};
    process.kill(Number(pid), 'SIGKILL');
    await program.says(/quotes has ended/);
    expect((await upstreams())['quotes']).toMatchObject({ pid: null });
    expect((await control('quotes/heal')).status).toBe(200);
    expect((await upstreams())['quotes']).toMatchObject({ mode: 'healthy', pid: expect.any(Number) });
  });

  it('refuses what it does not know', async () => {
    expect((await control('payments/explode')).status).toBe(404);
    expect((await control('constructor/errors')).status).toBe(404);
    expect((await fetch(`${urls['control']}/payments/errors`)).status).toBe(405);
  });

  it('says which port is taken and how to choose another', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const second = new SampleProgram(join(dist, 'main.js'), { ...FREE_PORTS, INVENTORY_PORT: String(port) });
    expect(await second.ended).toBe(1);
    expect(second.stderr).toMatch(new RegExp(`Port ${port} \\(inventory\\) is taken.*INVENTORY_PORT=\\d+ npm start`));
    server.close();
  }, 20_000);

  it('leaves no process behind when it is killed', async () => {
    program.kill('SIGKILL');
    await program.ended;
    const isGone = (url: string | undefined): Promise<boolean> =>
      fetch(`${url}/`).then(
        () => false,
        () => true,
      );
    for (const deadline = performance.now() + 5_000; performance.now() < deadline; await pause(50)) {
      if ((await isGone(urls['shop'])) && (await isGone(urls['payments']))) return;
    }
    throw new Error('the shop or payments still answer');
  }, 10_000);
});

describe('the demo', () => {
  it('plays the outage, sums up what the breaker saved, and ends with 0', async () => {
    const demo = new SampleProgram(join(dist, 'demo.js'), { DEMO_SECONDS: '10' });
    const code = await demo.ended;
    expect({ code, stderr: demo.stderr }).toEqual({ code: 0, stderr: '' });
    expect(demo.stdout).not.toContain('\x1b');
    const states = [...demo.stdout.matchAll(/^ *[\d.]+ {2}. (closed|open|half-open)/gm)].map(([, state]) => state);
    expect(states.join(' ')).toMatch(/^closed .*\bopen .*half-open .*\bclosed/);
    expect(demo.stdout).toMatch(/guarded +unguarded +saved/);
  }, 45_000);

  it('says what did not happen, and ends with 1', async () => {
    const demo = new SampleProgram(join(dist, 'demo.js'), { DEMO_SECONDS: 'soon' });
    expect(await demo.ended).toBe(1);
    expect(demo.stderr).toContain('DEMO_SECONDS: expected 8 to 600, got "soon".');
  }, 10_000);
});
