import type { CallContext } from '../call-context.js';
import { dateOf } from '../clock.js';
import type { PolicyEventDetails } from '../events.js';
import type { Outcome } from '../outcome.js';
import type { Scope } from '../scope.js';
import type { CircuitState } from '../snapshot.js';
import { makeWindow } from '../window/make-window.js';
import type { Window } from '../window/window.js';
import type { CircuitBreakerOptions } from './options.js';
import { DEFAULT_BREAK_DURATION } from './options.js';
import { tripRule } from './rules.js';
import { Ledger } from './ledger.js';
import { uncounted } from './states.js';
import type { ClosedStay, Counting, Stay, Ticket } from './states.js';
import type { Tally } from './tally.js';

/** A state set by hand. */
export interface ManualState {
  readonly reason?: string | undefined;
  /** Who did it, for the records. */
  readonly actor?: string | undefined;
  /** For how long, in ms; without it until further notice. */
  readonly for?: number | undefined;
}

/** What a break's generator gets where no call caused the break. */
export type ContextSource = () => CallContext;

const PROBE_TIMED_OUT = 'probe_timed_out';

/**
 * Who may pass, and what an ended call means. The state is a stay that the clock is read against when somebody
 * calls: no timer, and reading changes nothing. Each transition makes a new stay; a result whose ticket is of another
 * stay is stale and moves nothing. O(1) a call.
 */
export class StateMachine {
  stay: Stay;
  counting: Counting = uncounted();
  readonly ledger: Ledger;

  constructor(
    readonly name: string,
    public options: CircuitBreakerOptions,
    private readonly scope: Scope,
    private readonly contextless: ContextSource,
  ) {
    this.ledger = new Ledger(name, scope);
    this.stay = this.initialStay();
  }

  /** Lets a call pass, or not. A passed one must be settled with the same ticket. */
  admit(ticket: Ticket, now: number, context: CallContext | undefined): boolean {
    ticket.isPresumedFailed = false;
    ticket.startedAt = now;
    if (this.stay.kind !== 'closed') return this.admitUnlessClosed(ticket, now, context);
    return this.issue(ticket, this.stay);
  }

  /** Hears how an admitted call ended. */
  settle(ticket: Ticket, outcome: Outcome, error: unknown, now: number, context: CallContext | undefined): void {
    const { tally, stay } = ticket;
    ticket.tally = null;
    ticket.stay = null;
    if (tally === null) return;
    this.expireProbes(now, context);
    if (stay === this.stay) this.settleHere(stay, ticket, tally, outcome, error, now, context);
    else this.ledger.stale(tally, ticket.isPresumedFailed, outcome, now - ticket.startedAt, context);
  }

  /** How long until a call may pass, in ms; `null` where one may pass now or none ever by itself. */
  retryAfter(now: number): number | null {
    const { stay } = this;
    if (stay.kind === 'open') return Math.max(0, stay.until - now);
    if (stay.kind === 'isolated') return stay.until === Infinity ? null : Math.max(0, stay.until - now);
    if (stay.kind !== 'half_open' || stay.probes.length < this.options.halfOpenMaxCalls) return null;
    return Math.max(0, (stay.probes[0] as Ticket).deadline - now);
  }

  refuse(now: number, context: CallContext | undefined): void {
    this.ledger.refused(this.stay.kind, this.retryAfter(now), context);
  }

  /** The failures in a row at `now`; a gap longer than the sampling duration ends a streak. */
  streak(now: number): number {
    const { counting } = this;
    return this.isStreakOver(counting, now) ? 0 : counting.consecutiveFailures;
  }

  isolate(manual: ManualState, now: number): void {
    const until = untilOf(manual, now);
    const from = this.enter({ kind: 'isolated', ...this.entered(manual.reason ?? null), until });
    if (this.scope.events.hears('isolated')) {
      this.emit('isolated', { ...by(manual, from, 'isolated'), expiresAt: this.dateAt(until) });
    }
  }

  disable(manual: ManualState, now: number): void {
    const until = untilOf(manual, now);
    const from = this.enter({ kind: 'disabled', ...this.entered(manual.reason ?? null), until });
    if (this.scope.events.hears('disabled')) {
      this.emit('disabled', { ...by(manual, from, 'disabled'), expiresAt: this.dateAt(until) });
    }
  }

  metricsOnly(manual: ManualState, now: number): void {
    const until = untilOf(manual, now);
    const from = this.enter({ kind: 'metrics_only', ...this.entered(manual.reason ?? null), until });
    this.counting = uncounted();
    if (this.scope.events.hears('updated')) {
      const expiresAt = this.dateAt(until);
      this.emit('updated', { ...by(manual, from, 'metrics_only'), changes: {}, expiresAt });
    }
  }

