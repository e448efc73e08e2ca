import { describe, expect, it } from '@jest/globals';

import { fail, hang, makeBreaker, succeed, times } from '../../../fixtures/breaker.js';

describe('a closed breaker', () => {
  it('judges no slowness any more once that rule is gone, whatever its window remembers', async () => {
    const rules = { slowCallDuration: 100, slowCallRatio: 0.5, minimumThroughput: 5 };
    const { breaker, clock } = makeBreaker(rules);
    for (let i = 0; i < 4; i++) {
      const call = hang(breaker);
      await clock.advance(100);
      await call.succeed();
    }
    breaker.update({ ...breaker.options, slowCallDuration: null });
    await times(2, () => succeed(breaker));
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', window: { calls: 6, slow: 4 } });
  });

  it('remembers how old its calls are through an update that leaves the window as it is', async () => {
    const { breaker, clock } = makeBreaker({ failureRatio: 1, samplingDuration: 10_000 });
    await fail(breaker);
    await clock.advance(9_000);
    await fail(breaker);
    breaker.update({ ...breaker.options, successThreshold: 4 });
    expect(breaker.snapshot().window.calls).toBe(2);
    await clock.advance(2_000);
    expect(breaker.snapshot().window.calls).toBe(1);
  });

  it('keeps what it has counted through an update that gives the window another shape', async () => {
    const { breaker } = makeBreaker({ failureRatio: 1, samplingDuration: 10_000 });
    await times(3, () => fail(breaker));
    breaker.update({ ...breaker.options, samplingDuration: 20_000 });
    expect(breaker.snapshot().window).toMatchObject({ calls: 3, failures: 3 });
    breaker.update({ ...breaker.options, samplingDuration: null, samplingSize: 50 });
    expect(breaker.snapshot().window).toMatchObject({ calls: 3, failures: 3 });
    breaker.update({ ...breaker.options, samplingSize: 2 });
    await succeed(breaker);
    expect(breaker.snapshot().window.calls).toBe(2);
  });

  it('ends a streak after a gap longer than its window of time, not of just that length', async () => {
    const { breaker, clock } = makeBreaker({ failureThreshold: 3, samplingDuration: 10_000 });
    await times(2, () => fail(breaker));
    await clock.advance(10_000);
    expect(breaker.snapshot().window.consecutiveFailures).toBe(2);
    await clock.advance(1);
    expect(breaker.snapshot().window.consecutiveFailures).toBe(0);
    await times(2, () => fail(breaker));
    expect([breaker.state, breaker.snapshot().window.consecutiveFailures]).toEqual(['closed', 2]);
    await clock.advance(10_000);
    await fail(breaker);
    expect(breaker.state).toBe('open');
  });

  it('ends no streak by a gap where its window is one of calls', async () => {
    const { breaker, clock } = makeBreaker({ failureThreshold: 3, samplingSize: 10 });
    await times(2, () => fail(breaker));
    await clock.advance(1e9);
    await fail(breaker);
    expect(breaker.state).toBe('open');
  });
});
