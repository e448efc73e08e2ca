import { MAX_DURATION } from '../clock.js';
import type { Scope } from '../scope.js';
import { BUCKETS } from '../window/time-window.js';
import type { Window, WindowCounts } from '../window/window.js';
import { BuiltInRule } from './adaptive.js';
import type { AdaptiveChanges, AdaptiveFunction, AdaptiveReading, AdaptiveRule } from './adaptive.js';
import type { CircuitBreakerOptions } from './options.js';
import type { StateMachine } from './state-machine.js';

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
const isRatio = (value: unknown): boolean => typeof value === 'number' && value > 0 && value <= 1;
const isDuration = (value: unknown): boolean => typeof value === 'number' && value > 0 && value <= MAX_DURATION;
const orNull =
  (check: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === null || check(value);

type Key = keyof AdaptiveChanges;

const CHECKS: Readonly<Record<Key, (value: unknown) => boolean>> = {
  failureThreshold: orNull(isCount),
  failureRatio: orNull(isRatio),
  slowCallDuration: orNull(isDuration),
  slowCallRatio: orNull(isRatio),
  minimumThroughput: isCount,
  breakDuration: (value) => typeof value === 'function' || isDuration(value),
  halfOpenMaxCalls: isCount,
  successThreshold: isCount,
};

/**
 * A breaker's options as they follow the circumstances: what is configured, and over it what a rule says. The rule is
 * asked at most once for each tenth of the window, by the call that comes first in it; state and window stay.
 */
export class Adaptation {
  private readonly rule: AdaptiveRule | null;
  private changes: AdaptiveChanges = {};
  private previousFailureRatio = 0;
  /** When the next tenth begins: ms, or in a window of calls their number. */
  private due = -Infinity;
  private counted = 0;

  constructor(
    private readonly machine: StateMachine,
    private readonly scope: Scope,
    /** As they are configured. */
    private base: CircuitBreakerOptions,
  ) {
    this.rule = this.ruleOf(base.adaptive);
  }

  /** The rule as it is configured. */
  get adaptive(): CircuitBreakerOptions['adaptive'] {
    return this.base.adaptive;
  }

  /** Other options are configured: what has changed in them holds at once, until the rule says more. */
  rebase(base: CircuitBreakerOptions, now: number): void {
    const before = this.base;
    const kept = Object.entries(this.changes).filter(([key]) => base[key as Key] === before[key as Key]);
    this.changes = Object.freeze(Object.fromEntries(kept));
    this.base = base;
    if (base.samplingSize !== before.samplingSize) this.due = -Infinity;
    if (Object.keys(this.changes).length > 0) this.machine.update(Object.freeze({ ...base, ...this.changes }), now);
  }

  /** Another call is in the window. */
  count(counts: Readonly<WindowCounts>, now: number): void {
    const { samplingSize, samplingDuration } = this.base;
    this.counted++;
    if ((samplingSize === null ? now : this.counted) < this.due) return;
    const isFirst = this.due === -Infinity;
    if (samplingSize === null) {
      const tenth = (samplingDuration as number) / BUCKETS;
      this.due = (Math.floor(now / tenth) + 1) * tenth;
    } else this.due = this.counted + Math.ceil(samplingSize / BUCKETS);
    if (!isFirst) this.look(counts, now);
  }

  private look(counts: Readonly<WindowCounts>, now: number): void {
    const { rule } = this;
    if (rule === null) return;
    const reading = this.read(counts, now);
    this.previousFailureRatio = reading.failureRatio;
    try {
      const changes = rule.adapt(reading) ?? {};
      if (changes !== this.changes) this.apply(checked(changes, this.base), rule.reason, now);
    } catch (fault) {
      this.scope.report(fault, `the adaptive rule of circuit breaker "${this.machine.name}"`);
    }
  }

  private read({ successes, failures, slow }: Readonly<WindowCounts>, now: number): AdaptiveReading {
    const calls = successes + failures;
    const { successTotal, failureTotal } = (this.machine.counting.window as Window).latency(now);
    return Object.freeze({
      calls,
      failures,
      slow,
      failureRatio: failures / calls,
      previousFailureRatio: this.previousFailureRatio,
      meanDuration: (successTotal + failureTotal) / calls,
      options: this.base,
      changes: this.changes,
    });
  }

  private apply(changes: AdaptiveChanges, reason = 'rule', now: number): void {
    const { machine, scope } = this;
    const before = machine.options;
    const options: CircuitBreakerOptions = { ...this.base, ...changes };
    this.changes = Object.freeze(changes);
    const keys = (Object.keys(CHECKS) as Key[]).filter((key) => options[key] !== before[key]);
    if (keys.length === 0) return;
    machine.update(Object.freeze(options), now);
    if (!scope.events.hears('adapted')) return;
    const told = Object.fromEntries(keys.map((key) => [key, options[key]]));
    scope.emit('adapted', 'circuit_breaker', machine.name, { changes: told, reason });
  }

  private ruleOf(adaptive: unknown): AdaptiveRule | null {
    if (adaptive === true) return new BuiltInRule();
    if (typeof adaptive === 'function') return { adapt: adaptive as AdaptiveFunction };
    if (typeof (adaptive as Partial<AdaptiveRule>).adapt === 'function') return adaptive as AdaptiveRule;
    const fault = new TypeError('adaptive: expected true, a function, or an object with a method "adapt"');
    this.scope.report(fault, `circuit breaker "${this.machine.name}"`);
    return null;
  }
}

function checked(changes: AdaptiveChanges, { samplingSize }: CircuitBreakerOptions): AdaptiveChanges {
  const said = Object.entries(changes).filter(([, value]) => value !== undefined);
  for (const [key, value] of said) {
    const check = Object.hasOwn(CHECKS, key) ? CHECKS[key as Key] : undefined;
    if (check === undefined) throw new TypeError(`adaptive: "${key}" is no option that can adapt`);
    if (!check(value)) throw new RangeError(`adaptive: ${key} can't be ${String(value)}`);
  }
  const { minimumThroughput = 0 } = changes;
  if (samplingSize === null || minimumThroughput <= samplingSize) return Object.fromEntries(said);
  throw new RangeError(`adaptive: minimumThroughput can't be over samplingSize, which is ${samplingSize}`);
}
