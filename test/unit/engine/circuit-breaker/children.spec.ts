import { describe, expect, it } from '@jest/globals';
import { CircuitBreakerPolicy, Scope } from 'nest-circuit-breaker/engine';
import type { CircuitBreakerOptions } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { counted, fail, hang, ignore, succeed, times } from '../../../fixtures/breaker.js';
import { optionsOf } from '../../../fixtures/complete-options.js';

type Options = Partial<CircuitBreakerOptions>;

function family(parentOptions: Options = {}) {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const breakers = new Map<string, CircuitBreakerPolicy>();
  const make = (name: string, options: Options): CircuitBreakerPolicy => {
    const breaker = new CircuitBreakerPolicy(name, optionsOf(options), scope, (parent) => {
      const found = breakers.get(parent);
      if (found === undefined) throw new Error(`no ${parent}`);
      return found;
    });
    breakers.set(name, breaker);
    return breaker;
  };
  const parent = make('db', { failureThreshold: 100, breakDuration: 60_000, ...parentOptions });
  const child = (name: string, options: Options = {}): CircuitBreakerPolicy =>
    make(name, { parent: 'db', failureThreshold: 1, breakDuration: 10_000, ...options });
  const opened: unknown[] = [];
  scope.events.on('opened', ({ name, reason }) => opened.push([name, reason]));
  return { clock, scope, breakers, parent, child, opened };
}

const refusedBy = (breaker: string) => ({ ok: false, error: expect.objectContaining({ breaker }) });

describe('a breaker with a parent', () => {
  it('makes every call pass the parent first, and both count it by their own rules', async () => {
    const { parent, child } = family({ failureThreshold: 3 });
    const orders = child('orders', { failureThreshold: 10 });
    await succeed(orders);
    await ignore(orders);
    await times(2, () => fail(orders));
    expect(counted(parent)).toMatchObject({ calls: 4, successes: 1, ignored: 1, failures: 2, inFlight: 0 });
    await fail(orders);
    expect([parent.state, orders.state]).toEqual(['open', 'closed']);
    expect(await succeed(orders)).toEqual(refusedBy('db'));
    expect(counted(orders)).toMatchObject({ calls: 5, refused: 0 });
  });

  it('gives the parent’s permit back when it refuses a call itself', async () => {
    const { parent, child, clock } = family({ failureThreshold: 1, breakDuration: 1_000, halfOpenMaxCalls: 1 });
    const orders = child('orders');
    await fail(orders);
    await clock.advance(1_000);
    expect(await succeed(orders)).toEqual(refusedBy('orders'));
    expect(counted(parent)).toMatchObject({ state: 'half_open', calls: 2, ignored: 1, inFlight: 0 });
  });

  it('gives the parent’s permit back when its caller aborts', async () => {
    const { parent, child } = family();
    const orders = child('orders');
    const controller = new AbortController();
    const call = hang(orders, { signal: controller.signal });
    expect(parent.snapshot().inFlight).toBe(1);
    controller.abort();
    expect(await call.answer).toMatchObject({ ok: false });
    expect([counted(parent), counted(orders)]).toMatchObject([
      { ignored: 1, inFlight: 0 },
      { ignored: 1, inFlight: 0 },
    ]);
    await call.fail();
    expect(counted(parent)).toMatchObject({ failures: 0, stale: 0 });
  });

  it('passes the parent by hand, too', () => {
    const { parent, child } = family();
    const permit = child('orders').acquire();
    expect(parent.snapshot().inFlight).toBe(1);
    permit.failure(new Error('no'));
    expect(counted(parent)).toMatchObject({ failures: 1, inFlight: 0 });
    parent.isolate();
    expect(() => child('carts').acquire()).toThrow(expect.objectContaining({ breaker: 'db', state: 'isolated' }));
  });

  it('reports a parent that cannot be had, and fails each call with the reason', async () => {
    const { scope } = family();
    const faults: unknown[] = [];
    const lonely = new Scope({ clock: scope.clock, onFault: (fault, where) => faults.push([String(fault), where]) });
    const orphan = new CircuitBreakerPolicy('orders', optionsOf({ parent: 'db' }), lonely, () => {
      throw new Error('no db');
    });
    expect(faults).toEqual([['Error: no db', 'the parent of circuit breaker "orders"']]);
    expect(await succeed(orphan)).toEqual({ ok: false, error: new Error('no db') });
  });
});

it('a breaker that names no parent asks nobody for one', async () => {
  const faults: unknown[] = [];
  const scope = new Scope({ clock: new ManualClock(), onFault: (fault) => faults.push(fault) });
  const breaker = new CircuitBreakerPolicy('orders', optionsOf({ probe: async () => 'well' }), scope, () => {
    throw new Error('no such breaker');
  });
  await fail(breaker);
  breaker.isolate();
  expect(faults).toEqual([]);
});

