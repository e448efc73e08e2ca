import type { CallContext } from '../call-context.js';
import type { Outcome, Settled } from '../outcome.js';
import type { Limited } from '../policies/timeout-frame.js';
import type { CircuitBreakerOptions } from './options.js';
import type { Refusal } from './refusal.js';
import type { Ticket } from './states.js';
import type { Witness } from './transitions.js';

/** A call admitted by a parent breaker, settled together with the child's. */
export interface ParentPermit {
  ignore(reason?: unknown): void;
  settle(settled: Settled): void;
}

/** A breaker as those see it who carry its calls. */
export interface Gate extends Limited {
  readonly options: CircuitBreakerOptions;
  /** The limit of each call in ms. */
  readonly timeout: number | null;
  readonly hasParent: boolean;
  /** A permit of the parent's, or `null` where there is none; throws the parent's refusal. */
  enterParent(context: CallContext, now: number): ParentPermit | null;
  admit(ticket: Ticket, now: number, context: CallContext): boolean;
  /** Knows what a call that was not admitted may wait for before it asks again. */
  readonly machine: { readonly witness: Pick<Witness, 'candidacy'> | null };
  /** Counts a refusal. */
  refuse(now: number, context: CallContext | undefined): Refusal;
  settle(ticket: Ticket, settled: Settled, now: number, context: CallContext): void;
  settleValue(ticket: Ticket, value: unknown, now: number, context: CallContext): void;
  settleError(ticket: Ticket, error: unknown, now: number, context: CallContext): void;
  settleOutcome(ticket: Ticket, outcome: Outcome, error: unknown, now: number, context: CallContext): void;
}
