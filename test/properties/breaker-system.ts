import { compose } from 'nest-circuit-breaker/engine';
import type { CircuitBreakerPolicy, Executor, Permit, PolicyEvent } from 'nest-circuit-breaker/engine';
import { createRegistry } from 'nest-circuit-breaker/options';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { ServiceError, turn, withResolvers } from '../fixtures/breaker.js';
import type { ModelOptions, Outcome } from './breaker-model.js';

/** How a call reaches the breaker. */
export type Way = 'alone' | 'in a pipeline' | 'with a signal' | 'by hand';
export const WAYS: readonly Way[] = ['alone', 'in a pipeline', 'with a signal', 'by hand'];

/** A call under way in the system. */
export interface RealCall {
  readonly way: Way;
  /** How its caller saw it end. */
  readonly seen: { answer?: string };
  end(outcome: Outcome): Promise<void>;
  cancel?: () => Promise<void>;
}

const NOT_FOUND = Object.assign(new ServiceError('not found'), { status: 404 });
const DOWN = new ServiceError('down');

/** The real thing, behind the words of the model. */
export class BreakerSystem {
  readonly clock = new ManualClock();
  readonly events: PolicyEvent[] = [];
  readonly faults: unknown[] = [];
  readonly registry;
  readonly breaker: CircuitBreakerPolicy;
  private readonly guards: Record<'alone' | 'in a pipeline', Executor>;

  constructor(options: ModelOptions) {
    const onFault = (fault: unknown): void => void this.faults.push(fault);
    this.registry = createRegistry({}, { clock: this.clock, onFault });
    this.breaker = this.registry.circuitBreaker('payments');
    this.update(options); // all options come by updates, so that a later one can take back what it doesn't say
    this.registry.on('*', (event) => void this.events.push(event));
    this.guards = { alone: this.breaker, 'in a pipeline': compose(this.breaker) };
  }

  async begin(way: Way): Promise<RealCall | 'refused'> {
    return way === 'by hand' ? this.acquire() : this.execute(way);
  }

  update(options: ModelOptions): void {
    this.registry.update('payments', said(options));
  }

  private acquire(): RealCall | 'refused' {
    let permit: Permit;
    try {
      permit = this.breaker.acquire();
    } catch {
      return 'refused';
    }
    const seen: RealCall['seen'] = {};
    const end = async (outcome: Outcome): Promise<void> => {
      if (outcome === 'success') permit.success();
      else if (outcome === 'failure') permit.failure(DOWN);
      else permit.ignore();
      seen.answer ??= outcome;
    };
    return { way: 'by hand', seen, end };
  }

  private async execute(way: Exclude<Way, 'by hand'>): Promise<RealCall | 'refused'> {
    const { promise, resolve, reject } = withResolvers();
    promise.catch(() => {});
    const caller = new AbortController();
    const seen: RealCall['seen'] = {};
    const answer =
      way === 'with a signal'
        ? this.breaker.execute(() => promise, { signal: caller.signal })
        : this.guards[way].execute(() => promise);
    answer.then(
      () => (seen.answer = 'success'),
      (error: unknown) => (seen.answer = nameOf(error)),
    );
    await turn();
    if (seen.answer === 'refused') return 'refused';
    const end = async (outcome: Outcome): Promise<void> => {
      if (outcome === 'success') resolve('fine');
      else reject(outcome === 'failure' ? DOWN : NOT_FOUND);
      await turn();
    };
    const cancel = async (): Promise<void> => {
      caller.abort('cancelled');
      await turn();
    };
    return way === 'with a signal' ? { way, seen, end, cancel } : { way, seen, end };
  }
}

function nameOf(error: unknown): string {
  if (error === DOWN) return 'failure';
  if (error === NOT_FOUND) return 'ignored';
  if (error === 'cancelled') return 'cancelled';
  const { code } = error as { code?: unknown };
  return code === 'ERR_CIRCUIT_OPEN' ? 'refused' : code === 'ERR_CALL_TIMEOUT' ? 'timed out' : `odd: ${String(error)}`;
}

/** What a user writes to get these options; what isn't said takes back what an earlier change has said. */
function said({ isGrowing, breakDuration, ...options }: ModelOptions): Record<string, unknown> {
  return {
    ...options,
    breakDuration: isGrowing ? (attempt: number) => breakDuration * Math.min(4, attempt) : breakDuration,
  };
}
