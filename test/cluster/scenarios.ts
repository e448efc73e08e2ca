import { expect } from '@jest/globals';

import type { Instance, InstanceOptions } from './instance.js';
import type { Trouble, World } from './world.js';

/** A promise of the protocol, and a course of events that shows whether it is kept. */
export interface Scenario {
  readonly rule: string;
  /** @throws an assertion's error, or a `Breach`, when it is not */
  play(world: World): Promise<void>;
}

type Three = [Instance, Instance, Instance];

/** A break, and a little, in ms. */
const BREAK = 320;
/** Two syncs and what a message needs, in ms. */
const TWO_SYNCS = 500;

const OPENED = 'opened: failure_threshold';
const FOLLOWED = 'opened: cluster';
const PROBING = 'half_opened: break_over';

const scenarios: Scenario[] = [];

function scenario(rule: string, play: (world: World) => Promise<void>): Scenario {
  const made = { rule, play };
  scenarios.push(made);
  return made;
}

const three = async (world: World, options: InstanceOptions = {}): Promise<Three> =>
  // patient, where it is not the deadline that is tried: a busy machine is not to make an instance decide alone
  (await world.start(3, { leaseDeadline: 50 + 3 * world.slack, ...options })) as Three;

/** Two of three open; the third follows. */
async function openAll(world: World, [a, b, c]: Three): Promise<void> {
  await a.trip();
  await b.trip();
  await world.until(() => c.breaker.state === 'open');
  await world.until(() => a.cluster.epoch === 1 && b.cluster.epoch === 1);
}

/** The most probes that ran in the fleet at the same time; of one epoch, where one is given. */
export function mostProbes(fleet: readonly Instance[], epoch?: number): number {
  const probes = fleet.flatMap((each) => each.probes).filter((each) => epoch === undefined || each.epoch === epoch);
  return Math.max(0, ...probes.map(({ began }) => probes.filter((p) => p.began <= began && began < p.ended).length));
}

/** Whether all hold the same epoch of the same incarnation. */
export const agree = (fleet: readonly Instance[]): boolean =>
  new Set(fleet.map(({ cluster }) => `${cluster.incarnation} ${cluster.epoch}`)).size === 1;

export const oneBadNode = scenario('[C67] one bad node opens itself, and nobody else', async (world) => {
  const [bad, ...others] = await three(world);
  await bad.trip();
  await world.until(() => bad.cluster.votes === 1);
  await world.wait(TWO_SYNCS);
  for (const other of others) expect(other.moves).toEqual([]);
  expect(bad.moves).toEqual([OPENED]);
  expect(bad.cluster).toMatchObject({ cause: 'local', epoch: 0 });
});

export const quorumOpens = scenario('a quorum opens the fleet, and the others know why', async (world) => {
  const [a, b, c] = await three(world);
  await openAll(world, [a, b, c]);
  expect(c.moves).toEqual([FOLLOWED]);
  expect(c.cluster).toMatchObject({ cause: 'cluster', epoch: 1 });
  expect(a.moves).toEqual([OPENED]);
  expect((await c.call()).outcome).toBe('refused');
});

export const expiredVote = scenario('the vote of an instance that died does not count for ever', async (world) => {
  const [a, b, c] = await three(world);
  await a.trip();
  await world.until(() => a.cluster.votes === 1);
  a.link.become('refuse');
  await world.wait(3_000); // longer than a vote stands that is not renewed
  await b.trip();
  await world.wait(TWO_SYNCS);
  expect(b.moves).toEqual([OPENED]);
  expect(c.moves).toEqual([]);
});

export const fewProbes = scenario(
  '[C68] after the break one instance probes for all, with its share',
  async (world) => {
    const fleet = await three(world);
    await openAll(world, fleet);
    await world.wait(BREAK);
    const calls = await world.done(
      Promise.all(fleet.flatMap((each) => Array.from({ length: 10 }, () => each.begin(true, 100)))),
    );
    const passed = calls.filter(({ outcome }) => outcome === 'ok');
    expect(passed.length).toBeGreaterThanOrEqual(1);
    expect(mostProbes(fleet)).toBeLessThanOrEqual(2);
    expect(fleet.filter(({ moves }) => moves.includes(PROBING))).toHaveLength(1);
  },
);

