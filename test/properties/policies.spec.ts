import { deepStrictEqual, ok, throws } from 'node:assert/strict';

import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDuration } from 'nest-circuit-breaker/options';

import { RetryBudget } from '../../lib/engine/policies/retry-budget.js';
import { hang, settledOf, turn } from '../fixtures/breaker.js';
import type { Hanging } from '../fixtures/breaker.js';
import { Kit } from '../fixtures/policies.js';
import { PATIENCE, runs } from './runs.js';

describe('a retry budget', () => {
  it(
    'grants what an array of all calls and retries of the last minute leaves',
    () => {
      const step = fc.record({ gap: fc.oneof(fc.nat(300), fc.constantFrom(1_000, 59_000, 60_000, 1e9)), isCall: fc.boolean() });
      const options = fc.record({ ratio: fc.constantFrom(0.1, 0.2, 0.5, 1), minPerMinute: fc.nat(12) });
      fc.assert(
        fc.property(fc.array(step, { maxLength: 200, size: 'max' }), options, (steps, rules) => {
          const budget = new RetryBudget();
          const calls: number[] = [];
          const retries: number[] = [];
          let now = 0;
          const within = (all: readonly number[]): number =>
            all.filter((at) => Math.floor(at / 1_000) > Math.floor(now / 1_000) - 60).length;
          for (const { gap, isCall } of steps) {
            now += gap;
            if (isCall) {
              budget.call(now);
              calls.push(now);
              continue;
            }
            const isGranted = within(retries) + 1 <= Math.max(rules.minPerMinute, rules.ratio * within(calls));
            deepStrictEqual(budget.spend(now, rules), isGranted);
            if (isGranted) retries.push(now);
          }
        }),
        runs(),
      );
    },
    PATIENCE,
  ); // prettier-ignore
});

describe('a bulkhead', () => {
  type Step =
    | { readonly kind: 'begin'; readonly hasSignal: boolean }
    | { readonly kind: 'end' | 'cancel'; readonly index: number }
    | { readonly kind: 'advance'; readonly ms: number }
    | { readonly kind: 'resize'; readonly maxConcurrent: number; readonly maxQueue: number };

  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('begin' as const), hasSignal: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('end' as const, 'cancel' as const), index: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(1, 10, 20, 50) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('resize' as const), maxConcurrent: fc.integer({ min: 1, max: 4 }), maxQueue: fc.nat(4) }),
    },
  ); // prettier-ignore

  interface Guest {
    readonly call: Hanging;
    readonly caller: AbortController | undefined;
    state: 'queued' | 'running' | 'left' | 'over' | 'refused';
    readonly giveUpAt: number;
  }

  it(
    'is a list of those inside and a list of those who wait, first come, first served',
    async () => {
      const limits = fc.record({
        maxConcurrent: fc.integer({ min: 1, max: 3 }),
        maxQueue: fc.nat(4),
        queueTimeout: fc.constantFrom(null, 20),
      });
      await fc.assert(
        fc.asyncProperty(limits, fc.array(step, { maxLength: 60, size: 'max' }), async (given, steps) => {
          const kit = new Kit();
          const bulkhead = kit.bulkhead(given);
          let { maxConcurrent, maxQueue } = given;
          const guests: Guest[] = [];
          const are = (...states: Guest['state'][]): Guest[] => guests.filter(({ state }) => states.includes(state));
          const inside = (): number => are('running', 'left').length;
          const admit = (): void => {
            while (inside() < maxConcurrent && are('queued').length > 0) (are('queued')[0] as Guest).state = 'running';
          };
          for (const each of steps) {
            switch (each.kind) {
              case 'begin': {
                const caller = each.hasSignal ? new AbortController() : undefined;
                const isFree = inside() < maxConcurrent && are('queued').length === 0;
                const mayWait = are('queued').length < maxQueue;
                const call = hang(bulkhead, { signal: caller?.signal });
                const state = isFree ? 'running' : mayWait ? 'queued' : 'refused';
                guests.push({ call, caller, state, giveUpAt: kit.clock.now() + (given.queueTimeout ?? Infinity) });
                break;
              }
              case 'end': {
                const guest = are('running', 'left')[each.index % Math.max(1, inside())];
                await guest?.call.succeed();
                if (guest !== undefined) guest.state = 'over';
                admit();
                break;
              }
              case 'cancel': {
                const some = are('running', 'queued').filter(({ caller }) => caller !== undefined);
                const guest = some[each.index % Math.max(1, some.length)];
                guest?.caller?.abort('gone');
                if (guest !== undefined) guest.state = guest.state === 'queued' ? 'over' : 'left';
                break;
              }
              case 'advance':
                await kit.clock.advance(each.ms);
                for (const guest of are('queued')) if (guest.giveUpAt <= kit.clock.now()) guest.state = 'refused';
                break;
              case 'resize':
                ({ maxConcurrent, maxQueue } = each);
                bulkhead.update({ enabled: true, queueTimeout: given.queueTimeout, maxConcurrent, maxQueue });
                admit();
            }
            await turn();
            deepStrictEqual([bulkhead.running, bulkhead.queued], [inside(), are('queued').length]);
            for (const { call, state } of guests) {
              if (state === 'running') ok(call.hasRun && call.settled === undefined);
              if (state === 'queued') ok(!call.hasRun && call.settled === undefined);
              if (state === 'refused') deepStrictEqual(call.settled?.ok === false && (call.settled.error as { code: string }).code, 'ERR_BULKHEAD_FULL'); // prettier-ignore
              if (state === 'over') ok(call.settled !== undefined);
            }
          }
          for (const guest of guests) await guest.call.succeed();
          await kit.clock.advance(1_000);
          for (const guest of guests) await guest.call.succeed();
          deepStrictEqual([bulkhead.running, bulkhead.queued, kit.scope.active, kit.clock.pending], [0, 0, 0, 0]);
        }),
        runs(),
      );
    },
    PATIENCE,
  );
});

