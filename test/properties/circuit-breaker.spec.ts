import { deepStrictEqual, ok } from 'node:assert/strict';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PolicyEvent } from 'nest-circuit-breaker/engine';

import { BreakerModel } from './breaker-model.js';
import type { ModelCall, ModelOptions, ModelSaved, Outcome } from './breaker-model.js';
import { BreakerSystem, WAYS } from './breaker-system.js';
import type { RealCall, Way } from './breaker-system.js';
import { replay } from './replay.js';
import { PATIENCE, runs } from './runs.js';

/** A model, the real thing, and the calls that both have under way. */
interface World {
  readonly model: BreakerModel;
  readonly pairs: { readonly call: ModelCall; readonly real: RealCall }[];
  saved: { readonly model: ModelSaved; readonly text: string } | undefined;
}

type Step = (world: World, system: BreakerSystem) => Promise<void> | void;

/** One step of both, then the comparison of all that can be seen. */
class Command implements fc.AsyncCommand<World, BreakerSystem> {
  constructor(
    private readonly name: string,
    private readonly step: Step,
  ) {}

  check(): boolean {
    return true;
  }

  async run(world: World, system: BreakerSystem): Promise<void> {
    await this.step(world, system);
    compare(world.model, system);
  }

  toString(): string {
    return this.name;
  }
}

function compare(model: BreakerModel, system: BreakerSystem): void {
  const before = system.events.length;
  const { state, retryAfter, window, totals, inFlight } = system.breaker.snapshot();
  const { failureRatio: _, slowRatio: __, ...counts } = window;
  deepStrictEqual(
    { state, retryAfter, window: counts, totals: { ...totals }, inFlight },
    {
      state: model.kind,
      retryAfter: model.retryAfter,
      window: model.window,
      totals: model.totals,
      inFlight: model.inFlight,
    },
  );
  deepStrictEqual(system.events.map(({ type }) => type), model.events); // prettier-ignore
  deepStrictEqual(system.events.length, before); // reading says nothing
  ok(Object.values(totals).every((total) => Number.isSafeInteger(total) && total >= 0));
  deepStrictEqual(totals.successes + totals.failures + totals.ignored + totals.stale + inFlight, totals.calls);
  ok(inFlight >= 0);
  deepStrictEqual(system.faults, []);
}

async function begin({ model, pairs }: World, system: BreakerSystem, way: Way): Promise<void> {
  const call = model.admit(way !== 'by hand');
  const real = await system.begin(way);
  expect(real === 'refused').toBe(call === undefined);
  if (call !== undefined && real !== 'refused') pairs.push({ call, real });
}

async function end({ model, pairs }: World, index: number, outcome: Outcome | 'cancel'): Promise<void> {
  const pair = pairs[index % Math.max(1, pairs.length)];
  if (pair === undefined) return;
  const { call, real } = pair;
  const wasPending = call.isPending;
  if (outcome === 'cancel' && real.cancel === undefined) return;
  model.settle(call, outcome === 'cancel' ? 'ignored' : outcome);
  if (outcome === 'cancel') await real.cancel?.();
  else await real.end(outcome);
  const seen = outcome === 'cancel' ? 'cancelled' : outcome;
  if (wasPending) expect(real.seen.answer).toBe(seen);
  else expect(real.seen.answer).toBeDefined();
}

/** A span of time that is of interest: a guess, or an edge of something that is pending, give or take one. */
function spanOf(model: BreakerModel, guess: number, edge: number, off: number): number {
  const { samplingDuration } = model.options;
  const edges = [
    model.retryAfter,
    ...model.calls.filter(({ isPending }) => isPending).flatMap((call) => [call.deadline, call.timesOutAt]).map((at) => at - model.now),
    samplingDuration === undefined ? null : samplingDuration / 10 - (model.now % (samplingDuration / 10)),
    samplingDuration ?? null,
    model.options.slowCallDuration ?? null,
  ].filter((span): span is number => span !== null && Number.isFinite(span)); // prettier-ignore
  const span = edge < edges.length ? (edges[edge] as number) + off : guess;
  return Math.max(0, Math.min(10_000, Math.round(span)));
}

const way = fc.constantFrom(...WAYS);
const outcome = fc.constantFrom<Outcome>('success', 'failure', 'ignored');
const duration = fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined });

const optionsArbitrary: fc.Arbitrary<ModelOptions> = fc
  .record({
    failureThreshold: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant<false>(false)),
    failureRatio: fc.constantFrom<number | false>(false, 0.25, 1 / 3, 0.5, 1),
    slow: fc.option(fc.record({ duration: fc.constantFrom(1, 20, 100), ratio: fc.constantFrom(0.3, 0.5, 1) })),
    minimumThroughput: fc.integer({ min: 1, max: 5 }),
    window: fc.oneof(
      fc.record({ samplingDuration: fc.constantFrom(10, 100, 1_000), samplingSize: fc.constant(undefined) }),
      fc.record({ samplingSize: fc.integer({ min: 5, max: 9 }), samplingDuration: fc.constant(undefined) }),
    ),
    breakDuration: fc.constantFrom(1, 50, 200),
    isGrowing: fc.boolean(),
    halfOpenMaxCalls: fc.integer({ min: 1, max: 3 }),
    successThreshold: fc.integer({ min: 1, max: 3 }),
    halfOpenTimeout: fc.constantFrom(undefined, 1, 30, 100),
    timeout: fc.constantFrom(undefined, undefined, 25, 60),
  })
  .filter(({ failureThreshold, failureRatio, slow }) => failureThreshold !== false || failureRatio !== false || slow !== null)
  .map(({ slow, window, ...rest }) => ({
    ...rest,
    ...window,
    slowCallDuration: slow?.duration,
    slowCallRatio: slow?.ratio,
  })); // prettier-ignore