  /** Closed, automatic, a fresh window; on a closed breaker nothing. */
  close(manual: ManualState): void {
    if (this.stay.kind !== 'closed') this.toClosed(manual.reason ?? 'closed by hand', manual.actor);
  }

  /** Closed with a fresh window from any state, totals cleared. Calls under way are stale and counted nowhere. */
  reset(manual: ManualState): void {
    const from = this.enter(this.closedStay(manual.reason ?? null));
    this.ledger.clear();
    if (this.scope.events.hears('reset')) this.emit('reset', by(manual, from, 'closed'));
  }

  /** Opens for `duration` ms, or as long as the options say; on an open breaker a new break begins. */
  open(reason: string, now: number, context: CallContext | undefined, duration?: number, actor?: string): void {
    const attempt = 'attempt' in this.stay ? this.stay.attempt + 1 : 1;
    const breakDuration = duration ?? this.breakDurationOf(attempt, context);
    const until = now + breakDuration;
    const from = this.enter({ kind: 'open', ...this.entered(reason), until, attempt, breakDuration });
    if (!this.scope.events.hears('opened')) return;
    const transition = { from, to: 'open', reason, ...(actor === undefined ? {} : { actor }) } as const;
    this.emit('opened', { ...transition, retryAfter: breakDuration, attempt });
  }

  /** Puts a stay in place as it was saved, without an event. */
  restore(stay: Stay, counting: Counting, tally: Tally | null): void {
    this.stay = stay;
    this.counting = counting;
    this.ledger.restore(tally);
  }

  /** Takes new options; state, streak and, where its shape stays, the window are kept. */
  update(options: CircuitBreakerOptions, now: number): void {
    const { samplingDuration, samplingSize } = this.options;
    const isReshaped = options.samplingDuration !== samplingDuration || options.samplingSize !== samplingSize;
    this.options = options;
    const { counting } = this;
    if (!isReshaped || counting.window === null) return;
    const counts = { ...counting.window.counts(now) };
    counting.window = makeWindow(options);
    counting.window.add(now, counts);
  }

  private admitUnlessClosed(ticket: Ticket, now: number, context: CallContext | undefined): boolean {
    this.expireProbes(now, context);
    const { stay } = this;
    if ('until' in stay && now >= stay.until) this.leave(stay.kind);
    const current = this.stay;
    switch (current.kind) {
      case 'open':
      case 'isolated':
        return false;
      case 'half_open':
        if (current.probes.length >= this.options.halfOpenMaxCalls) return false;
        ticket.deadline = now + current.halfOpenTimeout;
        current.probes.push(ticket);
        return this.issue(ticket, current);
      case 'disabled':
        ticket.stay = current;
        ticket.tally = null;
        return true;
      default:
        return this.issue(ticket, current);
    }
  }

  private issue(ticket: Ticket, stay: Stay): true {
    ticket.stay = stay;
    const { tally } = this.ledger;
    ticket.tally = tally;
    tally.calls++;
    return true;
  }

  /** The time of a stay is up: what comes after a break is a probe, after the others the closed state. */
  private leave(kind: Stay['kind']): void {
    if (kind === 'disabled' || kind === 'metrics_only') this.toClosed(`${kind} expired`);
    else this.toHalfOpen();
  }

  private toHalfOpen(): void {
    const { stay, options } = this;
    const attempt = stay.kind === 'open' ? stay.attempt : 0;
    const halfOpenTimeout =
      options.halfOpenTimeout ??
      (stay.kind === 'open' ? stay.breakDuration : this.breakDurationOf(Math.max(1, attempt), undefined));
    const reason = 'break_over';
    const from = this.enter({
      kind: 'half_open', ...this.entered(reason), attempt, halfOpenTimeout, probes: [], successes: 0,
    }); // prettier-ignore
    if (this.scope.events.hears('half_opened')) this.emit('half_opened', { from, to: 'half_open', reason });
  }

  private toClosed(reason: string, actor?: string): void {
    const from = this.enter(this.closedStay(reason));
    if (!this.scope.events.hears('closed')) return;
    this.emit('closed', { from, to: 'closed', reason, ...(actor === undefined ? {} : { actor }) });
  }

  /** A probe past its deadline failed then, not now: the next break is dated from that moment. */
  private expireProbes(now: number, context: CallContext | undefined): void {
    const { stay } = this;
    if (stay.kind !== 'half_open') return;
    const oldest = stay.probes[0];
    if (oldest === undefined || oldest.deadline > now) return;
    oldest.isPresumedFailed = true;
    if (oldest.tally !== null) this.ledger.presumedFailure(oldest.tally, oldest.deadline);
    this.open(PROBE_TIMED_OUT, oldest.deadline, context);
  }