describe('childrenOpenRatio', () => {
  it('opens the parent when more than that share of its children is open', async () => {
    const { parent, child, opened } = family({ childrenOpenRatio: 0.5 });
    const children = ['a', 'b', 'c', 'd'].map((name) => child(name));
    for (const [index, state] of (['closed', 'closed', 'open'] as const).entries()) {
      await fail(children[index] as CircuitBreakerPolicy);
      expect(parent.state).toBe(state);
    }
    expect(opened).toEqual([
      ['a', 'failure_threshold'],
      ['b', 'failure_threshold'],
      ['c', 'failure_threshold'],
      ['db', 'children_open'],
    ]);
    expect(await succeed(children[3] as CircuitBreakerPolicy)).toEqual(refusedBy('db'));
  });

  it('judges nothing without it', async () => {
    const { parent, child } = family();
    await fail(child('a'));
    expect(parent.state).toBe('closed');
  });

  it('counts a child as open only while it is', async () => {
    const { parent, child, clock } = family({ childrenOpenRatio: 0.5 });
    const [a, b, c] = [child('a'), child('b'), child('c')] as const;
    await fail(a);
    await clock.advance(10_000);
    await succeed(a); // half-open
    await fail(b);
    expect([a.state, b.state, parent.state]).toEqual(['half_open', 'open', 'closed']);
    await succeed(a);
    b.close();
    await fail(c);
    expect(parent.state).toBe('closed');
    await fail(b);
    expect(parent.state).toBe('open');
  });

  it('opens it again when a child fails its probe, and not while a person has set its state', async () => {
    const { parent, child, clock } = family({ childrenOpenRatio: 0.5, breakDuration: 1_000 });
    const a = child('a', { breakDuration: 1_000 });
    await fail(a);
    await clock.advance(1_000);
    await fail(a);
    expect(parent.snapshot()).toMatchObject({ state: 'open', reason: 'children_open' });
    parent.disable();
    a.close();
    await fail(a);
    expect([a.state, parent.state]).toEqual(['open', 'disabled']);
  });

  it('follows children that come, go, and change parents', async () => {
    const { parent, child, breakers } = family({ childrenOpenRatio: 0.5 });
    const [a, b] = [child('a'), child('b')] as const;
    await fail(a);
    b.retire();
    breakers.delete('b');
    const c = child('c');
    c.update({ ...c.options, parent: null });
    expect(parent.children.openRatio).toBe(1);
    c.update({ ...c.options, parent: 'db' });
    expect([parent.children.openRatio, parent.state]).toEqual([0.5, 'closed']);
    a.retire();
    expect(parent.children.openRatio).toBe(0);
    a.close();
    await fail(a);
    expect([a.state, parent.children.openRatio]).toEqual(['open', 0]);
  });

  it('counts restored children, and lets the parent keep the state that it was saved in', async () => {
    const { parent, child } = family({ childrenOpenRatio: 0.5 });
    const a = child('a');
    await fail(a);
    const saved = a.toJSON();
    parent.close();
    a.close();
    a.restore(saved);
    expect([a.state, parent.children.openRatio, parent.state]).toEqual(['open', 1, 'closed']);
  });

  it('reaches the parent’s own parent', async () => {
    const { breakers, child, parent, scope } = family({ childrenOpenRatio: 0.5, parent: 'cloud' });
    expect(breakers.size).toBe(1);
    const cloud = new CircuitBreakerPolicy('cloud', optionsOf({ childrenOpenRatio: 0.5 }), scope);
    breakers.set('cloud', cloud);
    await fail(child('a', { failureThreshold: 1 }));
    expect([parent.state, cloud.state]).toEqual(['open', 'open']);
  });

  it('lets the parent be though a child is born open: nothing has happened', () => {
    const { parent, child } = family({ childrenOpenRatio: 0.5 });
    child('a', { initialState: 'open' });
    expect([parent.children.openRatio, parent.state]).toEqual([1, 'closed']);
  });

  it('is 0 without children', () => {
    expect(family().parent.children.openRatio).toBe(0);
  });

  it('judges a child that opens, not one that moves otherwise while others are open', async () => {
    const { parent, child } = family({ childrenOpenRatio: 0.4 });
    const [a, b, c, d] = [child('a'), child('b'), child('c'), child('d')] as const;
    await fail(a);
    for (const each of [b, c]) {
      await fail(each);
      expect(parent.state).toBe('open');
      parent.close();
    }
    a.close();
    expect([parent.children.openRatio, parent.state]).toEqual([0.5, 'closed']);
    d.isolate();
    expect([parent.children.openRatio, parent.state]).toEqual([0.5, 'closed']);
    b.isolate();
    expect([parent.children.openRatio, parent.state]).toEqual([0.25, 'closed']);
  });

  it('judges no child that was open already: its next break is no news', async () => {
    const { parent, child, clock } = family({ childrenOpenRatio: 0.5 });
    const a = child('a', { probe: () => Promise.reject(new Error('still down')) });
    await fail(a);
    parent.close();
    await clock.advance(10_000);
    expect([a.snapshot().reason, parent.state]).toEqual(['probe_failed', 'closed']);
  });

  it('says nothing of a child that stays open, whatever else happens to it', async () => {
    const { parent, child } = family({ childrenOpenRatio: 0.5 });
    const a = child('a');
    await fail(a);
    expect(parent.state).toBe('open');
    parent.close();
    a.update({ ...a.options, breakDuration: 5_000 });
    expect([parent.children.openRatio, parent.state]).toEqual([1, 'closed']);
  });

  it('counts a child of a fleet once', async () => {
    const { parent, child } = family({ childrenOpenRatio: 0.9 });
    const a = child('a');
    a.coordinate(null);
    await fail(a);
    expect(parent.children.openRatio).toBe(1);
  });
});
