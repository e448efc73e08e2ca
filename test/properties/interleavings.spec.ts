import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compose, isCircuitOpenError } from 'nest-circuit-breaker/engine';
import type { Executor, PolicyEvent } from 'nest-circuit-breaker/engine';

import { ServiceError, makeBreaker } from '../fixtures/breaker.js';
import { replay } from './replay.js';
import { PATIENCE, runs } from './runs.js';

type Ending = 'success' | 'failure' | 'ignored' | 'throws' | 'aborted';

const call = fc.record({
  ending: fc.constantFrom<Ending>('success', 'success', 'failure', 'failure', 'ignored', 'throws', 'aborted'),
  way: fc.constantFrom('alone' as const, 'in a pipeline' as const),
});

const options = fc.record({
  failureThreshold: fc.integer({ min: 1, max: 4 }),
  breakDuration: fc.constantFrom(5, 20),
  halfOpenMaxCalls: fc.integer({ min: 1, max: 3 }),
  successThreshold: fc.integer({ min: 1, max: 3 }),
  halfOpenTimeout: fc.constantFrom(10, 1_000),
});

const NEXT: Readonly<Record<string, readonly string[]>> = {
  closed: ['open'],
  open: ['half_open'],
  half_open: ['closed', 'open'],
};

describe('calls that overlap', () => {
  it(
    'keep the limit of probes, are answered once and counted once, in whatever order they begin and end',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.scheduler(),
          fc.array(call, { minLength: 2, maxLength: 50 }),
          fc.array(fc.constantFrom(1, 4, 5, 10, 20), { maxLength: 25 }),
          options,
          async (scheduler, calls, ticks, rules) => {
            const bench = makeBreaker(rules);
            const { breaker, clock } = bench;
            const guards: Record<'alone' | 'in a pipeline', Executor> = {
              alone: breaker,
              'in a pipeline': compose(breaker),
            };
            const probes = new Set<number>();
            let stay = 0;
            bench.registry.on('*', (event) => {
              if (!('to' in event)) return;
              probes.clear();
              stay++;
            });
            let ran = 0;
            const check = (): void => {
              const { totals, inFlight } = breaker.snapshot();
              expect(totals.successes + totals.failures + totals.ignored + totals.stale + inFlight).toBe(totals.calls);
              expect(inFlight).toBeGreaterThanOrEqual(0);
              expect(probes.size).toBeLessThanOrEqual(rules.halfOpenMaxCalls);
            };

            const answers = calls.map(async ({ ending, way }, index) => {
              await scheduler.schedule(Promise.resolve(), `call ${index}`);
              const error = Object.assign(
                new ServiceError(`error ${index}`),
                ending === 'ignored' ? { status: 404 } : {},
              );
              const caller = new AbortController();
              let isOver = 0;
              const work = async (): Promise<number> => {
                ran++;
                const ownStay = stay;
                if (breaker.state === 'half_open') probes.add(index);
                check();
                await scheduler.schedule(Promise.resolve(), `end ${index}`);
                if (ownStay === stay) probes.delete(index);
                if (ending === 'failure' || ending === 'ignored') throw error;
                return index;
              };
              const throwing = (): never => {
                ran++;
                check();
                throw error;
              };
              const promise = guards[way].execute(
                ending === 'throws' ? throwing : work,
                ending === 'aborted' ? { signal: caller.signal } : undefined,
              );
              if (ending === 'aborted') {
                void scheduler.schedule(Promise.resolve(), `abort ${index}`).then(() => {
                  probes.delete(index);
                  caller.abort(error);
                });
              }
              const answer = await promise.then(
                (value) => (isOver++, { value }),
                (thrown: unknown) => (isOver++, { thrown }),
              );
              check();
              return { answer, error, isOver };
            });
            const time = (async () => {
              for (const ms of ticks) {
                await scheduler.schedule(Promise.resolve(), `tick ${ms}`);
                await clock.advance(ms);
                check();
              }
            })();
            await scheduler.waitFor(Promise.all([...answers, time]));
            await scheduler.waitAll(); // what was aborted still ends
            await clock.advance(0);

            let refused = 0;
            for (const [index, { answer, error, isOver }] of (await Promise.all(answers)).entries()) {
              const { ending } = calls[index] as (typeof calls)[number];
              expect(isOver).toBe(1);
              if ('thrown' in answer && isCircuitOpenError(answer.thrown)) refused++;
              else if ('thrown' in answer) expect(answer.thrown).toBe(error);
              else {
                expect(answer.value).toBe(index);
                expect(['success', 'aborted']).toContain(ending);
              }
            }
            const { totals, inFlight } = breaker.snapshot();
            expect({ refused: totals.refused, calls: totals.calls, inFlight }).toEqual({
              refused,
              calls: ran,
              inFlight: 0,
            });
            expect([bench.scope.active, bench.scope.abortable.size]).toEqual([0, 0]);
            expect(bench.faults).toEqual([]);
            checkWays(bench.events, breaker.state);
          },
        ),
        runs(),
      );
    },
    PATIENCE,
  );
});

/** No state is left but for one that may follow it. */
function checkWays(events: readonly PolicyEvent[], state: string): void {
  for (const event of events) {
    if ('to' in event && event.to !== undefined) expect(NEXT[event.from ?? '']).toContain(event.to);
  }
  expect(replay(events).state).toBe(state);
}
