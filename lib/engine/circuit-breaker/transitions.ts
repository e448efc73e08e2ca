import type { CallContext } from '../call-context.js';
import { MAX_DURATION, dateOf } from '../clock.js';
import type { PolicyEventDetails } from '../events.js';
import type { Scope } from '../scope.js';
import type { Outcome } from '../outcome.js';
import type { CircuitState, ClusterSnapshot } from '../snapshot.js';
import type { WindowCounts } from '../window/window.js';
import { Ledger } from './ledger.js';
import { DEFAULT_BREAK_DURATION } from './options.js';
import type { CircuitBreakerOptions } from './options.js';
import { Rehearsal } from './rehearsal.js';
import { NOTHING_COUNTED, uncounted } from './states.js';
import type { ClosedStay, Counting, MetricsOnlyStay, Stay } from './states.js';
import type { Tally } from './tally.js';

/** A state set by hand. */
export interface ManualState {
  readonly reason?: string | undefined;
  /** Who did it, for the records. */
  readonly actor?: string | undefined;
  /** For how long: ms, or a duration such as `'10m'`; without it until further notice. */
  readonly for?: number | string | undefined;
}

/** Hears of a breaker's moves, where somebody besides its callers has to. */
export interface Witness {
  /** The state has changed: by calls, time or people (`isNews`), or by a restart. */
  moved(isNews: boolean): void;
  /** These are the options, as they are configured. */
  configured(options: CircuitBreakerOptions): void;
  /** Another call is in the window. */
  counted(counts: Readonly<WindowCounts>, now: number): void;
  /** A break is over: whether calls have to wait all the same. */
  holdsBack(): boolean;
  /** Whether a fleet, where there is one, lets another probe pass. */
  mayProbe(): boolean;
  /** What a refused call may wait for before it tries again, if anything. */
  candidacy(): Promise<void> | null;
  /** How long a fleet, as far as is known, lets no probe pass, in ms. */
  heldBack(now: number): number;
  /** A probe has ended. */
  probed(outcome: Outcome): void;
  /** Somebody has set the state by hand. */
  commanded(command: 'isolate' | 'close' | 'reset', manual: ManualState): void;
  readonly cluster: ClusterSnapshot | null;
  /** The breaker is gone. */
  dismiss(): void;
}

/** What a break's generator gets where no call caused the break. */
export interface ContextSource {
  contextless(): CallContext;
}

/**
 * The state a breaker is in, and every way from one to another: each makes a new stay and tells the listeners, after
 * the fact. When to go is not decided here.
 */
export abstract class Transitions {
  stay: Stay;
  counting: Counting = NOTHING_COUNTED;
  readonly ledger: Ledger;
  /** @internal */
  witness: Witness | null = null;

  constructor(
    readonly name: string,
    public options: CircuitBreakerOptions,
    protected readonly scope: Scope,
    private readonly contexts: ContextSource,
  ) {
    this.ledger = new Ledger(name, scope);
    this.stay = this.initialStay();
  }

  isolate(manual: ManualState, now: number): void {
    const until = this.untilOf(manual, now);
    const from = this.enter({ kind: 'isolated', ...this.entered(manual.reason ?? null), until });
    if (this.scope.events.hears('isolated')) {
      this.emit('isolated', { ...by(manual, from, 'isolated'), expiresAt: this.dateAt(until) });
    }
    this.witness?.moved(true);
    this.witness?.commanded('isolate', manual);
  }

  disable(manual: ManualState, now: number): void {
    const until = this.untilOf(manual, now);
    const from = this.enter({ kind: 'disabled', ...this.entered(manual.reason ?? null), until });
    if (this.scope.events.hears('disabled')) {
      this.emit('disabled', { ...by(manual, from, 'disabled'), expiresAt: this.dateAt(until) });
    }
    this.witness?.moved(true);
  }

  metricsOnly(manual: ManualState, now: number): void {
    const until = this.untilOf(manual, now);
    const from = this.enter(this.metricsOnlyStay(manual.reason ?? null, until));
    this.counting = uncounted();
    if (this.scope.events.hears('updated')) {
      const expiresAt = this.dateAt(until);
      this.emit('updated', { ...by(manual, from, 'metrics_only'), changes: {}, expiresAt });
    }
    this.witness?.moved(true);
  }

  /** Closed, automatic, a fresh window; on a closed breaker nothing. */
  close(manual: ManualState): void {
    if (this.stay.kind !== 'closed') this.toClosed(manual.reason ?? 'closed by hand', manual.actor);
    this.witness?.commanded('close', manual);
  }

  /** Closed with a fresh window from any state, totals cleared. Calls under way are stale and counted nowhere. */
  reset(manual: ManualState): void {
    const from = this.enter(this.closedStay(manual.reason ?? null));
    this.ledger.clear();
    if (this.scope.events.hears('reset')) this.emit('reset', by(manual, from, 'closed'));
    this.witness?.moved(true);
    this.witness?.commanded('reset', manual);
  }