export const recovery = scenario(
  'who followed closes with the fleet, who tripped after its own probe',
  async (world) => {
    const [a, b, c] = await three(world);
    await openAll(world, [a, b, c]);
    await world.wait(BREAK);
    await a.callUntil(() => c.breaker.state === 'closed');
    expect(c.moves).toEqual([FOLLOWED, 'closed: cluster']);
    expect(a.moves.slice(-2)).toEqual([PROBING, 'closed: recovered']);
    expect(b.breaker.state).toBe('open');
    await b.callUntil(() => b.breaker.state === 'closed');
    expect(b.moves).toEqual([OPENED, PROBING, 'closed: recovered']);
    await world.until(() => agree([a, b, c]));
  },
);

export const silentHolder = scenario(
  '[C69] another probes when the lease of a silent holder is over',
  async (world) => {
    const [a, b, c] = await three(world, { breaker: { halfOpenTimeout: 400 } });
    await openAll(world, [a, b, c]);
    await world.wait(BREAK);
    void a.begin(true, 60_000);
    await world.until(() => a.moves.includes(PROBING));
    a.link.become('blackhole');
    expect((await c.call()).outcome).toBe('refused'); // not yet
    expect(b.moves).toEqual([OPENED]);
    await world.wait(800 + BREAK);
    await b.callUntil(() => b.breaker.state === 'closed');
    await world.until(() => c.moves.at(-1) === 'closed: cluster');
  },
);

export const lateWord = scenario('[C69] the word of a lease that is over changes nothing', async (world) => {
  const brisk = { breaker: { halfOpenTimeout: 600, successThreshold: 1, halfOpenMaxCalls: 1 } };
  const [a, b, c] = await three(world, brisk);
  await openAll(world, [a, b, c]);
  await world.wait(BREAK);
  const late = a.begin(true, 100);
  await world.until(() => a.moves.includes(PROBING));
  a.link.become('hold');
  expect((await world.done(late)).outcome).toBe('ok');
  await world.wait(1_250); // the lease was for 1,200 ms
  const probe = b.begin(false, 300);
  await world.until(() => b.moves.includes(PROBING));
  a.link.heal(); // and its success is heard
  expect((await world.done(probe)).outcome).toBe('failed');
  await world.wait(TWO_SYNCS);
  expect(c.moves).toEqual([FOLLOWED]);
  expect(b.moves).toEqual([OPENED, PROBING, 'opened: probe_failed']);
});

export const oneFailedProbe = scenario('one failed probe reopens its own instance, and nobody else', async (world) => {
  const [a, b, c] = await three(world);
  await openAll(world, [a, b, c]);
  await world.wait(BREAK);
  await a.callUntil(() => a.moves.includes('opened: probe_failed'), false);
  await world.until(() => a.cluster.epoch === 2);
  await c.callUntil(() => c.breaker.state === 'closed');
  expect(a.breaker.state).toBe('open');
  expect(c.moves.filter((move) => move.startsWith('opened'))).toEqual([FOLLOWED]);
  expect(b.moves).toEqual([OPENED]);
});

export const failedProbes = scenario('a quorum of failed probes reopens the fleet', async (world) => {
  const [a, b, c] = await three(world);
  await openAll(world, [a, b, c]);
  await world.wait(BREAK);
  await a.callUntil(() => a.moves.includes('opened: probe_failed'), false);
  await b.callUntil(() => b.moves.includes('opened: probe_failed'), false);
  await world.until(() => c.moves.length === 2);
  expect(c.moves).toEqual([FOLLOWED, FOLLOWED]);
  expect(c.cluster.epoch).toBe(3);
});

export const alone = scenario('one alone still works', async (world) => {
  const [a] = (await world.start(1)) as [Instance];
  await a.trip();
  await world.wait(BREAK);
  await a.callUntil(() => a.breaker.state === 'closed');
  expect(a.moves).toEqual([OPENED, PROBING, 'closed: recovered']);
});

