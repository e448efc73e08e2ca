// npm run demo:cluster: one outage across four storefronts, with and without coordination.
import { setTimeout as pause } from 'node:timers/promises';

import { Fleet, upstream } from './cluster/fleet.js';
import { conclusion, tableOf } from './cluster/table.js';
import type { FleetAccount } from './cluster/table.js';
import { Household } from './processes/household.js';
import type { Child } from './processes/child.js';
import { RedisServer } from './processes/redis-server.js';
import { markOf } from './terminal/marks.js';
import { paint } from './terminal/paint.js';

/** Seconds of health, of the outage, and at most until all have noticed that it is over. */
const WELL = 2;
const ILL = 5.5;
const RECOVERY = 18;

const household = new Household();
const redis = new RedisServer();
const print = (text: string): void => void process.stdout.write(`${text}\n`);

const HOW_TO_GET_IT = `
  This demo needs redis-server, which is not installed here:

    Debian, Ubuntu   sudo apt install redis-server
    macOS            brew install redis

  It starts one of its own on a free port, and ends it. Without Redis: npm run demo
`;

async function play(): Promise<string | undefined> {
  print(`
  ${paint('bold', 'One outage, two fleets')}: four storefronts that know nothing of each other, and four
  that share what they learn through a Redis. Same load, same breakers: 10 failing
  calls open one (each order makes three), for 6 s; 4 good probes close it. ${paint('dim', 'Takes half a minute.')}
`);
  await redis.start();
  let began = performance.now();
  const say = (column: number, text: string): void => {
    const seconds = ((performance.now() - began) / 1_000).toFixed(1).padStart(5);
    print(`${paint('dim', seconds)}  ${column === 0 ? text : `${' '.repeat(36)}${text}`}`);
  };
  const onLoss = ({ name }: Child): void => void giveUp(new Error(`${name} has ended unexpectedly.`));
  const fleetOf = (column: number, env: Readonly<Record<string, string>>): Fleet =>
    new Fleet(
      household,
      env,
      ({ number }, { to, reason, failures }) => {
        const why =
          to !== 'open' || reason === 'probe_failed'
            ? ''
            : reason === 'cluster'
              ? ` with the fleet`
              : ` by ${failures} failures`;
        say(column, `${number} ${markOf(to, paint)}${paint('dim', reason === 'probe_failed' ? ' probe failed' : why)}`);
      },
      onLoss,
    );
  const alone = fleetOf(0, { REDIS_URL: '' });
  const together = fleetOf(1, { REDIS_URL: redis.url, REDIS_NAMESPACE: 'demo' });
  const fleets = [alone, together] as const;
  const [inventory = 0, quotes = 0] = await household.start([
    upstream(household, 'inventory', onLoss),
    upstream(household, 'quotes', onLoss),
  ]);
  await Promise.all(fleets.map((fleet) => fleet.start({ inventory, quotes })));

  print(paint('bold', `  time ${'alone'.padEnd(36)}together`));
  began = performance.now();
  const scriptsBefore = await redis.scriptsRun();
  for (const fleet of fleets) fleet.open();
  await pause(WELL * 1_000);
  say(0, paint('bold', '━━ Payments fail: every call is answered with 500. ━━'));
  const illAt = Date.now();
  await Promise.all(fleets.map((fleet) => fleet.fall('errors')));
  await pause(ILL * 1_000);
  say(0, paint('bold', '━━ Payments are repaired. Nobody tells the storefronts. ━━'));
  const healedAt = Date.now();
  const callsWhileIll = await Promise.all(fleets.map((fleet) => fleet.fall('healthy')));
  for (let waited = 0; waited < RECOVERY && !fleets.every((fleet) => fleet.areAll('closed')); waited += 0.1)
    await pause(100);
  await Promise.all(fleets.map((fleet) => fleet.close()));
  const seconds = (performance.now() - began) / 1_000;
  const scripts = (await redis.scriptsRun()) - scriptsBefore;

  const accounts = fleets.map(({ storefronts }, index): FleetAccount => {
    return {
      storefronts: storefronts.map((each) => each.account(illAt, healedAt)),
      callsWhileIll: callsWhileIll[index] ?? 0,
    };
  });
  const [apart, joined] = accounts as [FleetAccount, FleetAccount];
  const rates = alone.storefronts.map(({ perSecond }) => perSecond);
  print(`\n${tableOf('alone', rates, apart, paint)}\n\n${tableOf('together', rates, joined, paint)}\n`);
  print(`${conclusion(apart, joined, scripts, seconds)}\n`);
  return missing([...apart.storefronts, ...joined.storefronts], joined);
}

function missing(storefronts: FleetAccount['storefronts'], joined: FleetAccount): string | undefined {
  if (storefronts.some(({ openedAfter }) => openedAfter === null)) return 'a storefront never opened';
  if (storefronts.some(({ closedAfter }) => closedAfter === null)) return 'a storefront did not close again';
  return joined.storefronts.some(({ hasFollowed }) => hasFollowed) ? undefined : 'nobody followed the others';
}

async function leave(): Promise<void> {
  await household.stop();
  await redis.stop();
}

async function giveUp(error: Error): Promise<void> {
  if (household.isStopping) return;
  process.stderr.write(`\n${error.message.replaceAll(/^/gm, '  ')}\n\n`);
  await leave();
  process.exit(1);
}

if (!RedisServer.isInstalled) {
  process.stderr.write(`${HOW_TO_GET_IT}\n`);
  process.exit(1);
}
household.endOnSignals(async (signal) => {
  await leave();
  return signal === 'SIGINT' ? 130 : 143;
});
play().then(async (fault) => {
  await leave();
  if (fault !== undefined) process.stderr.write(`  The story did not happen: ${fault}.\n\n`);
  process.exit(fault === undefined ? 0 : 1);
}, giveUp);
