import type { CircuitBreakerSnapshot, CircuitState, ClusterSnapshot, Color } from '../engine/index.js';

/** Which breakers a health check looks at, and how much it says of them. */
export interface CircuitBreakerHealthOptions {
  /** Only breakers of these names; `payments` stands for its keyed breakers (`payments:eu`) as well. */
  readonly only?: readonly string[] | undefined;
  /** All but breakers of these names, and their keyed ones. */
  readonly except?: readonly string[] | undefined;
  /** Only breakers that carry one of these tags. */
  readonly tags?: readonly string[] | undefined;
  /**
   * `false` keeps names and states of breakers out of the answer: for an endpoint that strangers can read.
   * @default true
   */
  readonly details?: boolean | undefined;
  /**
   * What a red breaker makes of the answer, where it is `critical`. `degraded` keeps an instance in service that can
   * answer from its fallbacks.
   * @default 'down'
   */
  readonly whenOpen?: 'down' | 'degraded' | undefined;
}

/** The answer of a check before it is put into Terminus's words. */
export type Health = 'up' | 'degraded' | 'down';

/** What a health check says of one breaker: what an operator asks first, and nothing about the calls themselves. */
export interface BreakerHealth {
  readonly state: CircuitState;
  readonly color: Color;
  readonly critical: boolean;
  readonly since: Date;
  /** Milliseconds until a call may pass; `null` where calls pass. */
  readonly retryAfter: number | null;
  readonly nextAttemptAt: Date | null;
  /** Share of the window's calls that succeeded; 1 with no calls. */
  readonly successRate: number;
  readonly calls: number;
  readonly failures: number;
  /** Where the breaker belongs to a fleet. */
  readonly cluster?: ClusterSnapshot;
}

const COLOR_OF_HEALTH: Readonly<Record<Health, Color>> = { up: 'green', degraded: 'yellow', down: 'red' };

export const colorOfHealth = (health: Health): Color => COLOR_OF_HEALTH[health];

/** The health that one breaker stands for. Cut off from its fleet it still works: that is `degraded`, never `down`. */
export function healthOf(snapshot: CircuitBreakerSnapshot, whenOpen: 'down' | 'degraded' = 'down'): Health {
  if (snapshot.color === 'green') return snapshot.cluster?.connected === false ? 'degraded' : 'up';
  return snapshot.color === 'red' && snapshot.critical ? whenOpen : 'degraded';
}

/** The worst of several; `up` of none. */
export function worstOf(healths: readonly Health[]): Health {
  if (healths.includes('down')) return 'down';
  return healths.includes('degraded') ? 'degraded' : 'up';
}

export function describeBreaker(snapshot: CircuitBreakerSnapshot): BreakerHealth {
  const { state, color, critical, since, retryAfter, nextAttemptAt, successRate, window } = snapshot;
  const { calls, failures } = window;
  const cluster = snapshot.cluster === undefined ? {} : { cluster: snapshot.cluster };
  return { state, color, critical, since, retryAfter, nextAttemptAt, successRate, calls, failures, ...cluster };
}

/** The breakers that the options leave. */
export function selectBreakers(
  snapshots: readonly CircuitBreakerSnapshot[],
  { only, except, tags }: CircuitBreakerHealthOptions,
): readonly CircuitBreakerSnapshot[] {
  return snapshots.filter(
    ({ name, tags: own }) =>
      (only === undefined || isNamed(name, only)) &&
      (except === undefined || !isNamed(name, except)) &&
      (tags === undefined || tags.some((tag) => own.includes(tag))),
  );
}

const isNamed = (name: string, names: readonly string[]): boolean =>
  names.some((each) => name === each || name.startsWith(`${each}:`));
