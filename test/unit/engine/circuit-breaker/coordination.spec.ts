import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, it } from '@jest/globals';
import type { ClusterSnapshot, Coordination, Outcome } from 'nest-circuit-breaker/engine';

import { WAYS, makeBreaker } from '../../../fixtures/breaker.js';

const CLUSTER: ClusterSnapshot = {
  incarnation: 'i', epoch: 1, cause: 'local', votes: 0, instances: 1, connected: true, fleet: null,
}; // prettier-ignore

/** A fleet that says what a test wants, when it wants. */
class Said implements Coordination {
  answer = false;
  asked = 0;
  held = 0;
  readonly outcomes: Outcome[] = [];
  private claim: Promise<void> | null = null;
  private resolve: () => void = () => undefined;

  mayProbe(): boolean {
    if (this.answer) return true;
    this.claim = null;
    if (this.asked++ === 0) this.claim = new Promise((resolve) => (this.resolve = resolve));
    return false;
  }

  candidacy(): Promise<void> | null {
    const { claim } = this;
    this.claim = null;
    return claim;
  }

  heldBack(): number {
    return this.held;
  }

  say(answer: boolean): void {
    this.answer = answer;
    this.resolve();
  }

  probed(outcome: Outcome): void {
    this.outcomes.push(outcome);
  }

  moved(): void {}
  commanded(): void {}
  dismiss(): void {}
  snapshot(): ClusterSnapshot {
    return CLUSTER;
  }
}

