import { CallContext } from '../call-context.js';
import type { ExecuteOptions } from '../call-context.js';
import type { CircuitOpenError } from '../errors.js';
import type { Frame } from '../frame.js';
import type { Outcome, Settled } from '../outcome.js';
import { Policy } from '../policy.js';
import type { Coordination } from '../ports.js';
import { parseBreaker } from '../saved-registry.js';
import type { SavedBreaker } from '../saved-registry.js';
import type { Scope } from '../scope.js';
import type { CircuitBreakerSnapshot, CircuitState } from '../snapshot.js';
import { attend, coordinate } from './attendant.js';
import { Children } from './children.js';
import { CircuitBreakerFrame } from './circuit-breaker-frame.js';
import { directCall } from './direct-call.js';
import type { DirectGate } from './direct-call.js';
import { judge } from './judgement.js';
import { limitedCall } from './limited-call.js';
import type { CircuitBreakerOptions } from './options.js';
import { Permit } from './permit.js';
import { Refusal } from './refusal.js';
import { reportOf } from './report.js';
import type { BreakerReport } from './report.js';
import { restoreState, saveState } from './saved-state.js';
import { takeSnapshot } from './snapshot.js';
import { StateMachine } from './state-machine.js';
import type { ContextSource, ManualState } from './transitions.js';
import type { Ticket } from './states.js';

/** Resolves the breaker that a `parent` option names. */
export type ParentSource = (name: string) => CircuitBreakerPolicy;

/**
 * A circuit breaker: refuses calls to a service that keeps failing, and lets a few probes decide when it is well
 * again (Nygard, *Release It!*, 2007; states and half-open probing as in resilience4j and Polly).
 */
export class CircuitBreakerPolicy extends Policy implements DirectGate, ContextSource {
  readonly policy = 'circuit_breaker';
  /** @internal */
  readonly machine: StateMachine;
  private brood: Children | undefined = undefined;

  constructor(
    name: string,
    private configured: CircuitBreakerOptions,
    scope: Scope,
    private readonly parentSource?: ParentSource,
  ) {
    super(name, scope);
    this.machine = new StateMachine(name, configured, scope, this);
    attend(this.machine, scope, configured, parentSource);
  }

  override execute<T>(work: (context: CallContext) => PromiseLike<T> | T, options?: ExecuteOptions): Promise<T> {
    // what `isEnabled` and `hasParent` say, read in place: this is the way of every call
    const { enabled, timeout, parent } = this.machine.options;
    const { scope } = this;
    if (!enabled || parent !== null || !scope.enabled || scope.interceptor !== null || options?.signal !== undefined) {
      return super.execute(work, options);
    }
    const call = timeout === null ? directCall() : limitedCall();
    return call.run(this, work, options) as Promise<T>;
  }

  get state(): CircuitState {
    return this.isEnabled ? this.machine.stay.kind : 'disabled';
  }

  /** As they are configured; an adaptive breaker's {@link snapshot} has what holds at present. */
  get options(): CircuitBreakerOptions {
    return this.configured;
  }

  snapshot(): CircuitBreakerSnapshot {
    return takeSnapshot(this.machine, this.isEnabled, this.scope.clock);
  }

  /** What it would have done since it is in `metrics_only`, and how it might be set; `null` in any other state. */
  report(): BreakerReport | null {
    return reportOf(this.machine, this.scope.clock);
  }

  /** Its state as it is saved across a restart, for {@link restore}. */
  toJSON(): SavedBreaker {
    return saveState(this.machine, this.scope.clock.now());
  }

  /** Puts in place what was saved `elapsed` ms ago. @throws {TypeError} for anything else: then nothing has changed */
  restore(saved: unknown, elapsed = 0): void {
    restoreState(this.machine, parseBreaker(saved, this.name), elapsed, this.scope.clock.now());
  }

  /**
   * Leave to make one call by hand.
   * @throws {@link CircuitOpenError} when calls are refused
   */
  acquire(): Permit {
    return this.enter(this.contextless(), this.scope.clock.now());
  }

  /** Refuses all calls, until {@link close} or {@link reset}, or for a time, after which the next call is a probe. */
  isolate(manual: ManualState = {}): void {
    this.machine.isolate(manual, this.scope.clock.now());
  }

  /** Passes all calls and counts nothing; when the time is over, closed. */
  disable(manual: ManualState = {}): void {
    this.machine.disable(manual, this.scope.clock.now());
  }