export const lostData = scenario('[C71] a Redis that lost its data begins anew, and all adopt it', async (world) => {
  const fleet = await three(world, { breaker: { breakDuration: 60_000 } });
  const [a, b, c] = fleet;
  await openAll(world, fleet);
  const { incarnation } = a.cluster;
  await world.redis.flush();
  await world.until(() => fleet.every(({ cluster }) => cluster.incarnation !== incarnation && cluster.epoch === 1));
  expect(agree(fleet)).toBe(true);
  expect([a, b, c].map(({ breaker }) => breaker.state)).toEqual(['open', 'open', 'open']);
});

export const otherHistory = scenario(
  'an epoch of another incarnation is another, whatever its number',
  async (world) => {
    const [a, b, c] = await three(world, { breaker: { breakDuration: 60_000 } });
    await openAll(world, [a, b, c]);
    c.link.become('refuse');
    await world.redis.flush();
    a.breaker.close({ actor: 'ann' }); // again the first move that this Redis knows
    await world.until(() => a.cluster.epoch === 1 && b.breaker.state === 'closed');
    c.link.heal();
    await world.until(() => c.breaker.state === 'closed');
    await world.until(() => agree([a, b, c]));
  },
);

export const lostMove = scenario('[C72] a move that was not heard is learned by the next sync', async (world) => {
  const [a, b, c] = await three(world);
  await world.redis.open('payments', 7, 60_000);
  for (const each of [a, b, c]) await each.call(); // idle ones look less often
  await world.until(() => [a, b, c].every(({ breaker }) => breaker.state === 'open'), 400 + 5 * world.slack);
  expect([a, b, c].map(({ cluster }) => cluster.epoch)).toEqual([7, 7, 7]);
});

export const lostMoves = scenario(
  'a fail-over that lost the last moves takes the fleet back with it',
  async (world) => {
    const fleet = await three(world, { breaker: { breakDuration: 60_000 } });
    const [a, b, c] = fleet;
    await openAll(world, fleet);
    const failOver = await world.redis.save();
    a.breaker.close();
    await world.until(() => fleet.every(({ cluster }) => cluster.epoch === 2));
    await failOver();
    for (const each of fleet) await each.call();
    await world.until(() => fleet.every(({ cluster }) => cluster.epoch === 1));
    expect([b, c].map(({ breaker }) => breaker.state)).toEqual(['open', 'open']);
  },
);

export const deadline = scenario(
  '[C70] a call waits at most its deadline for a Redis that is silent',
  async (world) => {
    const [a] = (await world.start(1, { leaseDeadline: 50 })) as [Instance];
    await a.trip();
    await world.wait(BREAK);
    a.link.become('mute');
    const calls = await world.done(Promise.all(Array.from({ length: 5 }, () => a.begin())));
    for (const { waited } of calls) expect(waited).toBeLessThanOrEqual(50 + world.slack);
    expect(calls.filter(({ outcome }) => outcome === 'ok').length).toBeGreaterThanOrEqual(1);
    await a.callUntil(() => a.breaker.state === 'closed');
  },
);

for (const trouble of ['blackhole', 'mute', 'refuse', 'hold', 'slow'] as const) {
  scenario(`[C70] ${trouble}: no call fails for it, and one at most waits`, async (world) => {
    const [a] = (await world.start(1, { leaseDeadline: 50 })) as [Instance];
    if (trouble === 'slow') a.link.slowness = 500;
    else a.link.become(trouble satisfies Trouble);
    const calls = [];
    for (let i = 0; i < 5; i++) calls.push(await a.call());
    expect(calls.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => 'ok'));
    await a.trip();
    expect(a.breaker.state).toBe('open');
    for (let i = 0; i < 5; i++) calls.push(await a.call());
    await world.wait(BREAK);
    const candidate = await a.call();
    expect(candidate.outcome).toBe('ok'); // it waited for its answer, and was let through without one
    calls.push(candidate, await a.call());
    expect(a.moves).toEqual([OPENED, PROBING, 'closed: recovered']);
    for (const { waited } of calls) expect(waited).toBeLessThanOrEqual(50 + world.slack);
    if (world.slack === 0) expect(calls.filter(({ waited }) => waited > 0).length).toBeLessThanOrEqual(1);
  });
}

