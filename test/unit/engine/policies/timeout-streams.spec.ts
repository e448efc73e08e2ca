import { describe, expect, it } from '@jest/globals';
import { guardedBy } from 'nest-circuit-breaker';
import { Scope, TimeoutPolicy } from 'nest-circuit-breaker/engine';
import { ManualClock } from 'nest-circuit-breaker/testing';
import { Subject } from 'rxjs';

import { atTimers } from '../../../fixtures/at-timers.js';
import { settledOf } from '../../../fixtures/breaker.js';

function fixture() {
  const clock = new ManualClock();
  return { clock, timeout: new TimeoutPolicy('slow', { enabled: true, duration: 100 }, new Scope({ clock })) };
}

const timedOut = { ok: false, error: expect.objectContaining({ code: 'ERR_CALL_TIMEOUT', policyName: 'slow' }) };

describe('a time-out of a stream', () => {
  it('runs while an item is owed, not while the consumer is busy with one', async () => {
    const { clock, timeout } = fixture();
    const step = async (ms: number): Promise<void> => new Promise((resolve) => void clock.schedule(ms, resolve));
    async function* rows(): AsyncGenerator<number> {
      for (const ms of [60, 60, 99, 200]) {
        await step(ms);
        yield ms;
      }
    }
    const items = timeout.iterate(rows);
    const ask = async (ms: number) => {
      const answer = settledOf(items.next());
      await clock.advance(ms);
      return answer;
    };
    const item = (value: number) => ({ ok: true, value: { done: false, value } });
    for (const ms of [60, 60, 99]) {
      expect(await ask(ms)).toEqual(item(ms));
      await clock.advance(1_000);
    }
    expect(clock.pending).toBe(0);
    expect(await ask(100)).toEqual(timedOut);
  });

  it('drops an item that comes before the news of it', async () => {
    const { clock, timeout } = fixture();
    const source = new Subject<number>();
    atTimers(clock, 'after', () => source.next(2));
    const heard: unknown[] = [];
    source
      .pipe(guardedBy(timeout))
      .subscribe({ next: (item) => heard.push(item), error: (error) => heard.push(error) });
    source.next(1);
    await clock.advance(100);
    expect(heard).toEqual([1, timedOut.error]);
    expect(source.observed).toBe(false);
  });

  it('keeps no time while it is switched off', async () => {
    const { clock, timeout } = fixture();
    timeout.update({ enabled: false, duration: 100 });
    const source = new Subject<number>();
    const heard: unknown[] = [];
    source.pipe(guardedBy(timeout)).subscribe({ next: (item) => heard.push(item), complete: () => heard.push('end') });
    await clock.advance(1_000);
    source.next(1);
    source.complete();
    expect([heard, clock.pending]).toEqual([[1, 'end'], 0]);
  });
});