  /** Passes all calls and counts them; when the time is over, closed. */
  metricsOnly(manual: ManualState = {}): void {
    this.machine.metricsOnly(manual, this.scope.clock.now());
  }

  /** Closed, automatic, with a fresh window; on a closed breaker nothing. */
  close(manual: ManualState = {}): void {
    this.machine.close(manual);
  }

  /** Closed with a fresh window from any state, and totals cleared. */
  reset(manual: ManualState = {}): void {
    this.machine.reset(manual);
  }

  /** @internal */
  coordinate(coordination: Coordination | null): void {
    coordinate(this.machine, this.scope, this.configured, this.parentSource, coordination);
  }

  /** @internal Takes new options and keeps state, window and totals. */
  update(options: CircuitBreakerOptions): void {
    this.configured = options;
    this.machine.update(options, this.scope.clock.now());
    attend(this.machine, this.scope, options, this.parentSource);
  }

  /** @internal The registry has forgotten it: nothing is to happen any more but the end of its calls. */
  override retire(): void {
    super.retire();
    this.machine.witness?.dismiss();
  }

  /** @internal */
  get children(): Children {
    return (this.brood ??= new Children(this));
  }

  /** @internal */
  get isEnabled(): boolean {
    return this.scope.enabled && this.machine.options.enabled;
  }

  /** @internal */
  get timeout(): number | null {
    return this.isEnabled ? this.machine.options.timeout : null;
  }

  /** @internal */
  get hasParent(): boolean {
    return this.machine.options.parent !== null && this.isEnabled;
  }

  /** @internal A permit of the parent's; asked only of a breaker that has one. */
  enterParent(context: CallContext, now: number): Permit | null {
    const policy = this.parentSource?.(this.machine.options.parent as string);
    return policy === undefined ? null : policy.enter(context, now);
  }

  /** @internal */
  frame(inner: Frame): Frame {
    return new CircuitBreakerFrame(this, this, undefined, inner);
  }

  /** @internal */
  admit(ticket: Ticket, now: number, context: CallContext): boolean {
    if (this.isEnabled) return this.machine.admit(ticket, now, context);
    ticket.tally = null;
    return true;
  }

  /** @internal */
  refuse(now: number, context: CallContext | undefined): Refusal {
    const { machine } = this;
    const refusal = new Refusal(this, machine.stay.kind as CircuitOpenError['state'], machine.retryAfter(now));
    machine.ledger.refused(refusal, context);
    return refusal;
  }

  /** @internal */
  settleValue(ticket: Ticket, value: unknown, now: number, context: CallContext): void {
    const { machine } = this;
    if (machine.options.classify === null) machine.succeed(ticket, now, context);
    else this.classifyValue(ticket, value, now, context);
  }

  /** @internal */
  settleError(ticket: Ticket, error: unknown, now: number, context: CallContext): void {
    if (ticket.tally === null) return;
    this.machine.settle(ticket, this.judge({ ok: false, error }, context), error, now, context);
  }

  /** @internal */
  settle(ticket: Ticket, settled: Settled, now: number, context: CallContext): void {
    if (settled.ok) this.settleValue(ticket, settled.value, now, context);
    else this.settleError(ticket, settled.error, now, context);
  }

  /** @internal */
  settleOutcome(ticket: Ticket, outcome: Outcome, error: unknown, now: number, context: CallContext): void {
    this.machine.settle(ticket, outcome, error, now, context);
  }

  private enter(context: CallContext, now: number): Permit {
    const parent = this.hasParent ? this.enterParent(context, now) : null;
    const permit = new Permit(this, this.scope.clock, context, parent);
    if (this.admit(permit, now, context)) return permit;
    const refusal = this.refuse(now, context).error;
    parent?.ignore(refusal);
    throw refusal;
  }

  private classifyValue(ticket: Ticket, value: unknown, now: number, context: CallContext): void {
    if (ticket.tally === null) return;
    this.machine.settle(ticket, this.judge({ ok: true, value }, context), undefined, now, context);
  }

  /** The outcome by the user's rules; a fault in them makes it `ignored`. */
  private judge(settled: Settled, context: CallContext): Outcome {
    try {
      return judge(settled, this.machine.options, context, this);
    } catch (fault) {
      this.scope.report(fault, `the classification of circuit breaker "${this.name}"`);
      return 'ignored';
    }
  }

  /** @internal For what no call has caused. */
  contextless(): CallContext {
    const context = new CallContext(this, undefined, this.scope.clock.now());
    context.end(); // there is no call to abort
    return context;
  }
}
