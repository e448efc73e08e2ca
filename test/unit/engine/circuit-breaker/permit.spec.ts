import { describe, expect, it } from '@jest/globals';
import { CircuitBreakerPolicy, Scope } from 'nest-circuit-breaker/engine';
import type { CircuitBreakerOptions } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { ServiceError, counted } from '../../../fixtures/breaker.js';
import { optionsOf } from '../../../fixtures/complete-options.js';

function family(options: Partial<CircuitBreakerOptions> = {}) {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const parent = new CircuitBreakerPolicy('db', optionsOf(), scope);
  const child = new CircuitBreakerPolicy('orders', optionsOf({ parent: 'db', ...options }), scope, () => parent);
  return { clock, scope, parent, child };
}

const NOTHING = { state: 'closed', calls: 1, successes: 0, failures: 0, ignored: 0, stale: 0, refused: 0, inFlight: 0 };

describe('a permit of a breaker with a parent', () => {
  it('tells both of a success', () => {
    const { parent, child } = family();
    child.acquire().success();
    expect([counted(child), counted(parent)]).toEqual(Array(2).fill({ ...NOTHING, successes: 1 }));
  });

  it('tells both of a failure and its error', () => {
    const { parent, child } = family();
    child.acquire().failure(new ServiceError('down'));
    expect([counted(child), counted(parent)]).toEqual(Array(2).fill({ ...NOTHING, failures: 1 }));
    expect([child, parent].map((each) => each.snapshot().lastError?.name)).toEqual(['ServiceError', 'ServiceError']);
  });

  it('gives both back what is to be ignored, by word or by `using`', () => {
    for (const end of ['ignore', 'dispose'] as const) {
      const { parent, child } = family();
      const permit = child.acquire();
      if (end === 'ignore') permit.ignore(new ServiceError('not our business'));
      else permit[Symbol.dispose]();
      expect([counted(child), counted(parent)]).toEqual(Array(2).fill({ ...NOTHING, ignored: 1 }));
    }
  });

  it('lets each judge by its own rules', () => {
    const { parent, child } = family({ classify: ({ ok }) => (ok ? 'failure' : 'success') });
    child.acquire().settle({ ok: false, error: new ServiceError('down') });
    child.acquire().settle({ ok: true, value: 'fine' });
    expect(counted(child)).toMatchObject({ calls: 2, successes: 1, failures: 1 });
    expect(counted(parent)).toMatchObject({ calls: 2, successes: 1, failures: 1 });
    expect([child, parent].map((each) => each.snapshot().window.consecutiveFailures)).toEqual([1, 0]);
  });

  it('is settled once: a second word has no effect on either', () => {
    const { parent, child } = family();
    const permit = child.acquire();
    permit.success();
    permit.failure(new ServiceError('down'));
    permit[Symbol.dispose]();
    expect([counted(child), counted(parent)]).toEqual(Array(2).fill({ ...NOTHING, successes: 1 }));
  });

  it('is given out by itself where nobody knows of parents', () => {
    const faults: unknown[] = [];
    const scope = new Scope({ onFault: (fault) => faults.push(fault) });
    const orphan = new CircuitBreakerPolicy('orders', optionsOf({ parent: 'db' }), scope);
    orphan.acquire().success();
    expect(faults).toEqual([]);
    expect(counted(orphan)).toEqual({ ...NOTHING, successes: 1 });
  });

  it('passes the parent by while the breaker is switched off', () => {
    const { parent, child } = family();
    child.update({ ...child.options, enabled: false });
    child.acquire().failure();
    expect([counted(child), counted(parent)]).toMatchObject([{ state: 'disabled', calls: 0 }, { calls: 0 }]);
    expect(child.state).toBe('disabled');
  });
});
