/** What a window holds, in sums. Durations in ms. */
export interface WindowCounts {
  successes: number;
  failures: number;
  slow: number;
}

/** Durations of the calls that a window holds. */
export interface WindowLatency {
  successTotal: number;
  successMax: number;
  failureTotal: number;
  failureMax: number;
}

/**
 * The recent calls that trip rules look at. Recording costs the same however many calls it holds.
 * Memory is allocated at the first call.
 */
export interface Window {
  /** Takes in an ended call and answers the sums, as {@link counts} would. */
  record(now: number, ok: boolean, slow: boolean, duration: number): Readonly<WindowCounts>;
  /** The sums at `now`. Doesn't change what the window holds; the object is valid until the next call of a method. */
  counts(now: number): Readonly<WindowCounts>;
  latency(now: number): WindowLatency;
  /** Puts calls that were counted elsewhere into the window, as if they had ended at `now` in an even mixture. */
  add(now: number, counts: Readonly<WindowCounts>, latency: Readonly<WindowLatency>): void;
  /** Hands what it holds at `now` to an empty window of another shape, oldest first. */
  pourInto(other: Window, now: number): void;
}

/** Where durations are not known. */
export const NO_LATENCY: Readonly<WindowLatency> = Object.freeze({
  successTotal: 0, successMax: 0, failureTotal: 0, failureMax: 0,
}); // prettier-ignore
