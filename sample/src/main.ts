// npm start: the shop, its three upstreams and a control desk, each upstream a process of its own.
import type { Child } from './processes/child.js';
import { Household } from './processes/household.js';
import { choosePort, urlOf } from './processes/port.js';
import { ControlDesk } from './start/control-desk.js';
import { Customers } from './start/customers.js';
import type { Purchase } from './start/customers.js';
import { HealthWatch } from './start/health-watch.js';
import type { Sight } from './start/health-watch.js';
import { StatusLine } from './start/status-line.js';
import { welcome } from './start/welcome.js';
import { brief } from './terminal/durations.js';
import { markOf } from './terminal/marks.js';
import { paint, wantsColour } from './terminal/paint.js';
import { UPSTREAM_NAMES } from './upstreams/mode.js';
import type { UpstreamName } from './upstreams/mode.js';

const household = new Household();
const screen = new StatusLine(process.stdout);

function upstream(name: UpstreamName, port: number): Child {
  return household.add({
    name,
    script: 'upstream.js',
    port: choosePort(`${name.toUpperCase()}_PORT`, port),
    env: { UPSTREAM: name },
    onExit: () => screen.print(paint('yellow', `  The process of ${name} has ended. Healing ${name} starts it again.`)),
  });
}

function shopFor(urls: Readonly<Record<string, string>>): Child {
  return household.add({
    name: 'shop',
    script: 'shop.js',
    port: choosePort('PORT', 3000),
    env: { ...urls, [wantsColour(process.stdout) ? 'FORCE_COLOR' : 'NO_COLOR']: '1' },
    onOutput: (text) => screen.print(text),
    onExit: () => void giveUp(new Error('The shop has ended unexpectedly.')),
  });
}

function readRate(): number {
  const text = process.env['ORDERS_PER_SECOND'] ?? '1';
  const rate = Number(text);
  if (!(rate >= 0 && rate <= 100)) throw new Error(`ORDERS_PER_SECOND: expected 0 to 100, got "${text}".`);
  return rate;
}

async function open(): Promise<void> {
  const ordersPerSecond = readRate();
  const upstreams = {
    payments: upstream('payments', 3101),
    inventory: upstream('inventory', 3102),
    quotes: upstream('quotes', 3103),
  };
  const controlPort = choosePort('CONTROL_PORT', 3100);
  const desk = new ControlDesk(upstreams, (name, mode) =>
    screen.print(`  ${paint('dim', 'you')}  ${name} ${mode === 'healthy' ? 'is healed' : `is broken: ${mode}`}`),
  );
  const [control, [payments = 0, inventory = 0, quotes = 0]] = await Promise.all([
    desk.listen(controlPort),
    household.start(Object.values(upstreams)),
  ]);
  const child = shopFor({
    PAYMENTS_URL: urlOf(payments),
    INVENTORY_URL: urlOf(inventory),
    QUOTES_URL: urlOf(quotes),
  });
  const [shop = 0] = await household.start([child]);
  screen.print(welcome({ shop, control, payments, inventory, quotes }, ordersPerSecond, paint));
  observe(urlOf(shop), ordersPerSecond);
}

/** Lets the customers in and keeps the bottom line up to date. */
function observe(shop: string, ordersPerSecond: number): void {
  const recent: Purchase[] = [];
  new Customers(shop, ordersPerSecond, (purchase) => {
    recent.push(purchase);
    if (recent.length > 8) recent.shift();
  }).start();
  // without a terminal there is no bottom line to keep
  if (process.stdout.isTTY) new HealthWatch(shop, 300, (sight) => screen.show(describe(sight, recent))).start();
}

const FACES = { ok: ['green', '✓'], fallback: ['cyan', '↺'], error: ['red', '✗'] } as const;

function describe(sight: Sight, recent: readonly Purchase[]): string {
  const breakers = UPSTREAM_NAMES.flatMap((name) => {
    const { state, retryAfter } = sight[name] ?? {};
    if (state === undefined) return [];
    const isWaiting = typeof retryAfter === 'number' && state !== 'half_open';
    return [`${name} ${markOf(state, paint)}${isWaiting ? paint('dim', until(retryAfter)) : ''}`];
  });
  const faces = recent.map(({ outcome }) => paint(FACES[outcome][0], FACES[outcome][1]));
  const last = recent.at(-1);
  return `  ${breakers.join('  ')}  ${faces.join('')}${last ? ` ${brief(last.took)}` : ''}`;
}

/** An open breaker whose break is over waits for the next call. */
const until = (ms: number): string => (ms > 0 ? ` ${(ms / 1_000).toFixed(1)}s` : ' probe due');

async function giveUp(error: Error): Promise<void> {
  if (household.isStopping) return;
  screen.end();
  process.stderr.write(`\n${error.message.replaceAll(/^/gm, '  ')}\n\n`);
  await household.stop();
  process.exit(1);
}

household.endOnSignals(async () => {
  screen.end();
  await household.stop();
  return 0;
});
open().catch(giveUp);
