import type { ActiveProbe, CallContext, Classify, ErrorMatcher } from '../engine/index.js';
import type { Duration } from './duration.js';
import type { PresetName } from './presets.js';

/** A state that a breaker may begin in. */
export type InitialState = 'closed' | 'open' | 'isolated' | 'disabled' | 'metrics_only';

/** The length of a break; `attempt` is 1 for the first break and grows until the circuit closes. */
export type BreakDurationInput = (attempt: number, context: CallContext) => Duration;

/**
 * What may be said of a circuit breaker; everything may be left out. Name a trip rule (`failureThreshold`,
 * `failureRatio`, `slowCallDuration`) and only the rules you name apply; name none, and the first two do.
 */
export interface CircuitBreakerOptionsInput {
  /** `false`: calls pass and aren't counted; fallbacks stay. @default true */
  readonly enabled?: boolean | undefined;
  /** Options to start from: a built-in preset, or one of `presets`. */
  readonly preset?: PresetName | (string & {}) | undefined;
  /** Failures in a row that open the circuit, at least 1; `false` switches the rule off. @default 5 */
  readonly failureThreshold?: number | false | undefined;
  /** Share of failures in the window that opens the circuit, over 0 and up to 1; `false` switches it off. @default 0.5 */
  readonly failureRatio?: number | false | undefined;
  /** A call at or over this duration is slow; names the slow-call rule. `false` switches it off. @default off */
  readonly slowCallDuration?: Duration | false | undefined;
  /** Share of slow calls in the window that opens the circuit, over 0 and up to 1. @default 1 */
  readonly slowCallRatio?: number | undefined;
  /** No ratio is judged on fewer calls than this, at least 1. @default 20, or `samplingSize` where that is smaller */
  readonly minimumThroughput?: number | undefined;
  /** The window: the calls of the last while; not beside `samplingSize`. @default '30s' */
  readonly samplingDuration?: Duration | undefined;
  /** The window: the last so many calls, 1 to 1,000,000; not beside `samplingDuration`. */
  readonly samplingSize?: number | undefined;
  /** How long the circuit stays open: a duration, a function, or `exponentialBreak({ … })`. @default '30s' */
  readonly breakDuration?: Duration | BreakDurationInput | undefined;
  /** Probes under way at once in half-open, at least 1. @default 3 */
  readonly halfOpenMaxCalls?: number | undefined;
  /** Probes in a row that must succeed to close the circuit, at least 1. @default 2 */
  readonly successThreshold?: number | undefined;
  /** A probe that has not settled by then counts as a failure. @default `breakDuration` */
  readonly halfOpenTimeout?: Duration | undefined;
  /** Each call's limit, as if a time-out stood directly below; `false` for none. @default off */
  readonly timeout?: Duration | false | undefined;
  /** Judges each ended call as `'success'`, `'failure'` or `'ignored'`, in place of every other rule. */
  readonly classify?: Classify | undefined;
  /** Errors that say nothing about the service: classes or predicates. They win over `recordErrors`. */
  readonly ignoreErrors?: ErrorMatcher | readonly ErrorMatcher[] | undefined;
  /** The only errors that count as failures: classes or predicates; all others are ignored. */
  readonly recordErrors?: ErrorMatcher | readonly ErrorMatcher[] | undefined;
  /** For streams: `'first'` counts success at the first item. @default 'complete' */
  readonly settleOn?: 'complete' | 'first' | undefined;
  /** Asks the service itself, when the break is over, before any caller is let through; a rejection means no. */
  readonly probe?: ActiveProbe | undefined;
  /** Time between two probes of that kind. @default `breakDuration` */
  readonly probeInterval?: Duration | undefined;
  /** The name of another breaker, which every call passes first; `false` for none. */
  readonly parent?: string | false | undefined;
  /** Opens this one when more than this share of the breakers whose `parent` it is are open, over 0 and up to 1. */
  readonly childrenOpenRatio?: number | undefined;
  /** `true` or a rule: tightens when errors climb, relaxes when calm, breaks longer for slow services. @default false */
  readonly adaptive?: boolean | object | undefined;
  /** Whether its being open turns health red; `false`: degraded at most. @default true */
  readonly critical?: boolean | undefined;
  /** The state it begins in. @default 'closed' */
  readonly initialState?: InitialState | undefined;
  /** Words to choose breakers by, in health and admin. */
  readonly tags?: readonly string[] | undefined;
}
