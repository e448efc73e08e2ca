import { MAX_DURATION } from '../clock.js';
import type { BreakDuration, CircuitBreakerOptions } from './options.js';

/** The options that may change with the circumstances; the window's shape may not, so that nothing is ever lost. */
export type AdaptiveChanges = Partial<
  Pick<
    CircuitBreakerOptions,
    | 'failureThreshold'
    | 'failureRatio'
    | 'slowCallDuration'
    | 'slowCallRatio'
    | 'minimumThroughput'
    | 'breakDuration'
    | 'halfOpenMaxCalls'
    | 'successThreshold'
  >
>;

/** What an adaptive rule looks at, each time a tenth of the window has passed. */
export interface AdaptiveReading {
  /** In the window, the one that has just ended included. */
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
  readonly failureRatio: number;
  /** At the look before; 0 at the first. */
  readonly previousFailureRatio: number;
  /** Mean duration of the window's calls in ms. */
  readonly meanDuration: number;
  /** As they are configured. */
  readonly options: CircuitBreakerOptions;
  /** What the rule said last. */
  readonly changes: AdaptiveChanges;
}

/** Says what is to hold over the configured options from now on; nothing: the configured ones alone. */
export type AdaptiveFunction = (reading: AdaptiveReading) => AdaptiveChanges | null | undefined;

/** A rule with a state of its own. */
export interface AdaptiveRule {
  readonly adapt: AdaptiveFunction;
  /** Why it last changed something, for the event. @default 'rule' */
  readonly reason?: string;
}

/** What is left of a threshold after so many steps of tightening. */
const STRICTNESS = [1, 0.8, 0.64, 0.5] as const;
/** Of the configured failure ratio: above it errors may climb, at or below it the service is calm. */
const ALARMING = 0.5;
const CALM = 0.1;
/** Where no `failureRatio` is configured. */
const USUAL_RATIO = 0.5;
/** Fewer calls say nothing. */
const ENOUGH_CALLS = 10;
/** A service whose calls take that long on average is slow, in ms, where no `slowCallDuration` is configured. */
const SLOW = 1_000;
const LONGEST_BREAK = 3;

/**
 * The built-in rule, one for each breaker. It looks at windows of at least 10 calls (or `minimumThroughput`, where that
 * is less):
 * - errors climb: the failure ratio is over half of what opens the breaker, and higher than at the look before. Then
 *   the failure threshold, the failure ratio and the slow ratio go down a step: to 80, 64, 50 % of what is configured;
 * - calm: the failure ratio is at most a tenth of what opens it. Then they go up a step, as far as is configured;
 * - a service whose calls take longer than `slowCallDuration` (else 1 s) on average gets breaks as many times as long,
 *   in half steps up to 3 times.
 */
export class BuiltInRule implements AdaptiveRule {
  reason = '';
  private step = 0;
  private stretch = 1;
  /** Made once for each stretch, so that the same break isn't taken for another. */
  private generator: { breakDuration: BreakDuration; stretch: number; longer: BreakDuration } | undefined = undefined;

  adapt({
    calls,
    failureRatio,
    previousFailureRatio,
    meanDuration,
    options,
    changes,
  }: AdaptiveReading): AdaptiveChanges {
    if (calls < Math.min(ENOUGH_CALLS, options.minimumThroughput)) return changes;
    const limit = options.failureRatio ?? USUAL_RATIO;
    let { step } = this;
    if (failureRatio > limit * ALARMING && failureRatio > previousFailureRatio) step++;
    else if (failureRatio <= limit * CALM) step--;
    step = Math.max(0, Math.min(STRICTNESS.length - 1, step));
    const stretch = stretchFor(meanDuration / (options.slowCallDuration ?? SLOW));
    if (step !== this.step) this.reason = step > this.step ? 'errors_climb' : 'calm';
    else if (stretch !== this.stretch) this.reason = stretch > this.stretch ? 'slow_calls' : 'quick_calls';
    this.step = step;
    this.stretch = stretch;
    return { ...tightened(options, STRICTNESS[step] as number), ...this.lengthened(options.breakDuration) };
  }

  private lengthened(breakDuration: number | BreakDuration): AdaptiveChanges {
    const { stretch } = this;
    if (stretch === 1) return {};
    if (typeof breakDuration === 'number') return { breakDuration: Math.min(MAX_DURATION, breakDuration * stretch) };
    if (this.generator?.breakDuration !== breakDuration || this.generator.stretch !== stretch) {
      const longer: BreakDuration = (...of) => Math.min(MAX_DURATION, breakDuration(...of) * stretch);
      this.generator = { breakDuration, stretch, longer };
    }
    return { breakDuration: this.generator.longer };
  }
}

const stretchFor = (slowness: number): number => Math.min(LONGEST_BREAK, Math.max(1, Math.round(slowness * 2) / 2));

function tightened(options: CircuitBreakerOptions, share: number): AdaptiveChanges {
  if (share === 1) return {};
  const { failureThreshold, failureRatio, slowCallRatio } = options;
  return {
    // one failure alone opens only a breaker that is configured so
    ...(failureThreshold === null
      ? {}
      : { failureThreshold: Math.min(failureThreshold, Math.max(2, Math.round(failureThreshold * share))) }),
    ...(failureRatio === null ? {} : { failureRatio: failureRatio * share }),
    ...(slowCallRatio === null ? {} : { slowCallRatio: slowCallRatio * share }),
  };
}
