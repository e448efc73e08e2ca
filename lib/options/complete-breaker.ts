import { CIRCUIT_BREAKER_DEFAULTS } from '../engine/index.js';
import type { CircuitBreakerOptions } from '../engine/index.js';
import type { BreakerSaid } from './breaker-schema.js';
import { completed, placeOf } from './complete.js';
import type { Complete } from './complete.js';
import type { Layer, Merged } from './layers.js';
import type { OptionsFault } from './options-error.js';

const TRIP_RULES = ['failureThreshold', 'failureRatio', 'slowCallDuration'] as const;

/** A window is of time or of calls. */
export const BREAKER_ALTERNATIVES = [['samplingDuration', 'samplingSize']] as const;

/** `false` is off. */
const orNull = <T>(value: T | false | undefined, usual: T | null): T | null =>
  value === undefined ? usual : value === false ? null : value;

/** A trip rule that is named, and on. */
const isNamed = (merged: Merged<BreakerSaid>, rule: (typeof TRIP_RULES)[number]): boolean =>
  merged.said[rule] !== undefined && merged.said[rule] !== false;

/** Complete options of a breaker: the trip rules that are named, or else the two default ones. */
export const completeBreaker: Complete<BreakerSaid, CircuitBreakerOptions> = (merged, fault) => {
  contradictions(merged, fault);
  const { said } = merged;
  const naming = TRIP_RULES.find((rule) => isNamed(merged, rule));
  const usual = {
    ...CIRCUIT_BREAKER_DEFAULTS,
    ...(naming === undefined ? {} : { failureThreshold: null, failureRatio: null }),
  };
  const breakDuration = said.breakDuration ?? usual.breakDuration;
  const adaptive = orNull(said.adaptive, usual.adaptive);
  const samplingSize = said.samplingSize ?? null;
  const slowCallDuration = orNull(said.slowCallDuration, null);
  const options: CircuitBreakerOptions = {
    enabled: said.enabled ?? usual.enabled,
    failureThreshold: orNull(said.failureThreshold, usual.failureThreshold),
    failureRatio: orNull(said.failureRatio, usual.failureRatio),
    slowCallDuration,
    slowCallRatio: slowCallDuration === null ? null : (said.slowCallRatio ?? 1),
    minimumThroughput: said.minimumThroughput ?? Math.min(usual.minimumThroughput, samplingSize ?? Infinity),
    samplingDuration: samplingSize === null ? (said.samplingDuration ?? usual.samplingDuration) : null,
    samplingSize,
    breakDuration,
    halfOpenMaxCalls: said.halfOpenMaxCalls ?? usual.halfOpenMaxCalls,
    successThreshold: said.successThreshold ?? usual.successThreshold,
    // an adaptive break changes its length, and a probe's deadline with it
    halfOpenTimeout:
      said.halfOpenTimeout ?? (typeof breakDuration === 'number' && adaptive === null ? breakDuration : null),
    timeout: orNull(said.timeout, usual.timeout),
    classify: said.classify ?? usual.classify,
    ignoreErrors: said.ignoreErrors ?? usual.ignoreErrors,
    recordErrors: said.recordErrors ?? usual.recordErrors,
    settleOn: said.settleOn ?? usual.settleOn,
    probe: said.probe ?? usual.probe,
    probeInterval: said.probeInterval ?? usual.probeInterval,
    parent: orNull(said.parent, usual.parent),
    childrenOpenRatio: said.childrenOpenRatio ?? usual.childrenOpenRatio,
    adaptive,
    critical: said.critical ?? usual.critical,
    initialState: said.initialState ?? usual.initialState,
    preset: said.preset ?? usual.preset,
    tags: said.tags ?? usual.tags,
  };
  return completed(options, naming === undefined ? merged.by : withCauses(merged, naming));
};

/** A default rule that is off because another one is named is off by the layer that names that one. */
function withCauses(merged: Merged<BreakerSaid>, naming: keyof BreakerSaid): ReadonlyMap<unknown, Layer<BreakerSaid>> {
  const by = new Map(merged.by);
  const cause = merged.by.get(naming);
  for (const rule of ['failureThreshold', 'failureRatio'] as const)
    if (cause !== undefined && !by.has(rule)) by.set(rule, cause);
  return by;
}

function contradictions(merged: Merged<BreakerSaid>, fault: (fault: OptionsFault) => void): void {
  const { said, by } = merged;
  contradictoryWindow(merged, fault);
  // `defaults` may speak to breakers that name the rest themselves
  const isAlone = (option: keyof BreakerSaid, needed: keyof BreakerSaid): boolean =>
    said[option] !== undefined && said[needed] === undefined && by.get(option)?.origin !== 'defaults';
  if (isAlone('slowCallRatio', 'slowCallDuration')) {
    fault({
      path: placeOf(merged, 'slowCallRatio'),
      message:
        "says nothing without slowCallDuration, which says what is slow. Add one, such as slowCallDuration: '2s'",
    });
  }
  if (isAlone('probeInterval', 'probe')) {
    fault({
      path: placeOf(merged, 'probeInterval'),
      message: 'says nothing without probe, the function that asks the service',
    });
  }
}

/** Shown where the stronger layer speaks: there the user can mend it without touching what others share. */
function contradictoryWindow(merged: Merged<BreakerSaid>, fault: (fault: OptionsFault) => void): void {
  const { minimumThroughput, samplingSize } = merged.said;
  if (minimumThroughput === undefined || samplingSize === undefined || minimumThroughput <= samplingSize) return;
  const rank = (option: keyof BreakerSaid): number =>
    merged.layers.lastIndexOf(merged.by.get(option) as Layer<BreakerSaid>);
  const minimumAt = placeOf(merged, 'minimumThroughput');
  const sizeAt = placeOf(merged, 'samplingSize');
  if (rank('samplingSize') > rank('minimumThroughput')) {
    const message =
      `expected at least minimumThroughput (${minimumThroughput}, said at ${minimumAt}), got ${samplingSize}. ` +
      `Say minimumThroughput: ${samplingSize} beside it?`;
    fault({ path: sizeAt, message });
  } else {
    const message =
      `expected at most samplingSize (${samplingSize}), got ${minimumThroughput}: the window never holds as many. ` +
      `Did you mean ${samplingSize}?`;
    fault({ path: minimumAt, message });
  }
}
