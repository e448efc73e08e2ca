import { describe, expect, it } from '@jest/globals';

import { CIRCUIT_BREAKER_DEFAULTS, CircuitBreakerPolicy, Scope } from '../../../../lib/engine/index.js';
import { ManualClock } from '../../../../lib/testing/index.js';

const breakerOf = (clock: ManualClock, timeout: number): CircuitBreakerPolicy =>
  new CircuitBreakerPolicy('payments', { ...CIRCUIT_BREAKER_DEFAULTS, timeout }, new Scope({ clock }));
const hang = (breaker: CircuitBreakerPolicy): Promise<unknown> =>
  breaker.execute(() => new Promise(() => {})).catch((error: unknown) => error);

describe('calls with a time-out that take turns', () => {
  it('each end by the clock of their own application', async () => {
    const [first, second] = [new ManualClock(), new ManualClock()];
    await breakerOf(first, 100).execute(() => 'fine');
    const late = hang(breakerOf(second, 100));
    await first.advance(1_000);
    expect([first.pending, second.pending]).toEqual([0, 1]);
    await second.advance(100);
    expect(await late).toMatchObject({ code: 'ERR_CALL_TIMEOUT', duration: 100 });
  });

  it('each end by the limit of their own breaker', async () => {
    const clock = new ManualClock();
    const [short, long] = [breakerOf(clock, 100), breakerOf(clock, 300)];
    await short.execute(() => 'fine');
    let isOver = false;
    const late = hang(long).finally(() => (isOver = true));
    await clock.advance(299);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(await late).toMatchObject({ code: 'ERR_CALL_TIMEOUT', duration: 300 });
  });
});