// by hand nobody waits, and a signal of the caller's is tried below
describe.each(WAYS.slice(0, 2))('a breaker of a fleet, %s', (_, way) => {
  const due = async () => {
    const bench = makeBreaker({ failureThreshold: 1, breakDuration: 1_000, successThreshold: 1 });
    const said = new Said();
    bench.breaker.coordinate(said);
    const guarded = way(bench.breaker);
    await expect(guarded.execute(() => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(said.asked).toBe(0);
    await expect(guarded.execute(() => 'x')).rejects.toThrow('payments');
    expect(said.asked).toBe(0); // a break that lasts is nobody's business
    await bench.clock.advance(1_000);
    return { ...bench, said, guarded };
  };

  it('lets the first call after a break wait for the answer, and refuses the others meanwhile', async () => {
    const { said, guarded, breaker } = await due();
    const candidate = guarded.execute(() => 'well');
    await expect(guarded.execute(() => 'x')).rejects.toThrow('payments');
    said.say(true);
    await expect(candidate).resolves.toBe('well');
    expect(said.outcomes).toEqual(['success']);
    expect(breaker.state).toBe('closed');
    expect(breaker.snapshot().cluster).toBe(CLUSTER);
  });

  it('refuses the candidate, too, where the answer is no; it runs nothing', async () => {
    const { said, guarded, breaker, scope } = await due();
    let runs = 0;
    const candidate = guarded.execute(() => runs++);
    expect(scope.active).toBe(1);
    said.say(false);
    await expect(candidate).rejects.toThrow('payments');
    expect(runs).toBe(0);
    expect(scope.active).toBe(0);
    expect(breaker.snapshot()).toMatchObject({ state: 'open', inFlight: 0, totals: { calls: 1, refused: 2 } });
  });

  it('says in a refusal when the fleet may let a probe pass, where the break alone is over', async () => {
    const { said, guarded, breaker } = await due();
    expect(breaker.snapshot().retryAfter).toBe(0); // nobody has asked
    const candidate = guarded.execute(() => 'well');
    said.held = 49.2;
    await expect(guarded.execute(() => 'x')).rejects.toMatchObject({ state: 'open', retryAfter: 50 });
    expect(breaker.snapshot().retryAfter).toBe(50);
    said.held = 4_000;
    said.say(false);
    await expect(candidate).rejects.toMatchObject({ state: 'open', retryAfter: 4_000 });
    said.held = 0;
    said.answer = true;
    await guarded.execute(() => 'well');
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', retryAfter: null });
  });

  it('says so in half-open as well, where there is room and no leave', async () => {
    const { said, guarded, breaker } = await due();
    breaker.machine.update({ ...breaker.machine.options, successThreshold: 2 }, 0);
    said.answer = true;
    await guarded.execute(() => 'well');
    expect(breaker.snapshot()).toMatchObject({ state: 'half_open', retryAfter: null });
    Object.assign(said, { answer: false, asked: 1, held: 700 }); // the question has been answered: no
    await expect(guarded.execute(() => 'x')).rejects.toMatchObject({ state: 'half_open', retryAfter: 700 });
  });

  it('lets a candidate go that is aborted, and the next call probe', async () => {
    const { said, guarded, scope } = await due();
    const controller = new AbortController();
    const candidate = guarded.execute(() => 'late', { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(candidate).rejects.toThrow('enough');
    said.say(true);
    await expect(guarded.execute(() => 'well')).resolves.toBe('well');
    expect(scope.active).toBe(0);
    expect(said.outcomes).toEqual(['success']);
  });

  it('[C80] runs the candidate in its own async context, whoever brings the answer', async () => {
    const { said, guarded } = await due();
    const storage = new AsyncLocalStorage<string>();
    const candidate = storage.run('caller', () => guarded.execute(() => storage.getStore()));
    storage.run('network', () => said.say(true));
    await expect(candidate).resolves.toBe('caller');
  });

  it('raises nothing unhandled when a candidate that throws is awaited, and reports a failed probe', async () => {
    const { said, guarded, breaker } = await due();
    const candidate = guarded.execute(() => {
      throw new Error('still down');
    });
    said.say(true);
    await expect(candidate).rejects.toThrow('still down');
    expect(said.outcomes).toEqual(['failure']);
    expect(breaker.state).toBe('open');
  });
});

it('an active probe that goes well leaves the last word to the fleet', async () => {
  const bench = makeBreaker({
    failureThreshold: 1,
    breakDuration: 1_000,
    successThreshold: 1,
    probe: async () => 'well',
  });
  const said = new Said();
  bench.breaker.coordinate(said);
  await bench.breaker.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
  await bench.clock.advance(1_000);
  expect(bench.breaker.snapshot()).toMatchObject({ state: 'open', retryAfter: 0 });
  const candidate = bench.breaker.execute(() => 'well');
  said.say(true);
  await expect(candidate).resolves.toBe('well');
  expect(bench.breaker.state).toBe('closed');
});

it('a breaker that left its fleet asks nobody', async () => {
  const { breaker, clock } = makeBreaker({ failureThreshold: 1, breakDuration: 1_000 });
  const said = new Said();
  breaker.coordinate(said);
  breaker.coordinate(null);
  await breaker.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
  await clock.advance(1_000);
  await expect(breaker.execute(() => 'well')).resolves.toBe('well');
  expect(said.asked).toBe(0);
  expect(breaker.snapshot()).not.toHaveProperty('cluster');
});

it.each([
  ['success', 'success'],
  ['failure', 'failure'],
  ['ignore', 'ignored'],
] as const)('a fleet hears of a probe by hand that ends in %s', async (word, outcome) => {
  const { breaker, clock } = makeBreaker({ failureThreshold: 1, breakDuration: 1_000 });
  const said = new Said();
  said.answer = true;
  breaker.coordinate(said);
  breaker.acquire().failure();
  await clock.advance(1_000);
  breaker.acquire()[word]();
  expect(said.outcomes).toEqual([outcome]);
});

it('a fleet hears of a probe that fails by recordErrors, and of one that nobody settles in time', async () => {
  const rules = { failureThreshold: 1, breakDuration: 1_000, recordErrors: [TypeError] };
  const { breaker, clock } = makeBreaker(rules);
  const said = new Said();
  said.answer = true;
  breaker.coordinate(said);
  const failing = () => breaker.execute(() => Promise.reject(new TypeError('down'))).catch(() => undefined);
  await failing();
  await clock.advance(1_000);
  await failing();
  expect(said.outcomes).toEqual(['failure']);
  await clock.advance(1_000);
  breaker.acquire();
  await clock.advance(1_000);
  await breaker.execute(() => 'refused').catch(() => undefined);
  expect(said.outcomes).toEqual(['failure', 'failure']);
  expect(breaker.snapshot()).toMatchObject({ state: 'open', reason: 'probe_timed_out' });
});

it('a fleet hears what a person sets, and not what a person sets for one process alone', () => {
  const { breaker } = makeBreaker();
  const commands: unknown[] = [];
  const news: boolean[] = [];
  const said = Object.assign(new Said(), {
    commanded: (...command: unknown[]) => void commands.push(command),
    moved: (isNews: boolean) => void news.push(isNews),
  });
  breaker.coordinate(said);
  const manual = { reason: 'a drill', actor: 'ops' };
  breaker.isolate(manual);
  breaker.close(manual);
  breaker.close(manual); // closed here: it may be open elsewhere
  breaker.reset(manual);
  expect(commands).toEqual(['isolate', 'close', 'close', 'reset'].map((command) => [command, manual]));
  expect(news).toEqual([true, true, true]);
  breaker.disable(manual);
  breaker.metricsOnly(manual);
  expect(commands).toHaveLength(4);
  expect(news).toEqual([true, true, true, true, true]);
  breaker.restore(breaker.toJSON());
  breaker.update(breaker.options);
  expect(news.slice(5)).toEqual([false, false]);
});

it('a fleet hears that a breaker is gone, once and for all', () => {
  const { breaker } = makeBreaker();
  const heard: string[] = [];
  breaker.coordinate(
    Object.assign(new Said(), { dismiss: () => void heard.push('gone'), moved: () => void heard.push('moved') }),
  );
  breaker.retire();
  breaker.reset();
  expect(heard).toEqual(['gone']);
});
