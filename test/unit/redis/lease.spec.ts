import { describe, expect, it } from '@jest/globals';

import { Scope } from '../../../lib/engine/index.js';
import type { Answer } from '../../../lib/redis/answer.js';
import type { FleetLink } from '../../../lib/redis/fleet-link.js';
import { Lease } from '../../../lib/redis/lease.js';
import type { Grant } from '../../../lib/redis/lease.js';
import { ManualClock } from '../../../lib/testing/index.js';

const ANSWER: Answer = {
  verdict: 'granted', st: 'half_open', e: 2, i: 'abc', left: 0, votes: 2, command: null, actor: '', reason: '', fleet: null,
}; // prettier-ignore

/** A lease and what becomes of its requests: answered by the test, in its time. */
function bench({ isConnected = true, chance = 0.5 } = {}) {
  const clock = new ManualClock();
  const scope = new Scope({ clock, random: () => chance });
  const link = { isConnected, leaseDeadline: 50 } as FleetLink;
  const returned: Grant[] = [];
  const requests: { answer(answer: Partial<Answer>): void; fail(): void }[] = [];
  const lease = new Lease(
    scope,
    link,
    () => {
      const answer = new Promise<Answer>((resolve, reject) => {
        requests.push({
          answer: (said) => resolve({ ...ANSWER, ...said }),
          fail: () => reject(new Error('lost')),
        });
      });
      return { token: `token ${requests.length}`, duration: 1_000, answer };
    },
    (grant) => void returned.push(grant),
  );
  /** The call that asks, and when it was told to go on. */
  const ask = () => {
    lease.request();
    const call = { endedAt: null as number | null };
    void lease.candidacy()?.then(() => (call.endedAt = clock.now()));
    return call;
  };
  return { clock, lease, ask, requests, returned };
}

describe('a lease that is granted in time', () => {
  it('covers probes that end within it, counted from before the request', async () => {
    const { clock, lease, ask, requests } = bench();
    const call = ask();
    await clock.advance(30);
    requests[0]?.answer({});
    await clock.advance(0);
    expect(call.endedAt).toBe(30);
    expect(lease.grant).toMatchObject({ token: 'token 1', e: 2, i: 'abc', end: 1_000 });
    expect(lease.covers(970)).toBe(true);
    expect(lease.covers(971)).toBe(false);
    await clock.advance(500);
    expect(lease.covers(470)).toBe(true);
    expect(lease.covers(471)).toBe(false);
  });

  it('is not held back by anything, and is gone with a reset', async () => {
    const { clock, lease, ask, requests } = bench();
    ask();
    requests[0]?.answer({});
    await clock.advance(0);
    expect(lease.heldBack(clock.now())).toBe(0);
    lease.reset();
    expect(lease.grant).toBeNull();
    expect(lease.covers(0)).toBe(false);
  });
});

