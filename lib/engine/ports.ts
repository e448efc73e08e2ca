import type { CircuitBreakerOptions } from './circuit-breaker/options.js';
import type { ManualState, Transitions } from './circuit-breaker/transitions.js';
import type { Outcome } from './outcome.js';
import type { Scope } from './scope.js';
import type { ClusterSnapshot } from './snapshot.js';
import type { BulkheadOptions } from './policies/bulkhead.js';
import type { RateLimiterOptions } from './policies/rate-limiter.js';
import type { RetryOptions } from './policies/retry.js';
import type { TimeoutOptions } from './policies/timeout.js';

/** The kinds of policy that have names in a registry, and their complete options. */
export interface PolicyOptionsByKind {
  circuit_breaker: CircuitBreakerOptions;
  retry: RetryOptions;
  timeout: TimeoutOptions;
  bulkhead: BulkheadOptions;
  rate_limiter: RateLimiterOptions;
}

export type NamedPolicyKind = keyof PolicyOptionsByKind;

/** Which kind of policy an update means, and for the records who changes its options and why. */
export interface UpdateDetails {
  /** @default 'circuit_breaker' */
  readonly kind?: NamedPolicyKind | undefined;
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
}

/** Turns what users wrote, in layers, into complete options. A fault in them is thrown, all of them at once. */
export interface OptionsSource {
  /** `false`: every policy passes calls through. */
  readonly enabled: boolean;
  /** Complete options of a policy; `inline` is what code says of it, `update` what was changed at run time. */
  resolve<K extends NamedPolicyKind>(kind: K, name: string, inline: unknown, update: unknown): PolicyOptionsByKind[K];
  /** Where each of these options came from; `undefined` for options that were made elsewhere. */
  originsOf(options: object): Readonly<Record<string, string>> | undefined;
  /** What was changed at run time, and now `changes`, which replace what they contradict; `undefined` takes back. */
  amend(kind: NamedPolicyKind, update: object | undefined, changes: object): Readonly<Record<string, unknown>>;
  isConfigured(kind: NamedPolicyKind, name: string): boolean;
  /** The configured names. */
  names(kind: NamedPolicyKind): readonly string[];
  /** More configuration, from a feature module. */
  add(feature: unknown): void;
  /** What code said of the application, checked: it may be said again to {@link replace}. */
  readonly code: object;
  /** Other configuration in place of the one it was made with; answers how to take it back. */
  replace(options: unknown): () => void;
}

/** A breaker as its coordinator sees it. */
export interface CoordinatedBreaker {
  readonly name: string;
  readonly scope: Scope;
  readonly machine: Transitions;
  /** Takes the word of a fleet from now on; `null`: no longer. */
  coordinate(coordination: Coordination | null): void;
}

/** Lets the breakers of several processes act as one. */
export interface Coordinator {
  /** A breaker is there. */
  join(breaker: CoordinatedBreaker): void;
}

/** What a fleet has to say in one breaker. Never asked for a call in the closed state, nor while a break lasts. */
export interface Coordination {
  /** Whether a probe may pass. Where it isn't known the answer is no, and the question is on its way. */
  mayProbe(): boolean;
  /** What the call that raised the question may wait for before it tries again; for every other call `null`. */
  candidacy(): Promise<void> | null;
  /** How long the fleet, as far as is known, lets no probe of this instance pass, in ms. */
  heldBack(now: number): number;
  /** A probe has ended. */
  probed(outcome: Outcome): void;
  /** The state has changed. */
  moved(isNews: boolean): void;
  /** By hand, and the fleet is to follow. */
  commanded(command: 'isolate' | 'close' | 'reset', manual: ManualState): void;
  snapshot(): ClusterSnapshot;
  /** The breaker is gone. */
  dismiss(): void;
}
