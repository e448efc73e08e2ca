import { describe, expect, it } from '@jest/globals';

import { CIRCUIT_BREAKER_DEFAULTS, CircuitBreakerPolicy, Scope } from '../../../lib/engine/index.js';

function fixture() {
  const faults: unknown[] = [];
  const scope = new Scope({ onFault: (...fault) => void faults.push(fault) });
  const breaker = new CircuitBreakerPolicy('payments', CIRCUIT_BREAKER_DEFAULTS, scope);
  return { faults, scope, breaker };
}

describe('a listener that has had enough', () => {
  it('leaves the others where they are', () => {
    const { breaker, scope } = fixture();
    const heard: string[] = [];
    const stop = scope.events.on('isolated', () => void heard.push('first'));
    scope.events.on('isolated', () => void heard.push('second'));
    stop();
    stop();
    breaker.isolate();
    expect(heard).toEqual(['second']);
  });
});

describe('an event that a listener causes', () => {
  it('waits until all have heard the one before', async () => {
    const { breaker, scope } = fixture();
    const heard: string[] = [];
    scope.events.on('isolated', () => {
      heard.push('first: isolated');
      breaker.reset();
    });
    for (const type of ['isolated', 'reset'] as const) scope.events.on(type, () => heard.push(`second: ${type}`));
    breaker.isolate();
    breaker.isolate();
    expect(heard).toEqual([
      'first: isolated',
      'second: isolated',
      'second: reset',
      'first: isolated',
      'second: isolated',
      'second: reset',
    ]);
  });

  it('may be heard by what answers with a promise or a thenable: its fault is reported', async () => {
    const { faults, scope, breaker } = fixture();
    const fault = new Error('in a listener');
    const answers = [
      () => Promise.reject(fault),
      () => ({ then: (_: unknown, reject: (reason: unknown) => void) => reject(fault) }),
      () => ({ then: 5 }),
      () => null,
      () => undefined,
      () => {
        throw fault;
      },
    ];
    for (const answer of answers) scope.events.on('isolated', answer as never);
    breaker.isolate();
    await new Promise((resolve) => setImmediate(resolve));
    expect(faults).toEqual([1, 2, 3].map(() => [fault, 'a listener of "isolated"']));
  });
});