describe('a lease that is asked for', () => {
  it('is asked for once, by the first call; only that call waits', async () => {
    const { lease, ask, requests, clock } = bench();
    ask();
    lease.request();
    expect(lease.candidacy()).toBeNull();
    expect(requests).toHaveLength(1);
    expect(lease.heldBack(clock.now())).toBe(50);
    await clock.advance(20);
    expect(lease.heldBack(clock.now())).toBe(30);
  });

  it('without an answer by the deadline lets this instance decide alone, for as long as it stays there', async () => {
    const { clock, lease, ask } = bench();
    const call = ask();
    await clock.advance(49);
    expect(call.endedAt).toBeNull();
    await clock.advance(1);
    expect(call.endedAt).toBe(50);
    expect(lease.covers(1_000_000)).toBe(true);
    expect(lease.grant).toBeNull(); // nobody hears of it
  });

  it('is handed back when the grant comes later', async () => {
    const { clock, lease, ask, requests, returned } = bench();
    ask();
    await clock.advance(60);
    requests[0]?.answer({});
    await clock.advance(0);
    expect(returned).toMatchObject([{ token: 'token 1', e: 2, i: 'abc' }]);
    expect(lease.grant).toBeNull();
    expect(lease.covers(1_000)).toBe(true); // it still decides alone
  });

  it('is handed back as well where the stay has ended meanwhile', async () => {
    const { clock, lease, ask, requests, returned } = bench();
    const call = ask();
    lease.reset();
    await clock.advance(0);
    expect(call.endedAt).toBe(0);
    requests[0]?.answer({});
    await clock.advance(0);
    expect(returned).toHaveLength(1);
    expect(lease.covers(0)).toBe(false);
  });

  it('that is refused too late means nothing', async () => {
    const { clock, lease, ask, requests, returned } = bench();
    ask();
    await clock.advance(50);
    requests[0]?.answer({ verdict: 'denied', left: 5_000 });
    await clock.advance(0);
    expect(returned).toEqual([]);
    expect(lease.covers(1_000)).toBe(true);
    expect(lease.heldBack(clock.now())).toBe(0);
  });

  it('of a connection that breaks lets this instance decide alone at once', async () => {
    const { clock, lease, ask, requests } = bench();
    const call = ask();
    await clock.advance(10);
    requests[0]?.fail();
    await clock.advance(0);
    expect(call.endedAt).toBe(10);
    expect(lease.covers(1_000)).toBe(true);
  });

  it('of a closed fleet needs none', async () => {
    const { clock, lease, ask, requests } = bench();
    ask();
    requests[0]?.answer({ verdict: 'free' });
    await clock.advance(0);
    expect(lease.covers(1_000)).toBe(true);
    expect(lease.grant).toBeNull();
  });
});

describe('a lease that is denied', () => {
  it('is not asked for again before the time that the answer names is over', async () => {
    const { clock, lease, ask, requests } = bench();
    const call = ask();
    requests[0]?.answer({ verdict: 'denied', left: 700 });
    await clock.advance(0);
    expect(call.endedAt).toBe(0);
    expect(lease.covers(0)).toBe(false);
    expect(lease.heldBack(clock.now())).toBe(700);
    await clock.advance(699);
    lease.request();
    expect(requests).toHaveLength(1);
    expect(lease.candidacy()).toBeNull();
    await clock.advance(1);
    lease.request();
    expect(requests).toHaveLength(2);
  });

  it('without such a time is asked for again after a second', async () => {
    const { clock, lease, ask, requests } = bench();
    ask();
    requests[0]?.answer({ verdict: 'denied', left: -1 }); // isolated without end
    await clock.advance(0);
    expect(lease.heldBack(clock.now())).toBe(1_000);
  });

  it('is asked for again once nobody probes, except by an instance whose own probe has failed in that epoch', async () => {
    const { clock, lease, ask, requests } = bench();
    ask();
    requests[0]?.answer({ verdict: 'denied', left: 5_000 });
    await clock.advance(1);
    const heard = (said: Partial<Answer>): number => {
      lease.hear({ ...ANSWER, ...said });
      return lease.heldBack(clock.now());
    };
    expect(heard({ left: 4_000 })).toBe(5_000 - 1);
    expect(heard({ st: 'open', left: 0 })).toBe(5_000 - 1);
    expect(heard({ left: 0 })).toBe(0);
    lease.reset(2);
    ask();
    requests[1]?.answer({ verdict: 'denied', left: 5_000 });
    await clock.advance(1);
    expect(heard({ e: 2, left: 0 })).toBe(5_000 - 1);
    expect(heard({ e: 4, left: 0 })).toBe(0);
  });

  it('is forgotten with a reset', async () => {
    const { clock, lease, ask, requests } = bench();
    ask();
    requests[0]?.answer({ verdict: 'denied', left: 700 });
    await clock.advance(0);
    lease.reset();
    expect(lease.heldBack(clock.now())).toBe(0);
    lease.request();
    expect(requests).toHaveLength(2);
  });
});

describe('without a connection', () => {
  it.each([0.1, 0.9])('nobody is asked: a jitter, by chance %d, comes before the local probe', async (chance) => {
    const { clock, lease, ask, requests } = bench({ isConnected: false, chance });
    const call = ask();
    await clock.advance(50 * chance - 1);
    expect(call.endedAt).toBeNull();
    await clock.advance(1);
    expect(call.endedAt).toBe(50 * chance);
    expect(lease.covers(1_000)).toBe(true);
    expect(requests).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
