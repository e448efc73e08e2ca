import { describe, expect, it } from '@jest/globals';
import { CircuitBreakerPolicy, compose } from 'nest-circuit-breaker/engine';
import type { ClusterSnapshot, Coordination } from 'nest-circuit-breaker/engine';

import { counted, fail, hang, turn } from '../../../fixtures/breaker.js';
import { optionsOf } from '../../../fixtures/complete-options.js';
import { Kit } from '../../../fixtures/policies.js';

/** A fleet that lets each call that asks wait for its answer. */
class Slow implements Coordination {
  private isAllowed = false;
  private readonly waiting: (() => void)[] = [];

  mayProbe(): boolean {
    return this.isAllowed;
  }

  candidacy(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  say(isAllowed: boolean): Promise<void> {
    this.isAllowed = isAllowed;
    for (const resolve of this.waiting.splice(0)) resolve();
    return turn();
  }

  heldBack(): number {
    return 0;
  }

  probed(): void {}
  moved(): void {}
  commanded(): void {}
  dismiss(): void {}
  snapshot(): ClusterSnapshot {
    return { incarnation: 'i', epoch: 1, cause: 'local', votes: 0, instances: 1, connected: true, fleet: null };
  }
}

/** A breaker of a fleet, below a bulkhead and a parent, whose break is over. */
async function due() {
  const kit = new Kit();
  const parent = kit.breaker({ failureThreshold: 100 }, 'db');
  const options = optionsOf({ parent: 'db', failureThreshold: 1, breakDuration: 1_000 });
  const breaker = new CircuitBreakerPolicy('orders', options, kit.scope, () => parent);
  const slow = new Slow();
  breaker.coordinate(slow);
  await fail(breaker);
  await kit.clock.advance(1_000);
  const bulkhead = kit.bulkhead({ maxConcurrent: 1 });
  return { kit, parent, breaker, slow, bulkhead, guard: compose(bulkhead, breaker) };
}

describe('a call that waits for its fleet', () => {
  it('keeps its place above and its parent’s permit, and gives them back with its end', async () => {
    const { parent, slow, bulkhead, guard } = await due();
    const call = hang(guard);
    expect([call.hasRun, bulkhead.running, parent.snapshot().inFlight]).toEqual([false, 1, 1]);
    await slow.say(true);
    expect(call.hasRun).toBe(true);
    await call.succeed();
    expect([call.settled, bulkhead.running]).toMatchObject([{ ok: true }, 0]);
    expect(counted(parent)).toMatchObject({ calls: 2, successes: 1, failures: 1, inFlight: 0 });
  });

  it('gives them back when it is refused, and waits no second time', async () => {
    const { parent, slow, bulkhead, guard } = await due();
    const call = hang(guard);
    await slow.say(false);
    expect([call.settled, call.hasRun, bulkhead.running]).toMatchObject([
      { ok: false, error: { breaker: 'orders' } },
      false,
      0,
    ]);
    expect(counted(parent)).toMatchObject({ calls: 2, ignored: 1, inFlight: 0 });
  });

  it('gives them back when its caller has had enough, once the answer is there', async () => {
    for (const answer of [true, false]) {
      const { parent, breaker, slow, bulkhead, guard } = await due();
      const caller = new AbortController();
      const call = hang(guard, { signal: caller.signal });
      caller.abort(new Error('enough'));
      expect(await call.answer).toMatchObject({ ok: false, error: { message: 'enough' } });
      await slow.say(answer);
      expect([call.hasRun, bulkhead.running]).toEqual([false, 0]);
      expect(counted(parent)).toMatchObject({ calls: 2, ignored: 1, inFlight: 0 });
      expect(counted(breaker)).toMatchObject({ state: 'open', calls: 1, refused: 0 });
    }
  });

  it('does so without a parent, too', async () => {
    const { breaker, slow, bulkhead, guard } = await due();
    breaker.update({ ...breaker.options, parent: null });
    const caller = new AbortController();
    const call = hang(guard, { signal: caller.signal });
    caller.abort(new Error('enough'));
    await call.answer;
    await slow.say(true);
    expect([call.hasRun, bulkhead.running]).toEqual([false, 0]);
  });

  it.each([
    [500, 300, 'ERR_CALL_TIMEOUT'],
    [500, null, undefined],
  ])('has the limit of the moment at which it begins: %p ms before, %p ms then', async (before, then, code) => {
    const { kit, breaker, slow } = await due();
    breaker.update({ ...breaker.options, parent: null, timeout: before });
    const call = hang(breaker);
    await kit.clock.advance(450); // a wait is no part of what the limit is for
    breaker.update({ ...breaker.options, timeout: then });
    await slow.say(true);
    await kit.clock.advance(299);
    expect([call.hasRun, call.settled]).toEqual([true, undefined]);
    await kit.clock.advance(1);
    await (code === undefined ? call.succeed() : turn());
    expect(call.settled).toMatchObject(code === undefined ? { ok: true } : { ok: false, error: { code } });
  });
});

describe('a breaker of a fleet', () => {
  it('is half-open when the service itself says that it is well after an isolation, and asks for leave then', async () => {
    const { kit, breaker, slow } = await due();
    breaker.update({ ...breaker.options, parent: null, probe: async () => 'well' });
    breaker.isolate({ for: 1_000 });
    await kit.clock.advance(1_000);
    expect(breaker.snapshot()).toMatchObject({ state: 'half_open', reason: 'probe_succeeded' });
    const call = hang(breaker);
    expect(call.hasRun).toBe(false);
    await slow.say(true);
    expect(call.hasRun).toBe(true);
  });

  it('tells the fleet of each state that it enters by itself', async () => {
    const { kit, breaker, slow } = await due();
    breaker.update({ ...breaker.options, parent: null, successThreshold: 1 });
    const news: unknown[] = [];
    Object.assign(slow, { moved: (isNews: boolean) => void news.push([breaker.state, isNews]) });
    await slow.say(true);
    const probe = hang(breaker);
    expect(news).toEqual([['half_open', true]]);
    await probe.fail();
    await kit.clock.advance(1_000);
    await hang(breaker).succeed();
    expect(news.slice(1)).toEqual([['open', true], ['half_open', true], ['closed', true]]); // prettier-ignore
  });
});
