import { deepStrictEqual } from 'node:assert/strict';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { CountWindow } from '../../lib/engine/window/count-window.js';
import { TimeWindow } from '../../lib/engine/window/time-window.js';
import type { Window, WindowCounts, WindowLatency } from '../../lib/engine/window/window.js';
import { PATIENCE, runs } from './runs.js';

interface Call {
  readonly gap: number;
  readonly ok: boolean;
  readonly slow: boolean;
  readonly duration: number;
}
type Recorded = Call & { readonly at: number };

const calls = (gap: fc.Arbitrary<number>): fc.Arbitrary<Call[]> =>
  fc.array(fc.record({ gap, ok: fc.boolean(), slow: fc.boolean(), duration: fc.integer({ min: 0, max: 10_000 }) }), {
    maxLength: 120,
    size: 'max',
  });

const countsOf = (held: readonly Call[]): WindowCounts => ({
  successes: held.filter(({ ok }) => ok).length,
  failures: held.filter(({ ok }) => !ok).length,
  slow: held.filter(({ slow }) => slow).length,
});

function latencyOf(held: readonly Call[]): WindowLatency {
  const [good, bad] = [held.filter(({ ok }) => ok), held.filter(({ ok }) => !ok)].map((some) => some.map(({ duration }) => duration)) as [number[], number[]]; // prettier-ignore
  const total = (some: number[]): number => some.reduce((sum, duration) => sum + duration, 0);
  return {
    successTotal: total(good),
    successMax: Math.max(0, ...good),
    failureTotal: total(bad),
    failureMax: Math.max(0, ...bad),
  };
}

function check(window: Window, steps: readonly Call[], start: number, heldAt: (all: readonly Recorded[], now: number) => readonly Call[]): void {
  const all: Recorded[] = [];
  let now = start;
  for (const step of steps) {
    now += step.gap;
    deepStrictEqual({ ...window.counts(now) }, countsOf(heldAt(all, now))); // reading first: it may change nothing
    all.push({ ...step, at: now });
    deepStrictEqual({ ...window.record(now, step.ok, step.slow, step.duration) }, countsOf(heldAt(all, now)));
    deepStrictEqual({ ...window.counts(now) }, countsOf(heldAt(all, now)));
    deepStrictEqual(window.latency(now), latencyOf(heldAt(all, now)));
  }
} // prettier-ignore

describe('a window', () => {
  it(
    'of calls holds the last so many',
    () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 40 }), calls(fc.nat(1_000)), (size, steps) => {
          check(new CountWindow(size), steps, 0, (all) => all.slice(-size));
        }),
        runs(0.5),
      );
    },
    PATIENCE,
  );

  const durations = fc.constantFrom(1, 7, 10, 33, 100, 1_000, 30_000, 86_400_000);
  const start = fc.oneof(fc.constant(0), fc.nat(1_000_000), fc.constantFrom(2 ** 31, 1e12));

  it(
    'of time holds what its ten buckets hold, for whole milliseconds and edges of buckets',
    () => {
      const property = fc.property(
        durations.chain((duration) => {
          const edges = [1, duration / 10, duration / 10 - 1, duration - 1, duration, duration + 1, duration * 3];
          const gaps = edges.filter((gap) => gap >= 0).map((gap) => Math.round(gap));
          return fc.tuple(fc.constant(duration), calls(fc.oneof(fc.constant(0), fc.constantFrom(...gaps), fc.nat(2 * duration))));
        }),
        start,
        ([duration, steps], begin) => {
          const bucketOf = (at: number): number => Math.floor((at * 10) / duration);
          check(new TimeWindow(duration), steps, begin, (all, now) =>
            all.filter(({ at }) => bucketOf(at) > bucketOf(now) - 10),
          );
        },
      ); // prettier-ignore
      fc.assert(property, runs(0.5));
    },
    PATIENCE,
  );

  it(
    'of time never holds what is older than it is long, and all that is younger than nine tenths of that',
    () => {
      const gap = fc.double({ min: 0, max: 50, noNaN: true, noDefaultInfinity: true });
      fc.assert(
        fc.property(calls(gap), (steps) => {
          const window = new TimeWindow(100);
          const ends: number[] = [];
          let now = 0;
          for (const step of steps) {
            now += step.gap;
            const { successes, failures } = window.record(now, step.ok, step.slow, step.duration);
            ends.push(now);
            const age = (at: number): number => now - at;
            expect(successes + failures).toBeLessThanOrEqual(ends.filter((at) => age(at) < 100.000_001).length);
            expect(successes + failures).toBeGreaterThanOrEqual(ends.filter((at) => age(at) < 89.999_999).length);
          }
        }),
        runs(0.5),
      );
    },
    PATIENCE,
  );

  const shape = fc.oneof(
    fc.integer({ min: 1, max: 30 }).map((size) => ({ size, make: () => new CountWindow(size) })),
    fc.constantFrom(100, 1_000).map((duration) => ({ size: Infinity, make: () => new TimeWindow(duration) })),
  );

  it(
    'that takes another shape keeps what the new one has room for',
    () => {
      fc.assert(
        fc.property(shape, shape, calls(fc.nat(30)), (from, to, steps) => {
          const [before, after] = [from.make(), to.make()];
          let now = 0;
          for (const { gap, ok, slow, duration } of steps) before.record((now += gap), ok, slow, duration);
          const old = { ...before.counts(now) };
          before.pourInto(after, now);
          expect({ ...before.counts(now) }).toEqual(old);
          const counts = { ...after.counts(now) };
          expect(Math.min(counts.successes, counts.failures, counts.slow)).toBeGreaterThanOrEqual(0);
          const calls = old.successes + old.failures;
          const kept = counts.successes + counts.failures;
          expect(kept).toBeLessThanOrEqual(Math.min(calls, to.size));
          if (before instanceof CountWindow) {
            expect(kept).toBe(Math.min(calls, to.size));
            const last = steps.slice(-kept || steps.length);
            if (kept > 0) expect(counts).toEqual(countsOf(last));
            if (kept > 0) expect(after.latency(now)).toEqual(latencyOf(last));
          }
        }),
        runs(0.5),
      );
    },
    PATIENCE,
  );

  it(
    'of calls to which sums are added holds as many as it can, in their proportions',
    () => {
      const count = fc.nat(300);
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 100 }), count, count, fc.nat(1_000), (size, successes, failures, slow) => {
          const all = successes + failures;
          const some = Math.min(slow, all);
          const window = new CountWindow(size);
          window.add(0, { successes, failures, slow: some }, { successTotal: 0, successMax: 0, failureTotal: 0, failureMax: 0 });
          const counts = window.counts();
          const held = Math.min(size, all);
          expect(counts.successes + counts.failures).toBe(held);
          if (all === 0) return;
          expect(Math.abs(counts.failures - (held * failures) / all)).toBeLessThanOrEqual(1);
          expect(Math.abs(counts.slow - (held * some) / all)).toBeLessThanOrEqual(1);
        }),
        runs(0.5),
      );
    },
    PATIENCE,
  ); // prettier-ignore
});
