import { describe, expect, it } from '@jest/globals';

import {
  CIRCUIT_BREAKER_DEFAULTS,
  CircuitBreakerPolicy,
  Scope,
  TimeoutPolicy,
  compose,
} from '../../../lib/engine/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

const scopeOf = () => new Scope({ clock: new ManualClock() });
const breakerIn = (scope: Scope, name = 'payments') => new CircuitBreakerPolicy(name, CIRCUIT_BREAKER_DEFAULTS, scope);
const timeoutIn = (scope: Scope) => new TimeoutPolicy('', { enabled: true, duration: 1_000 }, scope);

describe('composed policies', () => {
  it('need at least one', () => {
    expect(() => compose()).toThrow(new TypeError('compose() needs at least one policy'));
  });

  it('live where the first one with a name lives: its clock serves the unnamed', async () => {
    const [application, other, last] = [scopeOf(), scopeOf(), scopeOf()];
    expect(compose(timeoutIn(other), breakerIn(application), breakerIn(last, 'late')).scope).toBe(application);
    expect(compose(timeoutIn(other), timeoutIn(application)).scope).toBe(other);
  });

  it('speak for themselves as a pipeline without a name, and know what they are made of', async () => {
    const scope = scopeOf();
    const [timeout, breaker] = [timeoutIn(scope), breakerIn(scope)];
    const inner = compose(breaker);
    const both = compose(timeout, inner);
    expect(both).toMatchObject({ policy: 'pipeline', name: '' });
    expect(both.policies).toEqual([timeout, breaker]);
    await both.execute(({ policy, name }) => expect([policy, name]).toEqual(['pipeline', '']));
  });
});

describe('a wrapped function', () => {
  it('has the name and the length of its own, as functions have them', async () => {
    const breaker = breakerIn(scopeOf());
    const add = (a: number, b: number): number => a + b;
    const wrapped = breaker.wrap(add);
    await expect(wrapped(1, 2)).resolves.toBe(3);
    for (const [property, value] of [
      ['name', 'add'],
      ['length', 2],
    ] as const) {
      expect(Object.getOwnPropertyDescriptor(wrapped, property)).toEqual({
        value,
        configurable: true,
        writable: false,
        enumerable: false,
      });
    }
  });

  it('is named in events, unless it has no name', async () => {
    const scope = scopeOf();
    const breaker = breakerIn(scope);
    const heard: unknown[] = [];
    breaker.scope.events.on('succeeded', (event) => void heard.push(event.operation));
    const named = { charge: (): void => {} };
    await breaker.wrap(named.charge)();
    await breaker.wrap(() => 1)();
    expect(heard).toEqual(['charge', undefined]);
  });
});