export const slowLease = scenario(
  'an instance whose leases come too late recovers alone, break after break',
  async (world) => {
    const [a, b] = (await world.start(2, { leaseDeadline: 50 })) as [Instance, Instance];
    a.link.slowness = 60 + world.slack;
    for (let round = 1; round <= 3; round++) {
      await a.trip();
      await world.wait(BREAK);
      const candidate = await a.call();
      expect(candidate.outcome).toBe('ok');
      expect(candidate.waited).toBeLessThanOrEqual(50 + world.slack);
      await a.callUntil(() => a.breaker.state === 'closed');
    }
    expect(a.moves).toEqual(Array.from({ length: 3 }, () => [OPENED, PROBING, 'closed: recovered']).flat());
    expect(b.moves).toEqual([]);
  },
);

export const lateGrant = scenario('a lease that is granted after the deadline is handed back', async (world) => {
  const [a, b] = (await world.start(2, { leaseDeadline: 50 })) as [Instance, Instance];
  await a.trip();
  await b.trip();
  await world.until(() => a.cluster.epoch === 1 && b.cluster.epoch === 1);
  await world.wait(BREAK);
  a.link.slowness = 150 + world.slack;
  expect((await a.call()).outcome).toBe('ok'); // on its own
  await world.until(() => a.cluster.epoch === 2); // the late grant
  a.link.slowness = 0;
  await b.callUntil(() => b.moves.includes(PROBING));
});

export const refusals = scenario('a refusal says how long the lease of another may last', async (world) => {
  const [a, b, c] = await three(world, { breaker: { halfOpenTimeout: 600 } });
  await openAll(world, [a, b, c]);
  await world.wait(BREAK);
  const probe = a.begin(true, 200);
  await world.until(() => a.moves.includes(PROBING));
  const { outcome, retryAfter } = await b.call();
  expect(outcome).toBe('refused');
  expect(retryAfter).toBeGreaterThan(0);
  expect(retryAfter).toBeLessThanOrEqual(1_200);
  expect((await b.call()).retryAfter).toBeGreaterThan(0);
  await world.done(probe);
});

export const partition = scenario('cut off, each side is a plain local breaker; healed, all agree', async (world) => {
  const [a, b, c] = await three(world);
  a.link.become('refuse');
  await world.until(() => !a.cluster.connected);
  await a.trip();
  await world.wait(TWO_SYNCS);
  expect([a, b, c].map(({ breaker }) => breaker.state)).toEqual(['open', 'closed', 'closed']);
  await b.trip();
  await world.wait(TWO_SYNCS);
  expect(c.moves).toEqual([]);
  a.link.heal();
  await world.until(() => a.cluster.connected, 15_000);
  await world.until(() => c.cluster.epoch >= 1 && agree([a, b, c]));
});

export const operators = scenario("an operator's word reaches all, with name and reason", async (world) => {
  const [a, b, c] = await three(world);
  a.breaker.isolate({ actor: 'ann', reason: 'drill' });
  await world.until(() => b.breaker.state === 'isolated' && c.breaker.state === 'isolated');
  expect(b.events.find(({ type }) => type === 'isolated')).toMatchObject({ actor: 'ann', reason: 'drill' });
  b.breaker.close({ actor: 'bob' });
  await world.until(() => a.breaker.state === 'closed');
  expect(a.events.find(({ type }) => type === 'closed')).toMatchObject({ actor: 'bob' });
  a.breaker.isolate({ for: 60_000 });
  await world.until(() => b.breaker.state === 'isolated');
  expect(b.breaker.snapshot().retryAfter).toBeGreaterThan(50_000);
  a.breaker.reset();
  await world.until(() => b.breaker.state === 'closed');
  expect(a.events.filter(({ type }) => type === 'isolated')).toHaveLength(2);
});

export const saidWhileAway = scenario(
  'what an operator said while Redis was away is told once it is back',
  async (world) => {
    const [a, b] = (await world.start(2)) as [Instance, Instance];
    a.link.become('blackhole');
    await world.until(() => !a.cluster.connected);
    a.breaker.isolate({ actor: 'ann' });
    await world.wait(TWO_SYNCS);
    expect(b.moves).toEqual([]);
    a.link.heal();
    await world.until(() => b.breaker.state === 'isolated', 15_000);
    expect(b.events.find(({ type }) => type === 'isolated')).toMatchObject({ actor: 'ann' });
    await world.until(() => agree([a, b]));
    expect(a.faults.length).toBeLessThanOrEqual(1); // told once, not with every attempt
  },
);

