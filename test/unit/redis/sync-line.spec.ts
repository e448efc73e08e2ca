import { expect, it } from '@jest/globals';

import { SyncLine } from '../../../lib/redis/sync-line.js';
import type { Syncing } from '../../../lib/redis/sync-line.js';

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

it('sixteen syncs are under way at once, and the next begins when one ends, in the order in which they came', async () => {
  const line = new SyncLine(() => true);
  const members = membersOf(20);
  line.add(members);
  expect(members.map((each) => each.asked)).toEqual([...Array(16).fill(1), ...Array(4).fill(0)]);
  members[7]!.end();
  await turn();
  expect(members.findLastIndex((each) => each.asked === 1)).toBe(16);
  for (const member of members) member.end();
  await turn();
  for (const member of members) member.end();
  await turn();
  expect(members.every((each) => each.asked === 1)).toBe(true);
});

it('what waits already does not wait twice, and what is gone is passed over', async () => {
  const line = new SyncLine(() => true);
  const [first, members] = [membersOf(16), membersOf(2)];
  line.add([...first, ...members, ...members]);
  line.remove(members[1]!);
  for (const member of first) member.end();
  await turn();
  expect(members.map((each) => each.asked)).toEqual([1, 0]);
});

it('nobody is asked without a connection, nor later because of what waited then', async () => {
  let isConnected = true;
  const line = new SyncLine(() => isConnected);
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
