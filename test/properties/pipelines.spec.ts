import { deepStrictEqual, ok } from 'node:assert/strict';

import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { BULKHEAD_DEFAULTS, compose } from 'nest-circuit-breaker/engine';
import type { BulkheadPolicy, CallContext, Executor, Policy, PolicyEventType } from 'nest-circuit-breaker/engine';

import { ServiceError } from '../fixtures/breaker.js';
import { Kit } from '../fixtures/policies.js';
import { PATIENCE, runs } from './runs.js';

/** What the method does in one attempt, and after how many ms. */
interface Deed {
  readonly kind: 'returns' | 'throws' | 'resolves' | 'rejects' | 'heeds its signal' | 'hangs';
  readonly after: number;
}

type Action =
  | { readonly kind: 'call'; readonly deeds: readonly Deed[]; readonly hasSignal: boolean; readonly caller: number }
  | { readonly kind: 'abort'; readonly caller: number }
  | { readonly kind: 'switch' }
  | { readonly kind: 'resize'; readonly maxConcurrent: number; readonly maxQueue: number }
  | { readonly kind: 'drain' };

const CALLERS = 4;

const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom('returns', 'throws', 'resolves', 'resolves', 'rejects', 'rejects', 'heeds its signal', 'hangs'),
  after: fc.constantFrom(0, 1, 3, 10, 25),
}) as fc.Arbitrary<Deed>;

const caller = fc.nat(CALLERS - 1);
const call = fc.record({
  kind: fc.constant('call' as const),
  deeds: fc.array(deed, { minLength: 1, maxLength: 4 }),
  hasSignal: fc.boolean(),
  caller,
});
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 12, arbitrary: call },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('abort' as const), caller }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('switch' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('resize' as const), maxConcurrent: fc.integer({ min: 1, max: 4 }), maxQueue: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drain' as const) }) },
); // prettier-ignore
const story = fc.array(fc.record({ wait: fc.constantFrom(0, 0, 0, 1, 3, 10, 30), action }), {
  minLength: 1,
  maxLength: 25,
});

const layer = fc.oneof(
  fc.record({ kind: fc.constant('fallback' as const), answers: fc.constantFrom('at once', 'later', 'throws', 'rejects') }),
  fc.record({ kind: fc.constant('retry' as const), maxAttempts: fc.integer({ min: 1, max: 3 }), delay: fc.constantFrom(0, 3, 20) }),
  fc.record({ kind: fc.constant('hedge' as const), maxAttempts: fc.integer({ min: 2, max: 3 }), delay: fc.constantFrom(1, 3, 10) }),
  fc.record({ kind: fc.constant('bulkhead' as const), maxConcurrent: fc.integer({ min: 1, max: 3 }), maxQueue: fc.nat(3), queueTimeout: fc.constantFrom(null, 3, 10) }),
  fc.record({ kind: fc.constant('rate_limiter' as const), limit: fc.integer({ min: 1, max: 4 }), interval: fc.constantFrom(3, 10), maxWait: fc.constantFrom(null, 5, 30) }),
  fc.record({ kind: fc.constant('timeout' as const), duration: fc.constantFrom(1, 3, 10, 30) }),
  fc.record({ kind: fc.constant('breaker' as const), failureThreshold: fc.integer({ min: 1, max: 4 }), timeout: fc.constantFrom(undefined, 3, 10), halfOpenTimeout: fc.constantFrom(5, 100) }),
); // prettier-ignore
type Layer = typeof layer extends fc.Arbitrary<infer T> ? T : never;

const aborter = fc.option(
  fc.record({
    on: fc.constantFrom<PolicyEventType>(
      'opened', 'half_opened', 'closed', 'succeeded', 'failed', 'ignored', 'refused', 'timed_out', 'retried', 'fell_back', 'hedged',
    ),
    caller,
  }),
  { nil: undefined },
); // prettier-ignore

/** Policies on one clock, as they were drawn. */
class Stack {
  readonly kit = new Kit();
  readonly policies: readonly Policy[];
  readonly guard: Executor;
  private names = 0;

  constructor(layers: readonly Layer[]) {
    this.policies = layers.map((each) => this.make(each));
    this.guard = compose(...this.policies);
  }

  get bulkheads(): BulkheadPolicy[] {
    return this.policies.filter((policy): policy is BulkheadPolicy => policy.policy === 'bulkhead');
  }

  private make(each: Layer): Policy {
    const { kit } = this;
    switch (each.kind) {
      case 'fallback':
        return kit.fallback((error) => this.fallBack(each.answers, error));
      case 'retry':
        return kit.retry(each);
      case 'hedge':
        return kit.hedge(each);
      case 'bulkhead':
        return kit.bulkhead(each);
      case 'rate_limiter':
        return kit.rateLimiter(each);
      case 'timeout':
        return kit.timeout(each.duration);
      case 'breaker': {
        const { kind: _, ...options } = each;
        return kit.breaker({ ...options, breakDuration: 15, halfOpenMaxCalls: 1 }, `breaker-${++this.names}`);
      }
    }
  }