export const lateComer = scenario('whoever comes later finds the circuit open', async (world) => {
  const [a, b] = (await world.start(2, { breaker: { breakDuration: 60_000 } })) as [Instance, Instance];
  await a.trip();
  await b.trip();
  await world.until(() => a.cluster.epoch === 1);
  const late = await world.begin();
  await world.until(() => late.breaker.state === 'open');
  expect(late.moves).toEqual([FOLLOWED]);
  expect(late.breaker.snapshot().retryAfter).toBeGreaterThan(50_000);
});

export const withoutRedis = scenario(
  '[C77] an application starts without Redis, and joins when it comes',
  async (world) => {
    const [a] = (await world.start(1)) as [Instance];
    const patient = await world.begin({}, 'refuse');
    await patient.trip();
    await world.wait(BREAK);
    await patient.callUntil(() => patient.breaker.state === 'closed');
    expect(patient.moves).toEqual([OPENED, PROBING, 'closed: recovered']);
    patient.link.heal();
    await world.until(() => patient.hasJoined && agree([a, patient]), 15_000);
  },
);

export const free = scenario('no call in the closed or the open state costs a command', async (world) => {
  const [a] = (await world.start(1, { syncInterval: '1h' })) as [Instance];
  await world.wait(50);
  const before = await world.redis.commands();
  for (let i = 0; i < 10_000; i++) await a.breaker.execute(() => 'well');
  expect(await world.redis.commands()).toBe(before);
  await a.trip();
  await world.until(() => a.cluster.votes === 1);
  const opened = await world.redis.commands();
  expect(opened).toBe(before + 1); // its vote
  await a.breaker.execute(() => 'well').catch(() => undefined);
  a.breaker.isolate();
  await world.wait(50);
  const isolated = await world.redis.commands();
  for (let i = 0; i < 10_000; i++) await a.breaker.execute(() => 'well').catch(() => undefined);
  expect(await world.redis.commands()).toBe(isolated);
});

export const hostile = scenario('[C76] [C78] hostile payloads and unknown versions are ignored', async (world) => {
  const [a] = (await world.start(1)) as [Instance];
  const { incarnation: i } = a.cluster;
  const word = { v: 1, n: 'payments', st: 'open', e: 9, i, left: 60_000 };
  const payloads = [
    '', '{', 'null', '[]', '"x"', '{"__proto__":{"polluted":true}}', JSON.stringify({ ...word, v: 2 }),
    JSON.stringify({ ...word, e: -1 }), JSON.stringify({ ...word, e: 1.5 }), JSON.stringify({ ...word, e: '9' }),
    JSON.stringify({ ...word, st: 'constructor' }), JSON.stringify({ ...word, left: 1e300 }),
    JSON.stringify({ ...word, left: null }), JSON.stringify({ ...word, i: 'x'.repeat(65) }),
    JSON.stringify({ ...word, n: '__proto__' }), JSON.stringify({ ...word, n: 'other' }),
    JSON.stringify({ ...word, pad: 'x'.repeat(1_024) }), JSON.stringify({ ...word, e: 0 }),
    JSON.stringify({ ...word, i: 'another' }), JSON.stringify({ ...word, st: 'isolated', f: 1 }),
  ]; // prettier-ignore
  for (const payload of payloads) await world.redis.publish(payload);
  await world.wait(50);
  expect(a.moves).toEqual([]);
  expect(a.cluster).toMatchObject({ incarnation: i, epoch: 0 });
  expect({}).not.toHaveProperty('polluted');
});

export const falseMove = scenario('a false move in good form is believed until the next sync', async (world) => {
  const [a] = (await world.start(1)) as [Instance];
  const { incarnation: i } = a.cluster;
  await world.redis.publish(JSON.stringify({ v: 1, n: 'payments', st: 'open', e: 9, i, left: 60_000 }));
  await world.until(() => a.breaker.state === 'open');
  await world.until(() => a.breaker.state === 'closed', 400 + 5 * world.slack);
  expect(a.cluster).toMatchObject({ incarnation: i, epoch: 0 });
});

/** Each promise with its scenario. */
export const SCENARIOS: readonly Scenario[] = scenarios;