const named = (name: string, step: Step): Command => new Command(name, step);

const callCommand = fc.tuple(way, outcome).map(([how, what]) =>
  named(`call ${how}: ${what}`, async (world, system) => {
    const before = world.pairs.length;
    await begin(world, system, how);
    if (world.pairs.length > before) await end(world, before, what);
  }),
);
const stormCommand = fc.tuple(fc.integer({ min: 2, max: 6 }), outcome).map(([count, what]) =>
  named(`${count} calls: ${what}`, async (world, system) => {
    for (let i = 0; i < count; i++) {
      const before = world.pairs.length;
      await begin(world, system, 'alone');
      if (world.pairs.length > before) await end(world, before, what);
    }
  }),
);
const hangCommand = way.map((how) => named(`begin ${how}`, (world, system) => begin(world, system, how)));
const endCommand = fc
  .tuple(fc.nat(40), outcome)
  .map(([index, what]) => named(`end ${index}: ${what}`, (world) => end(world, index, what)));
const cancelCommand = fc.nat(40).map((index) => named(`cancel ${index}`, (world) => end(world, index, 'cancel')));
const advanceCommand = fc
  .tuple(fc.integer({ min: 0, max: 300 }), fc.nat(14), fc.constantFrom(-1, 0, 1))
  .map(([guess, edge, off]) =>
    named(`advance ${guess}|${edge}${off}`, async ({ model }, system) => {
      const span = spanOf(model, guess, edge, off);
      model.advance(span);
      await system.clock.advance(span);
    }),
  );
const stepCommand = fc.constantFrom(-3_600_000, -50, 50, 3_600_000).map((ms) =>
  named(`step the wall clock by ${ms}`, ({ model }, system) => {
    model.wall += ms;
    system.clock.stepWall(ms);
  }),
);
const manualCommand = fc
  .tuple(fc.constantFrom('isolated' as const, 'disabled' as const, 'metrics_only' as const), duration)
  .map(([kind, time]) =>
    named(`${kind} for ${time}`, ({ model }, { breaker }) => {
      model.set(kind, time);
      const manual = time === undefined ? {} : { for: time };
      if (kind === 'isolated') breaker.isolate(manual);
      else if (kind === 'disabled') breaker.disable(manual);
      else breaker.metricsOnly(manual);
    }),
  );
const closeCommand = fc.constant(named('close', ({ model }, { breaker }) => (model.close(), breaker.close())));
const resetCommand = fc.constant(named('reset', ({ model }, { breaker }) => (model.reset(), breaker.reset())));
const updateCommand = optionsArbitrary.map((options) =>
  named(`update ${JSON.stringify(options)}`, ({ model }, system) => {
    model.update(options);
    system.update(options);
  }),
);
const saveCommand = fc.constant(
  named('save', (world, system) => {
    world.saved = { model: world.model.save(), text: JSON.stringify(system.registry) };
  }),
);
const restoreCommand = fc.constant(
  named('restore', (world, system) => {
    if (world.saved === undefined) return;
    world.model.restore(world.saved.model);
    system.registry.restore(world.saved.text);
  }),
);

const commands = (isForReplay: boolean): fc.Arbitrary<Iterable<fc.AsyncCommand<World, BreakerSystem>>> =>
  fc.commands(
    [
      callCommand, callCommand, callCommand, stormCommand, stormCommand, hangCommand, hangCommand, hangCommand,
      endCommand, endCommand, endCommand, cancelCommand, advanceCommand, advanceCommand, advanceCommand, stepCommand,
      manualCommand, closeCommand, resetCommand, updateCommand,
      ...(isForReplay ? [] : [saveCommand, restoreCommand]),
    ],
    { maxCommands: 60, size: 'max' },
  ); // prettier-ignore

describe('a circuit breaker', () => {
  it(
    'is in every step what the model says: state, permits, counts, window, events, answers',
    async () => {
      await fc.assert(
        fc.asyncProperty(optionsArbitrary, commands(false), async (options, steps) => {
          await fc.asyncModelRun(
            () => ({
              model: { model: new BreakerModel(options), pairs: [], saved: undefined },
              real: new BreakerSystem(options),
            }),
            steps,
          );
        }),
        runs(),
      );
    },
    PATIENCE,
  );

  it(
    'can be told from its events alone',
    async () => {
      await fc.assert(
        fc.asyncProperty(optionsArbitrary, commands(true), async (options, steps) => {
          const system = new BreakerSystem(options);
          const world: World = { model: new BreakerModel(options), pairs: [], saved: undefined };
          await fc.asyncModelRun(() => ({ model: world, real: system }), steps);
          checkReplay(system.events, system);
        }),
        runs(0.3),
      );
    },
    PATIENCE,
  );
});

function checkReplay(events: readonly PolicyEvent[], system: BreakerSystem): void {
  const { state, totals } = system.breaker.snapshot();
  const told = replay(events);
  expect(told.state).toBe(state);
  if (told.wasReset) return; // results of calls from before are told, but not counted any more
  const { successes, ignored, refused, slow, transitions, timeouts } = totals;
  expect(told.totals).toMatchObject({ successes, ignored, refused, slow, transitions });
  expect(told.totals.timeouts).toBe(timeouts);
  // the late word of a probe that was taken for lost turns a failure into a stale call
  const turned = told.totals.failures + told.totals.stale - totals.failures - totals.stale;
  expect(turned).toBeGreaterThanOrEqual(0);
  expect(turned).toBeLessThanOrEqual(told.lostProbes);
  expect(told.totals.stale).toBe(totals.stale);
}