  private fallBack(answers: string, error: unknown): unknown {
    if (answers === 'throws') throw error;
    if (answers === 'rejects') return Promise.reject(new ServiceError('no fallback'));
    if (answers === 'at once') return 'fallback';
    return new Promise((resolve) => this.kit.clock.schedule(4, () => resolve('fallback')));
  }
}

/** The guarded method: it does what it is told, and can be made to end. */
class Service {
  running = 0;
  most = 0;
  private readonly ends = new Set<() => void>();

  constructor(private readonly kit: Kit) {}

  work(deeds: readonly Deed[]): (context: CallContext) => unknown {
    let attempt = 0;
    return (context) => this.act(deeds[Math.min(attempt++, deeds.length - 1)] as Deed, context);
  }

  /** Ends all that hangs. */
  end(): void {
    for (const end of [...this.ends]) end();
  }

  private act({ kind, after }: Deed, context: CallContext): unknown {
    if (kind === 'returns') return 'value';
    if (kind === 'throws') throw new ServiceError('at once');
    this.most = Math.max(this.most, ++this.running);
    return new Promise((resolve, reject) => {
      const isOver = (): boolean => {
        const was = this.ends.delete(end);
        if (was) this.running--;
        return !was;
      };
      const end = (): void => {
        if (isOver()) return;
        if (kind === 'rejects') reject(new ServiceError('down'));
        else resolve('value');
      };
      this.ends.add(end);
      if (kind === 'heeds its signal') {
        context.signal.addEventListener('abort', () => isOver() || reject(context.signal.reason as Error));
      } else if (kind !== 'hangs') this.kit.clock.schedule(after, end);
    });
  }
}

describe('any pipeline', () => {
  it(
    'answers each call once and holds on to nothing, whatever the method, its callers and listeners do',
    async () => {
      const property = fc.asyncProperty(
        fc.array(layer, { minLength: 1, maxLength: 5 }),
        story,
        aborter,
        async (layers, steps, listener) => {
          const stack = new Stack(layers);
          const { kit, guard } = stack;
          const service = new Service(kit);
          const callers = Array.from({ length: CALLERS }, () => new AbortController());
          if (listener !== undefined) {
            kit.registry.on(listener.on, () => callers[listener.caller]?.abort(new ServiceError('enough')));
          }
          const answers: number[] = [];
          const open = new Set<number>();
          let isDrained: Promise<void> | undefined;
          const perform = (each: Action): void => {
            switch (each.kind) {
              case 'call': {
                const index = answers.push(0) - 1;
                open.add(index);
                const signal = each.hasSignal ? callers[each.caller]?.signal : undefined;
                const settled = (): void => {
                  answers[index] = (answers[index] ?? 0) + 1;
                  open.delete(index);
                };
                guard.execute(service.work(each.deeds), { signal }).then(settled, settled);
                break;
              }
              case 'abort':
                callers[each.caller]?.abort(new ServiceError('gone'));
                callers[each.caller] = new AbortController();
                break;
              case 'switch':
                kit.scope.enabled = !kit.scope.enabled;
                break;
              case 'resize':
                for (const bulkhead of stack.bulkheads) {
                  bulkhead.update({ ...BULKHEAD_DEFAULTS, maxConcurrent: each.maxConcurrent, maxQueue: each.maxQueue });
                }
                break;
              case 'drain':
                isDrained ??= kit.scope.drain(50);
            }
          };
          for (const { wait, action: each } of steps) {
            perform(each);
            await kit.clock.advance(wait);
          }
          await kit.clock.advance(1_000);
          for (let round = 0; open.size > 0 || service.running > 0; round++) {
            ok(round < 200, 'calls go on for ever');
            service.end();
            await kit.clock.advance(100);
          }
          await kit.clock.advance(1_000);
          await isDrained;

          deepStrictEqual(answers, answers.map(() => 1)); // prettier-ignore
          deepStrictEqual(
            {
              active: kit.scope.active,
              abortable: kit.scope.abortable.size,
              waiters: kit.scope.waiters.size,
              running: stack.bulkheads.map(({ running }) => running),
              queued: stack.bulkheads.map(({ queued }) => queued),
              inFlight: kit.registry.snapshot().map(({ inFlight }) => inFlight),
              timers: kit.clock.pending,
              faults: kit.faults,
            },
            {
              active: 0,
              abortable: 0,
              waiters: 0,
              running: stack.bulkheads.map(() => 0),
              queued: stack.bulkheads.map(() => 0),
              inFlight: kit.registry.snapshot().map(() => 0),
              timers: 0,
              faults: [],
            },
          );
          const [only, ...others] = stack.policies;
          const isSized = steps.some(({ action: each }) => each.kind === 'resize' || each.kind === 'switch');
          if (
            only?.policy === 'bulkhead' &&
            !isSized &&
            others.every(({ policy }) => policy !== 'hedge' && policy !== 'retry')
          ) {
            ok(service.most <= (only as BulkheadPolicy).options.maxConcurrent);
          }
        },
      );
      await fc.assert(property, runs());
    },
    PATIENCE,
  );
});
