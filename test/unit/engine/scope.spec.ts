import { describe, expect, it } from '@jest/globals';

import { CIRCUIT_BREAKER_DEFAULTS, CircuitBreakerPolicy, MAX_DURATION, Scope } from '../../../lib/engine/index.js';
import type { ShuttingDownError } from '../../../lib/engine/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

function fixture() {
  const clock = new ManualClock();
  const scope = new Scope({ clock });
  const breaker = new CircuitBreakerPolicy('payments', CIRCUIT_BREAKER_DEFAULTS, scope);
  return { clock, scope, breaker };
}

const hang = (breaker: CircuitBreakerPolicy) => {
  let release!: () => void;
  let signal!: AbortSignal;
  const answer = breaker.execute((context) => {
    ({ signal } = context);
    return new Promise<void>((resolve) => (release = resolve));
  });
  return { answer, signal, release };
};

describe('a duration said at run time', () => {
  const isolateFor = (value: number | string) => {
    const { breaker, clock } = fixture();
    breaker.isolate({ for: value });
    return (breaker.snapshot().expiresAt as Date).getTime() - clock.wall();
  };

  it('is a number of ms, up to the longest that a timer can hold', () => {
    expect(isolateFor(0.5)).toBe(0);
    expect(isolateFor(1)).toBe(1);
    expect(isolateFor(MAX_DURATION)).toBe(MAX_DURATION);
  });

  it.each([0, -1, NaN, Infinity, MAX_DURATION + 1, '5', '10m'])('is refused when it is %p', (value) => {
    expect(() => isolateFor(value)).toThrow(
      new RangeError(`expected a duration over 0 and up to 2147483647 ms, got ${value}`),
    );
  });

  it('is quoted at no length', () => {
    expect(() => isolateFor('9'.repeat(1_000))).toThrow(new RegExp(`got 9{40}$`));
  });
});

describe('a shutdown', () => {
  it('aborts the signals of calls that are still under way when patience ends, and says why', async () => {
    const { clock, scope, breaker } = fixture();
    const call = hang(breaker);
    let isDone = false;
    const draining = scope.drain(1_000).then(() => (isDone = true));
    await clock.advance(999);
    expect([isDone, call.signal.aborted]).toEqual([false, false]);
    await clock.advance(1);
    await draining;
    const reason = call.signal.reason as ShuttingDownError;
    expect(reason).toMatchObject({ code: 'ERR_SHUTTING_DOWN', policy: 'pipeline', policyName: '' });
    expect(reason.message).toBe('The application is shutting down');
    expect(scope.abortable.size).toBe(0);
    call.release();
    await call.answer;
  });

  it('is over when the last call has ended, and leaves no timer', async () => {
    const { clock, scope, breaker } = fixture();
    const [first, second] = [hang(breaker), hang(breaker)];
    let isDone = false;
    const draining = scope.drain(1_000).then(() => (isDone = true));
    first.release();
    await clock.advance(0);
    expect(isDone).toBe(false);
    second.release();
    await draining;
    expect(clock.pending).toBe(0);
    expect([first.signal.aborted, second.signal.aborted]).toEqual([false, false]);
  });

  it('asks the clock for a timer that keeps the process running until then', async () => {
    const asked: boolean[] = [];
    class Watched extends ManualClock {
      override schedule(delay: number, task: () => void, keepAlive?: boolean) {
        if (delay === 750) asked.push(keepAlive === true);
        return super.schedule(delay, task);
      }
    }
    const scope = new Scope({ clock: new Watched() });
    const call = hang(new CircuitBreakerPolicy('payments', CIRCUIT_BREAKER_DEFAULTS, scope));
    const draining = scope.drain(750);
    call.release();
    await draining;
    expect(asked).toEqual([true]);
  });

  it('begins once: a second one has nothing left to do, and waits for nothing', async () => {
    const { clock, scope, breaker } = fixture();
    const call = hang(breaker);
    const first = scope.drain(1_000);
    await scope.drain(5_000);
    expect(clock.pending).toBe(1);
    expect(call.signal.aborted).toBe(false);
    call.release();
    await first;
  });

  it('is over at once where nothing is under way', async () => {
    const { clock, scope } = fixture();
    await scope.drain(1_000);
    expect(clock.pending).toBe(0);
    expect(scope.isClosing).toBe(true);
  });

  it('lets calls that begin afterwards run, and aborts none of them', async () => {
    const { scope, breaker } = fixture();
    await scope.drain(1_000);
    await expect(breaker.execute(({ signal }) => signal.aborted)).resolves.toBe(false);
  });
});

describe('a scope', () => {
  it('is on and watched by nobody until something else is said', () => {
    expect(new Scope()).toMatchObject({ enabled: true, isClosing: false, isWatched: false, refusalStacks: false });
    expect(new Scope({ refusalStacks: true }).refusalStacks).toBe(true);
  });
});

describe('a fault of a callback', () => {
  it('is told to whoever wants to hear of it', () => {
    const heard: unknown[] = [];
    const fault = new Error('in a listener');
    const scope = new Scope({ onFault: (...told) => void heard.push(told) });
    scope.report(fault, 'a listener');
    expect(heard).toEqual([[fault, 'a listener']]);
  });

  it('is dropped where nobody does, and where the one who hears of it has one too', () => {
    expect(() => new Scope().report(new Error('unheard'), 'a listener')).not.toThrow();
    const onFault = (): never => {
      throw new Error('again');
    };
    expect(() => new Scope({ onFault }).report(new Error('first'), 'a listener')).not.toThrow();
  });
});
