import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { currentDate, dateOf, systemClock, systemRandom } from '../../../lib/engine/index.js';
import { whenStill } from '../../../lib/engine/clock.js';
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

describe('a manual clock that nobody moves', () => {
  const made: { readonly task: () => void; readonly timer: NodeJS.Timeout }[] = [];
  const pass = (): void => made.shift()?.task();

  beforeEach(() => {
    globalThis.setTimeout = ((task: () => void, delay: number) => {
      const timer = realSetTimeout(() => undefined, delay);
      expect(delay).toBe(1_000);
      made.push({ task, timer });
      return timer;
    }) as never;
  });

  afterEach(() => {
    globalThis.setTimeout = realSetTimeout;
    for (const { timer } of made.splice(0)) clearTimeout(timer);
  });

  it('has stood still once a second of real time has passed in which it did', async () => {
    const clock = new ManualClock();
    let runs = 0;
    whenStill(clock, () => runs++);
    for (let look = 0; look < 2; look++) {
      expect(made.map(({ timer }) => timer.hasRef())).toEqual([true]);
      await clock.advance(1);
      pass();
      expect([runs, made.length]).toEqual([0, 1]);
    }
    pass();
    expect([runs, made.length]).toEqual([1, 0]);
  });

  it('is asked no more when it no longer matters', async () => {
    const clock = new ManualClock();
    const still = whenStill(clock, () => undefined);
    const [first] = made;
    await clock.advance(1);
    pass();
    const [second] = made;
    still.cancel();
    const isOver = (of: typeof first) => (of?.timer as unknown as { _destroyed?: boolean } | undefined)?._destroyed;
    expect([isOver(first), isOver(second)]).toEqual([false, true]);
    clearTimeout(first?.timer);
  });

  it('is never told of any other clock, that may be asked to stop all the same', () => {
    const still = whenStill(
      { now: () => 0, wall: () => 0, schedule: () => ({ cancel: () => undefined }) },
      () => undefined,
    );
    still.cancel();
    expect(made).toEqual([]);
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