  private settleHere(
    stay: Stay,
    ticket: Ticket,
    tally: Tally,
    outcome: Outcome,
    error: unknown,
    now: number,
    context: CallContext | undefined,
  ): void {
    const duration = now - ticket.startedAt;
    if (stay.kind === 'half_open') stay.probes.splice(stay.probes.indexOf(ticket), 1);
    if (outcome === 'ignored') {
      this.ledger.ignored(tally, error, duration, context);
      return;
    }
    const { slowCallDuration } = this.options;
    const isSlow = slowCallDuration !== null && duration >= slowCallDuration;
    const ok = outcome === 'success';
    if (ok) this.ledger.success(tally, isSlow, now, duration, context);
    else this.ledger.failure(tally, isSlow, error, now, duration, context);
    if (stay !== this.stay) return; // a listener has moved the breaker
    if (stay.kind === 'half_open') {
      if (!ok) this.open('probe_failed', now, context);
      else if (++stay.successes >= this.options.successThreshold) this.toClosed('recovered');
    } else if (stay.kind === 'closed' || stay.kind === 'metrics_only') {
      this.count(ok, isSlow, now, duration);
      if (stay.kind === 'closed') this.judge(now, context);
    }
  }

  private count(ok: boolean, isSlow: boolean, now: number, duration: number): void {
    const { counting } = this;
    (counting.window ??= makeWindow(this.options)).record(now, ok, isSlow, duration);
    if (ok) counting.consecutiveFailures = 0;
    else {
      counting.consecutiveFailures = this.isStreakOver(counting, now) ? 1 : counting.consecutiveFailures + 1;
      counting.lastFailureAt = now;
    }
  }

  private judge(now: number, context: CallContext | undefined): void {
    const { window, consecutiveFailures } = this.counting;
    const counts = (window as Window).counts(now);
    if (counts.failures === 0 && counts.slow === 0) return;
    const rule = tripRule(this.options, counts, consecutiveFailures);
    if (rule !== null) this.open(rule, now, context);
  }

  private isStreakOver(counting: Counting, now: number): boolean {
    const { samplingDuration } = this.options;
    return samplingDuration !== null && now - counting.lastFailureAt > samplingDuration;
  }

  private enter(stay: Stay): CircuitState {
    const from = this.stay.kind;
    this.stay = stay;
    if (stay.kind === 'closed') this.counting = uncounted();
    this.ledger.tally.transitions++;
    return from;
  }

  private entered(reason: string | null): { since: number; reason: string | null } {
    return { since: this.scope.clock.wall(), reason };
  }

  private closedStay(reason: string | null): ClosedStay {
    return { kind: 'closed', ...this.entered(reason) };
  }

  private initialStay(): Stay {
    const entered = this.entered(null);
    const { initialState: kind } = this.options;
    if (kind === 'closed') return this.closedStay(null);
    if (kind !== 'open') return { kind, ...entered, until: Infinity };
    const breakDuration = this.breakDurationOf(1, undefined);
    return { kind, ...entered, until: this.scope.clock.now() + breakDuration, attempt: 1, breakDuration };
  }

  private breakDurationOf(attempt: number, context: CallContext | undefined): number {
    const { breakDuration } = this.options;
    if (typeof breakDuration === 'number') return breakDuration;
    try {
      const duration = breakDuration(attempt, context ?? this.contextless());
      if (Number.isFinite(duration) && duration > 0) return duration;
      this.scope.report(
        new RangeError(`breakDuration: expected a duration over 0 ms, got ${String(duration)}`),
        `breakDuration of "${this.name}"`,
      );
    } catch (fault) {
      this.scope.report(fault, `breakDuration of "${this.name}"`);
    }
    return DEFAULT_BREAK_DURATION;
  }

  private dateAt(until: number): Date | null {
    return until === Infinity ? null : dateOf(this.scope.clock, until);
  }

  private emit<T extends keyof PolicyEventDetails>(type: T, details: PolicyEventDetails[T]): void {
    this.scope.emit(type, 'circuit_breaker', this.name, details);
  }
}

const untilOf = (manual: ManualState, now: number): number => (manual.for === undefined ? Infinity : now + manual.for);

function by(manual: ManualState, from: CircuitState, to: CircuitState) {
  const { actor, reason = 'by hand' } = manual;
  return { from, to, reason, ...(actor === undefined ? {} : { actor }) };
}
