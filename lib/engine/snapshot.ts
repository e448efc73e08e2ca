/** `closed`, `open`, `half_open` by the breaker's own judgement; the others set by hand. */
export type CircuitState = 'closed' | 'open' | 'half_open' | 'isolated' | 'disabled' | 'metrics_only';

export const CIRCUIT_STATES = ['closed', 'open', 'half_open', 'isolated', 'disabled', 'metrics_only'] as const;

export type Color = 'green' | 'yellow' | 'red';

export const COLORS: Readonly<Record<CircuitState, Color>> = {
  closed: 'green',
  half_open: 'yellow',
  metrics_only: 'yellow',
  disabled: 'yellow',
  open: 'red',
  isolated: 'red',
};

/** The calls that the trip rules look at. */
export interface WindowSnapshot {
  /** Successes and failures; what is under way or ignored isn't in it. */
  readonly calls: number;
  readonly successes: number;
  readonly failures: number;
  readonly slow: number;
  /** 0 with no calls. */
  readonly failureRatio: number;
  /** 0 with no calls. */
  readonly slowRatio: number;
  readonly consecutiveFailures: number;
}

/** Sums since the start or the last reset. `successes + failures + ignored + stale + inFlight = calls`. */
export interface Totals {
  /** Admitted calls. */
  readonly calls: number;
  readonly successes: number;
  readonly failures: number;
  /** Those of the failures that were time-outs. */
  readonly timeouts: number;
  readonly ignored: number;
  readonly refused: number;
  readonly slow: number;
  readonly stale: number;
  readonly transitions: number;
}

/** Durations of the window's calls in ms; `null` where there is none. */
export interface LatencySnapshot {
  readonly mean: number | null;
  readonly max: number | null;
}

/** How many instances of a fleet are in each state, each by its own word. */
export type FleetSummary = { readonly [S in CircuitState]: number };

/** How one breaker stands in its fleet, where it has one. */
export interface ClusterSnapshot {
  /** Which memory of the fleet the epoch belongs to; `null` before the first contact. */
  readonly incarnation: string | null;
  /** Transitions of the fleet in this incarnation. */
  readonly epoch: number;
  /** Whether this instance's own evidence or the fleet brought about the present state. */
  readonly cause: 'local' | 'cluster';
  /** Instances that say the circuit should be open, as last heard. */
  readonly votes: number;
  /** Instances alive, as last heard. */
  readonly instances: number;
  /** `false`: this instance decides alone, until it hears of the others again. */
  readonly connected: boolean;
  /** As last heard; `null` before. Instances of earlier versions are not counted, nor those that have no such breaker. */
  readonly fleet: FleetSummary | null;
}

/** How one breaker stands: frozen, safe to serialise. Taking one never changes state. */
export interface CircuitBreakerSnapshot {
  readonly name: string;
  readonly state: CircuitState;
  readonly color: Color;
  readonly since: Date;
  /** Milliseconds until a call may pass: 0 when the break is over and nobody has called; `null` where calls pass. */
  readonly retryAfter: number | null;
  readonly nextAttemptAt: Date | null;
  /** Why it is in this state; `null` at the start. */
  readonly reason: string | null;
  /** When a state set by hand ends. */
  readonly expiresAt: Date | null;
  readonly window: WindowSnapshot;
  readonly totals: Totals;
  readonly inFlight: number;
  /** Share of the window's calls that succeeded; 1 with no calls. */
  readonly successRate: number;
  readonly latency: { readonly success: LatencySnapshot; readonly failure: LatencySnapshot };
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
  readonly lastError: { readonly name: string; readonly code: string | null } | null;
  /** Resolved values, durations in ms, `null` for rules that are off. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly critical: boolean;
  readonly tags: readonly string[];
  /** Only where a coordinator is attached. */
  readonly cluster?: ClusterSnapshot;
}

/** How many breakers there are, in all and by state. */
export type RegistrySummary = { readonly total: number } & { readonly [S in CircuitState]: number };
