import { describe, expect, it } from '@jest/globals';

import { deadlinesOf } from '../../../../lib/engine/policies/deadlines.js';
import type { Deadline } from '../../../../lib/engine/policies/deadlines.js';
import { ManualClock } from '../../../../lib/testing/index.js';
import { KeepingClock } from '../../../fixtures/keeping-clock.js';

function fixture(duration = 100) {
  const clock = new ManualClock();
  const expired: string[] = [];
  const deadline = (name: string, then?: () => void): Deadline => ({
    due: 0,
    previous: null,
    next: null,
    expire: () => {
      expired.push(`${name} at ${clock.now()}`);
      then?.();
    },
  });
  return { clock, expired, deadline, list: deadlinesOf(clock, duration) };
}

describe('a list of deadlines', () => {
  it('serves them all with one timer, each at its own time', async () => {
    const { clock, expired, deadline, list } = fixture();
    list.add(deadline('a'), 0);
    list.add(deadline('b'), 0);
    await clock.advance(40);
    list.add(deadline('c'), 40);
    expect(clock.pending).toBe(1);
    await clock.advance(60);
    expect([expired, clock.pending]).toEqual([['a at 100', 'b at 100'], 1]);
    await clock.advance(40);
    expect([expired, clock.pending]).toEqual([['a at 100', 'b at 100', 'c at 140'], 0]);
  });

  it('keeps to one timer where an expired one begins anew', async () => {
    const { clock, expired, deadline, list } = fixture();
    const again = deadline('again', () => {
      if (expired.length < 3) list.add(again, clock.now());
    });
    list.add(again, 0);
    for (let turn = 0; turn < 3; turn++) {
      expect(clock.pending).toBe(1);
      await clock.advance(100);
    }
    expect([expired, clock.pending]).toEqual([['again at 100', 'again at 200', 'again at 300'], 0]);
  });

  it('forgets one that is removed, wherever it stands, and may be told so twice', async () => {
    const { clock, expired, deadline, list } = fixture();
    const all = ['a', 'b', 'c', 'd'].map((name) => deadline(name));
    for (const each of all) list.add(each, 0);
    for (const index of [1, 0, 3, 0, 1, 3]) list.remove(all[index] as Deadline);
    await clock.advance(100);
    expect(expired).toEqual(['c at 100']);
  });

  it('sleeps until the next one is due, and at least a millisecond where the timer fires early', async () => {
    const clock = new KeepingClock();
    const list = deadlinesOf(
      { now: () => clock.now() * 0.999, wall: () => 0, schedule: clock.schedule.bind(clock) },
      100,
    );
    const deadline = (): Deadline => ({ due: 0, previous: null, next: null, expire: () => {} });
    list.add(deadline(), 0);
    list.add(deadline(), 40);
    await clock.advance(1_000);
    expect(clock.delays).toEqual([100, 1, 40]);
  });

  it('never keeps the process alive', () => {
    const clock = new KeepingClock();
    deadlinesOf(clock, 100).add({ due: 0, previous: null, next: null, expire: () => {} }, 0);
    expect(clock.kept).toEqual([false]);
  });
});

describe('the lists of a clock', () => {
  it('are shared by all with one duration, and by nobody with another clock', () => {
    const [clock, other] = [new ManualClock(), new ManualClock()];
    expect(deadlinesOf(clock, 5)).toBe(deadlinesOf(clock, 5));
    expect(deadlinesOf(clock, 5)).not.toBe(deadlinesOf(clock, 6));
    expect(deadlinesOf(clock, 5)).not.toBe(deadlinesOf(other, 5));
  });

  it('are a thousand at most: durations beyond that find none to share', () => {
    const clock = new ManualClock();
    const first = deadlinesOf(clock, 1);
    for (let duration = 2; duration <= 999; duration++) deadlinesOf(clock, duration);
    expect(deadlinesOf(clock, 1_000)).toBe(deadlinesOf(clock, 1_000));
    expect(deadlinesOf(clock, 1_001)).not.toBe(deadlinesOf(clock, 1_001));
    expect(deadlinesOf(clock, 1)).toBe(first);
  });
});
