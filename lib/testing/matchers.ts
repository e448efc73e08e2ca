import type { CircuitBreakerSnapshot, CircuitState } from '../engine/index.js';

/** A breaker, as far as matchers look at it. */
interface Showing {
  snapshot(): CircuitBreakerSnapshot;
}

interface MatcherAnswer {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What `expect(breaker)` can say once it is extended by {@link circuitBreakerMatchers}. */
export interface CircuitBreakerMatchers<R = void> {
  toBeOpen(): R;
  toBeClosed(): R;
  toBeHalfOpen(): R;
  /** @param times exactly that many calls; without it at least one */
  toHaveRefused(times?: number): R;
}

/** For `expect.extend()` of Jest, and of Vitest: `expect(breaker).toBeOpen()`. */
export const circuitBreakerMatchers = {
  toBeOpen: (breaker: unknown): MatcherAnswer => inState(breaker, 'open'),
  toBeClosed: (breaker: unknown): MatcherAnswer => inState(breaker, 'closed'),
  toBeHalfOpen: (breaker: unknown): MatcherAnswer => inState(breaker, 'half_open'),
  toHaveRefused(breaker: unknown, times?: number): MatcherAnswer {
    const snapshot = snapshotOf(breaker);
    const { refused } = snapshot.totals;
    const expected = times === undefined ? 'a call' : calls(times);
    return {
      pass: times === undefined ? refused > 0 : refused === times,
      message: () =>
        `expected ${nameOf(snapshot)} to have refused ${expected}: it has refused ${calls(refused)} and is ${stateOf(snapshot)}`,
    };
  },
};

function inState(breaker: unknown, state: CircuitState): MatcherAnswer {
  const snapshot = snapshotOf(breaker);
  const pass = snapshot.state === state;
  return {
    pass,
    message: () => `expected ${nameOf(snapshot)} ${pass ? 'not ' : ''}to be ${state}: it is ${stateOf(snapshot)}`,
  };
}

function snapshotOf(shown: unknown): CircuitBreakerSnapshot {
  const { snapshot, state, totals } = (shown ?? {}) as Partial<CircuitBreakerSnapshot & Showing>;
  if (typeof snapshot === 'function') return snapshot.call(shown);
  if (state !== undefined && totals !== undefined) return shown as CircuitBreakerSnapshot;
  throw new TypeError('expected a circuit breaker, or its snapshot');
}

const nameOf = ({ name }: CircuitBreakerSnapshot): string => `circuit breaker "${name}"`;

const calls = (count: number): string => `${count} ${count === 1 ? 'call' : 'calls'}`;

/** The state, and what led to it. */
function stateOf({ state, window, retryAfter, lastError }: CircuitBreakerSnapshot): string {
  const parts = [`${calls(window.calls)} in the window, ${window.failures} failed`];
  if (retryAfter !== null) parts.push(`may be tried in ${retryAfter} ms`);
  if (lastError !== null) parts.push(`last error: ${lastError.name}`);
  return `${state} (${parts.join('; ')})`;
}

// Jest's globals, and Vitest's assertions, which extend the same interface; `types/expect.d.ts` is for `@jest/globals`
declare global {
  namespace jest {
    interface Matchers<R, T = {}> extends CircuitBreakerMatchers<R> {}
  }
}
