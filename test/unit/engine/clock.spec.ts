import { afterEach, describe, expect, it } from '@jest/globals';

import { currentDate, dateOf, systemClock, systemRandom } from '../../../lib/engine/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

const { setTimeout: realSetTimeout, performance: realPerformance } = globalThis;

describe("the process's clock", () => {
  afterEach(() => {
    globalThis.setTimeout = realSetTimeout;
    Object.defineProperty(globalThis, 'performance', { value: realPerformance, configurable: true, writable: true });
  });

  it('tells the time of the process and of the day', () => {
    const [before, today] = [performance.now(), Date.now()];
    const [now, wall] = [systemClock.now(), systemClock.wall()];
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(performance.now());
    expect(wall).toBeGreaterThanOrEqual(today);
    expect(wall).toBeLessThanOrEqual(Date.now());
  });

  it("follows a test's fake timers, and only those", () => {
    const fake = { ...realPerformance, now: () => -5 } as typeof performance;
    Object.defineProperty(globalThis, 'performance', { value: fake, configurable: true, writable: true });
    expect(systemClock.now()).toBeGreaterThan(0);
    globalThis.setTimeout = (() => undefined) as never;
    expect(systemClock.now()).toBe(-5);
  });

  it('runs what is scheduled, once', async () => {
    let runs = 0;
    await new Promise<void>((resolve) => {
      systemClock.schedule(
        1,
        () => {
          runs++;
          resolve();
        },
        true,
      );
    });
    expect(runs).toBe(1);
  });

  it('sets a timer of the platform, which keeps the process running only where it is told to', () => {
    const made: { delay: number | undefined; timer: NodeJS.Timeout }[] = [];
    globalThis.setTimeout = ((task: () => void, delay?: number) => {
      const timer = realSetTimeout(task, delay);
      made.push({ delay, timer });
      return timer;
    }) as never;
    const [kept, idle] = [true, false].map((keepAlive) => systemClock.schedule(60_000, () => undefined, keepAlive));
    expect(made.map(({ delay, timer }) => [delay, timer.hasRef()])).toEqual([
      [60_000, true],
      [60_000, false],
    ]);
    kept?.cancel();
    idle?.cancel();
    expect(made.map(({ timer }) => (timer as unknown as { _destroyed: boolean })._destroyed)).toEqual([true, true]);
  });
});

describe('chance', () => {
  it('lies between 0 and 1, and is never the same for long', () => {
    const drawn = Array.from({ length: 20 }, () => systemRandom());
    expect(drawn.every((each) => each >= 0 && each < 1)).toBe(true);
    expect(new Set(drawn).size).toBeGreaterThan(1);
  });
});

describe('a date', () => {
  it('is that of the wall clock, as it stands now', async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 1));
    await clock.advance(5_000);
    expect(currentDate(clock)).toEqual(new Date(Date.UTC(2026, 0, 1, 0, 0, 5)));
    expect(dateOf(clock, 3_000)).toEqual(new Date(Date.UTC(2026, 0, 1, 0, 0, 3)));
    clock.stepWall(60_000);
    expect(dateOf(clock, 3_000)).toEqual(new Date(Date.UTC(2026, 0, 1, 0, 1, 3)));
  });
});
