/** A task that {@link Clock.schedule} will run; cancelling one that has run does nothing. */
export interface Timer {
  cancel(): void;
}

/** The only source of time. All durations are milliseconds. */
export interface Clock {
  /** Monotonic milliseconds from an arbitrary origin; never steps back. */
  now(): number;
  /** Milliseconds since the epoch; used for dates that people read, never for decisions. */
  wall(): number;
  /**
   * Runs `task` once after `delay` milliseconds.
   * `keepAlive` says whether waiting for it alone keeps the process running.
   */
  schedule(delay: number, task: () => void, keepAlive: boolean): Timer;
  /** Whether only a test moves it: a shutdown doesn't wait for one that stands still. @default false */
  readonly isManual?: boolean | undefined;
}

/** The only source of chance: uniform in [0, 1). */
export type Random = () => number;

const realPerformance = globalThis.performance;
const realSetTimeout = globalThis.setTimeout;

/**
 * The process's own clock. A test's fake timers are honoured: the global `performance` is an accessor, which costs a
 * third of a reading, and is asked only where `setTimeout` has been replaced.
 */
export const systemClock: Clock = {
  now: () => (setTimeout === realSetTimeout ? realPerformance.now() : performance.now()),
  wall: () => Date.now(),
  schedule(delay, task, keepAlive) {
    const handle = setTimeout(task, delay);
    if (!keepAlive) handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** How long a manual clock may stand still before nobody is believed to move it, in real ms. */
const STANDSTILL = 1_000;

/** Runs `task` once a manual clock has stood still for a second of real time; never for another clock. */
export function whenStill(clock: Clock, task: () => void): Timer {
  if (clock.isManual !== true) return { cancel: () => undefined };
  let seen = clock.now();
  const look = (): void => {
    if (clock.now() === seen) return task();
    seen = clock.now();
    timer = systemClock.schedule(STANDSTILL, look, true);
  };
  let timer = systemClock.schedule(STANDSTILL, look, true);
  return { cancel: () => timer.cancel() };
}

export const systemRandom: Random = () => Math.random();

/** The largest delay, in ms, that a timer of the platform can hold. */
export const MAX_DURATION = 2 ** 31 - 1;

/** The wall clock's date, for people. */
export const currentDate = (clock: Clock): Date => new Date(clock.wall());

/** A point of the monotonic clock as a date of the wall clock, as the two stand now. */
export function dateOf(clock: Clock, instant: number): Date {
  return new Date(clock.wall() - (clock.now() - instant));
}

/** Milliseconds since the epoch of a date in UTC; `month` counts from 0. */
export function epochOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number {
  return Date.UTC(year, month, day, hour, minute, second);
}
