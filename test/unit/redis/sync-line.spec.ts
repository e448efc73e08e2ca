import { expect, it } from '@jest/globals';

import { SyncLine } from '../../../lib/redis/sync-line.js';
import type { Syncing } from '../../../lib/redis/sync-line.js';
import { ManualClock } from '../../../lib/testing/index.js';

/** Says when it is its turn, and ends when it is told to. */
class Member implements Syncing {
  asked = 0;
  end: () => void = () => undefined;

  sync(): Promise<void> {
    this.asked++;
    return new Promise((resolve) => (this.end = resolve));
  }
}

const membersOf = (count: number): Member[] => Array.from({ length: count }, () => new Member());
const asked = (members: readonly Member[]): number => members.reduce((sum, member) => sum + member.asked, 0);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** With room for sixteen, as after as many prompt answers. */
async function wideLine(clock = new ManualClock(), isConnected = () => true): Promise<SyncLine> {
  const line = new SyncLine(clock, isConnected);
  for (let i = 0; i < 20; i++) {
    const [member] = membersOf(1) as [Member];
    line.add([member]);
    member.end();
    await turn();
  }
  return line;
}

it('one sync is under way at first, and with each prompt answer one more, up to sixteen', async () => {
  const line = new SyncLine(new ManualClock(), () => true);
  const members = membersOf(60);
  line.add(members);
  expect(asked(members)).toBe(1);
  members[0]!.end();
  await turn();
  expect(members.map((each) => each.asked).slice(0, 4)).toEqual([1, 1, 1, 0]);
  for (const member of members.slice(1, 20)) {
    member.end();
    await turn();
  }
  expect(asked(members) - 20).toBe(16);
});

it('an answer that comes 50 ms later than the quickest one halves how many are under way', async () => {
  const clock = new ManualClock();
  const line = await wideLine(clock);
  const members = membersOf(40);
  line.add(members);
  expect(asked(members)).toBe(16);
  await clock.advance(51);
  for (const member of members.slice(0, 9)) member.end(); // 16, 8, 4, 2, 1
  await turn();
  expect(asked(members)).toBe(16);
  for (const member of members.slice(9, 16)) member.end();
  await turn();
  expect(asked(members)).toBe(17);
});

it('a way that is always long narrows nothing', async () => {
  const clock = new ManualClock();
  const line = new SyncLine(clock, () => true);
  const members = membersOf(60);
  line.add(members);
  for (let i = 0; i < 6; i++) {
    await clock.advance(400);
    for (const member of members) member.end();
    await turn();
  }
  expect(asked(members)).toBeGreaterThan(40);
});

it('a new connection begins with one again', async () => {
  const line = await wideLine();
  line.restart();
  const members = membersOf(4);
  line.add(members);
  expect(asked(members)).toBe(1);
});

it('what waits already does not wait twice, and what is gone is passed over', async () => {
  const line = await wideLine();
  const [first, members] = [membersOf(16), membersOf(2)];
  line.add([...first, ...members, ...members]);
  line.remove(members[1]!);
  for (const member of first) member.end();
  await turn();
  expect(members.map((each) => each.asked)).toEqual([1, 0]);
});

it('nobody is asked without a connection, nor later because of what waited then', async () => {
  let isConnected = true;
  const line = await wideLine(new ManualClock(), () => isConnected);
  const members = membersOf(40);
  line.add(members);
  isConnected = false;
  for (const member of members) member.end();
  await turn();
  expect(asked(members)).toBe(16);
  isConnected = true;
  const late = membersOf(1);
  line.add(late);
  expect(asked(late)).toBe(1);
  expect(asked(members)).toBe(16);
});

it('the last ones are waited for, however many, and nothing that waited before them', async () => {
  const line = new SyncLine(new ManualClock(), () => true);
  const [earlier, last] = [membersOf(3), membersOf(3)];
  line.add(earlier);
  let isFinished = false;
  void line.finish(last, 1_000).then(() => (isFinished = true));
  for (const member of [earlier[0]!, ...last]) {
    await turn();
    expect(isFinished).toBe(false);
    member.end();
  }
  await turn();
  expect(isFinished).toBe(true);
  expect([...earlier, ...last].map((each) => each.asked)).toEqual([1, 0, 0, 1, 1, 1]);
});

it('the last ones are waited for no longer than allowed, and not at all where there are none', async () => {
  const clock = new ManualClock();
  const line = new SyncLine(clock, () => true);
  await line.finish([], 1_000);
  const end = line.finish(membersOf(1), 1_000).then(() => clock.now());
  await clock.advance(2_000);
  expect(await end).toBe(1_000);
  expect(clock.pending).toBe(0);
});
