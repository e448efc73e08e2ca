import type { CircuitState } from './snapshot.js';

export type PolicyKind =
  'circuit_breaker' | 'retry' | 'timeout' | 'bulkhead' | 'rate_limiter' | 'fallback' | 'hedge' | 'pipeline';

interface Transition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  /** Why: the rule that tripped, `probe_failed`, `probe_timed_out`, `break_over`, `recovered`, or the operator's words. */
  readonly reason: string;
  /** Who did it by hand; absent for transitions of the breaker's own. */
  readonly actor?: string;
}

interface Settlement {
  /** How long the call took, in ms. */
  readonly duration: number;
  readonly operation?: string;
}

/** What each type of event tells besides `type`, `policy`, `name` and `at`. */
export interface PolicyEventDetails {
  opened: Transition & { readonly retryAfter: number; readonly attempt: number };
  closed: Transition;
  half_opened: Transition;
  isolated: Transition & { readonly expiresAt: Date | null };
  disabled: Transition & { readonly expiresAt: Date | null };
  reset: Transition;
  succeeded: Settlement;
  failed: Settlement & { readonly error: unknown };
  ignored: Settlement & { readonly error: unknown };
  refused: { readonly retryAfter: number | null; readonly state?: CircuitState; readonly operation?: string };
  timed_out: { readonly duration: number; readonly operation?: string };
  slow: Settlement;
  retried: {
    /** The number of the try that is to come, 2 for the first retry. */
    readonly attempt: number;
    /** The wait before it, in ms. */
    readonly delay: number;
    /** `undefined` where a result was not good enough. */
    readonly error: unknown;
    readonly operation?: string;
  };
  retries_exhausted: {
    readonly attempts: number;
    readonly reason: 'attempts' | 'budget' | 'elapsed' | 'retry_after';
    readonly error: unknown;
    readonly operation?: string;
  };
  fell_back: { readonly error: unknown; readonly operation?: string };
  hedged: { readonly attempt: number; readonly operation?: string };
  stale_result: Settlement & { readonly ok: boolean };
  adapted: { readonly changes: Readonly<Record<string, unknown>>; readonly reason: string };
  /** Options changed, or the breaker was set to `metrics_only`, or given back (`from` and `to` differ then). */
  updated: Partial<Transition> & {
    readonly changes: Readonly<Record<string, unknown>>;
    readonly expiresAt?: Date | null;
  };
}

export type PolicyEventType = keyof PolicyEventDetails;

/** One thing that happened to one policy. */
export type PolicyEventOf<T extends PolicyEventType> = {
  readonly type: T;
  readonly policy: PolicyKind;
  /** The policy's name; empty for an unnamed one. */
  readonly name: string;
  readonly at: Date;
} & PolicyEventDetails[T];

export type PolicyEvent = { [T in PolicyEventType]: PolicyEventOf<T> }[PolicyEventType];

/** May be async; what it throws or rejects with is reported and harms nobody. */
export type PolicyListener<T extends PolicyEventType = PolicyEventType> = (
  event: { [K in T]: PolicyEventOf<K> }[T],
) => unknown;

export const POLICY_EVENT_TYPES = [
  'opened', 'closed', 'half_opened', 'isolated', 'disabled', 'reset', 'succeeded', 'failed', 'ignored', 'refused',
  'timed_out', 'slow', 'retried', 'retries_exhausted', 'fell_back', 'hedged', 'stale_result', 'adapted', 'updated',
] as const satisfies readonly PolicyEventType[]; // prettier-ignore