describe('a rate limiter', () => {
  it(
    'lets each call begin when the generic cell rate algorithm would, or refuses it',
    async () => {
      const options = fc.record({
        limit: fc.constantFrom(1, 2, 5), // so that a token takes whole milliseconds
        interval: fc.constantFrom(10, 100, 1_000),
        burst: fc.option(fc.integer({ min: 1, max: 5 })),
        maxWait: fc.constantFrom(null, 30, 500),
      });
      const gap = fc.oneof(fc.constant(0), fc.nat(120), fc.constantFrom(999, 1_000, 1_001));
      await fc.assert(
        fc.asyncProperty(options, fc.array(gap, { maxLength: 60, size: 'max' }), async (rules, gaps) => {
          const { limit, interval, maxWait } = rules;
          const burst = rules.burst ?? limit;
          const kit = new Kit();
          const limiter = kit.rateLimiter(rules);
          const begun = new Map<number, number>();
          const expected = new Map<number, number>();
          const answers: Promise<unknown>[] = [];
          let arrival = 0; // the theoretical one of the next call, in ms times `limit`: whole numbers all along
          for (const [index, ms] of gaps.entries()) {
            await kit.clock.advance(ms);
            const now = kit.clock.now();
            answers.push(settledOf(limiter.execute(() => void begun.set(index, kit.clock.now()))));
            const start = Math.max(now, Math.ceil((arrival - (burst - 1) * interval) / limit));
            if (start > now && start - now > (maxWait ?? -1)) continue;
            expected.set(index, start);
            arrival = Math.max(arrival, start * limit) + interval;
          }
          await kit.clock.advance(60_000);
          await Promise.all(answers);
          deepStrictEqual([...begun], [...expected]);
          deepStrictEqual([limiter.queued, kit.clock.pending, kit.scope.active], [0, 0, 0]);
        }),
        runs(0.5),
      );
    },
    PATIENCE,
  );
});

describe('a duration', () => {
  const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

  it(
    'is what its number says in its unit, or an error where that is out of range',
    () => {
      const unit = fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[]));
      fc.assert(
        fc.property(fc.integer({ min: -10, max: 100_000 }), unit, fc.constantFrom('', ' '), (count, name, space) => {
          const written = `${count}${space}${name}`;
          const expected = count * units[name];
          if (expected > 0 && expected < 2 ** 31) deepStrictEqual(parseDuration(written), expected);
          else throws(() => parseDuration(written), RangeError);
        }),
        runs(),
      );
    },
    PATIENCE,
  );

  it(
    'is over 0 and fits a timer, whatever is written; else an error in one short line',
    () => {
      const odd = fc.oneof(
        fc.string({ maxLength: 300 }),
        fc.stringMatching(/^[-+ ]?[0-9.e]{0,8} ?(ms|s|m|h|d|w|y|min|sec)?$/),
        fc.double(),
        fc.integer(),
        fc.anything(),
      );
      fc.assert(
        fc.property(odd, (written) => {
          let duration: number;
          try {
            duration = parseDuration(written as string);
          } catch (error) {
            ok(error instanceof RangeError && error.message.length < 300 && !error.message.includes('\n'));
            return;
          }
          ok(duration > 0 && duration < 2 ** 31);
        }),
        runs(),
      );
    },
    PATIENCE,
  );
});