  /**
   * Opens for `duration` ms, or as long as the options say; on an open breaker a new break begins.
   * @param left ms of the break that are still to come, where it began elsewhere
   */
  open(reason: string, now: number, context: CallContext | undefined, duration?: number, left?: number): void {
    const attempt = 'attempt' in this.stay ? this.stay.attempt + 1 : 1;
    const breakDuration = duration ?? this.nextBreak(attempt, context);
    const until = now + (left ?? breakDuration);
    const from = this.enter({ kind: 'open', ...this.entered(reason), until, attempt, breakDuration });
    if (this.scope.events.hears('opened')) {
      this.emit('opened', { from, to: 'open', reason, retryAfter: left ?? breakDuration, attempt });
    }
    this.witness?.moved(true);
  }

  /** Puts a stay in place as it was saved, without an event. */
  restore(stay: Stay, counting: Counting, tally: Tally | null): void {
    this.stay = stay;
    this.counting = counting;
    this.ledger.restore(tally);
    this.witness?.moved(false);
  }

  toHalfOpen(reason = 'break_over'): void {
    const { stay, options } = this;
    const attempt = stay.kind === 'open' ? stay.attempt : 0;
    const halfOpenTimeout = options.halfOpenTimeout ?? (stay.kind === 'open' ? stay.breakDuration : this.nextBreak(1));
    const from = this.enter({
      kind: 'half_open', ...this.entered(reason), attempt, halfOpenTimeout, probes: [], successes: 0,
    }); // prettier-ignore
    if (this.scope.events.hears('half_opened')) this.emit('half_opened', { from, to: 'half_open', reason });
    this.witness?.moved(true);
  }

  protected toClosed(reason: string, actor?: string): void {
    const from = this.enter(this.closedStay(reason));
    if (this.scope.events.hears('closed')) {
      this.emit('closed', { from, to: 'closed', reason, ...(actor === undefined ? {} : { actor }) });
    }
    this.witness?.moved(true);
  }

  /** @internal */
  entered(reason: string | null): { since: number; reason: string | null } {
    return { since: this.scope.clock.wall(), reason };
  }

  private closedStay(reason: string | null): ClosedStay {
    return { kind: 'closed', since: this.scope.clock.wall(), reason }; // written out: a spread object takes more room
  }

  /** @internal */
  metricsOnlyStay(reason: string | null, until: number): MetricsOnlyStay {
    const rehearsal = new Rehearsal((attempt) => this.nextBreak(attempt));
    return { kind: 'metrics_only', ...this.entered(reason), until, rehearsal };
  }

  private initialStay(): Stay {
    const entered = this.entered(null);
    const { initialState: kind } = this.options;
    if (kind === 'closed') return this.closedStay(null);
    if (kind === 'metrics_only') return this.metricsOnlyStay(null, Infinity);
    if (kind !== 'open') return { kind, ...entered, until: Infinity };
    const breakDuration = this.nextBreak(1);
    return { kind, ...entered, until: this.scope.clock.now() + breakDuration, attempt: 1, breakDuration };
  }

  /** @internal The length in ms of the break that comes as number `attempt`. */
  nextBreak(attempt: number, context?: CallContext): number {
    const { breakDuration } = this.options;
    if (typeof breakDuration === 'number') return breakDuration;
    try {
      const duration = breakDuration(attempt, context ?? this.contexts.contextless());
      if (duration > 0 && duration <= MAX_DURATION) return duration;
      this.scope.report(
        new RangeError(
          `breakDuration: expected a duration over 0 and up to ${MAX_DURATION} ms, got ${String(duration)}`,
        ),
        `breakDuration of "${this.name}"`,
      );
    } catch (fault) {
      this.scope.report(fault, `breakDuration of "${this.name}"`);
    }
    return DEFAULT_BREAK_DURATION;
  }

  private enter(stay: Stay): CircuitState {
    const from = this.stay.kind;
    this.stay = stay;
    if (stay.kind === 'closed') this.counting = uncounted();
    this.ledger.tally.transitions++;
    return from;
  }

  private untilOf(manual: ManualState, now: number): number {
    return manual.for === undefined ? Infinity : now + this.scope.readDuration(manual.for);
  }

  private dateAt(until: number): Date | null {
    return until === Infinity ? null : dateOf(this.scope.clock, until);
  }

  private emit<T extends keyof PolicyEventDetails>(type: T, details: PolicyEventDetails[T]): void {
    this.scope.emit(type, 'circuit_breaker', this.name, details);
  }
}

function by(manual: ManualState, from: CircuitState, to: CircuitState) {
  const { actor, reason = 'by hand' } = manual;
  return { from, to, reason, ...(actor === undefined ? {} : { actor }) };
}
