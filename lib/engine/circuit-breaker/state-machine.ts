import type { CallContext } from '../call-context.js';
import type { Outcome } from '../outcome.js';
import { makeWindow } from '../window/make-window.js';
import type { Window, WindowCounts } from '../window/window.js';
import type { CircuitBreakerOptions } from './options.js';
import { tripRule } from './rules.js';
import { NOTHING_COUNTED, uncounted } from './states.js';
import type { Counting, HalfOpenStay, Stay, Ticket } from './states.js';
import type { Tally } from './tally.js';
import { Transitions } from './transitions.js';

const PROBE_TIMED_OUT = 'probe_timed_out';

/**
 * Who may pass, and what an ended call means. The state is a stay that the clock is read against when somebody
 * calls: no timer, and reading changes nothing. Each transition makes a new stay; a result whose ticket is of another
 * stay is stale and moves nothing. O(1) a call.
 */
export class StateMachine extends Transitions {
  /** Lets a call pass, or not. A passed one must be settled with the same ticket. */
  admit(ticket: Ticket, now: number, context: CallContext | undefined): boolean {
    ticket.isPresumedFailed = false;
    ticket.startedAt = now;
    if (this.stay.kind !== 'closed') return this.admitUnlessClosed(ticket, now, context);
    return this.issue(ticket, this.stay);
  }

  /**
   * Hears that an admitted call went well: what {@link settle} does, in the few steps that most calls need. It counts by
   * itself, too: through {@link count} a call would cost 4 % more.
   */
  succeed(ticket: Ticket, now: number, context: CallContext | undefined): void {
    const { tally, stay } = ticket;
    if (stay !== this.stay || stay.kind !== 'closed') {
      this.settle(ticket, 'success', undefined, now, context);
      return;
    }
    ticket.tally = null;
    ticket.stay = null;
    const duration = now - ticket.startedAt;
    const isSlow = this.isSlow(duration);
    this.ledger.success(tally as Tally, isSlow, now, duration, context);
    if (stay !== this.stay) return; // a listener has moved the breaker
    const counting = this.counting.window === null ? this.startCounting() : this.counting;
    const counts = (counting.window as Window).record(now, true, isSlow, duration);
    counting.consecutiveFailures = 0;
    if (counts.failures > 0 || counts.slow > 0 || this.witness !== null) this.consider(counts, now, context);
  }

  /** Hears how an admitted call ended. */
  settle(ticket: Ticket, outcome: Outcome, error: unknown, now: number, context: CallContext | undefined): void {
    if (ticket.tally === null) return;
    if (this.stay.kind === 'half_open') this.expireProbes(now, context); // this very ticket may be overdue
    const { tally, stay } = ticket as { tally: Tally; stay: Stay };
    ticket.tally = null;
    ticket.stay = null;
    if (stay === this.stay) this.settleHere(stay, ticket, tally, outcome, error, now, context);
    else this.ledger.stale(tally, ticket.isPresumedFailed, outcome, now - ticket.startedAt, context);
  }

  /** Whether a break is in its midst, so that there is nothing to ask or to wait for. */
  isShut(now: number): boolean {
    const { stay } = this;
    return (stay.kind === 'open' || stay.kind === 'isolated') && now < stay.until;
  }

  /** How long until a call may pass, in whole ms; `null` where one may pass now or none ever by itself. */
  retryAfter(now: number): number | null {
    const { stay } = this;
    if (stay.kind === 'isolated' && stay.until === Infinity) return null;
    const held = this.witness === null ? now : now + this.witness.heldBack(now);
    if (stay.kind === 'open' || stay.kind === 'isolated') return wholeUntil(Math.max(stay.until, held), now);
    return stay.kind === 'half_open' ? this.retryAfterProbes(stay, held, now) : null;
  }

  private retryAfterProbes(stay: HalfOpenStay, held: number, now: number): number | null {
    if (stay.probes.length >= this.options.halfOpenMaxCalls)
      return wholeUntil((stay.probes[0] as Ticket).deadline, now);
    return held > now ? wholeUntil(held, now) : null;
  }

  /** The failures in a row at `now`; a gap longer than the sampling duration ends a streak. */
  streak(now: number): number {
    const { counting } = this;
    return this.isStreakOver(counting, now) ? 0 : counting.consecutiveFailures;
  }

  /** Takes new options; state, streak and, where its shape stays, the window are kept. */
  update(options: CircuitBreakerOptions, now: number): void {
    const { samplingDuration, samplingSize } = this.options;
    const isReshaped = options.samplingDuration !== samplingDuration || options.samplingSize !== samplingSize;
    this.options = options;
    const { counting } = this;
    if (!isReshaped || counting.window === null) return;
    const window = makeWindow(options);
    counting.window.pourInto(window, now);
    counting.window = window;
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
        if (current.probes.length >= this.options.halfOpenMaxCalls || this.witness?.mayProbe() === false) return false;
        ticket.deadline = now + current.halfOpenTimeout;
        current.probes.push(ticket);
        return this.issue(ticket, current);
      case 'disabled':
        ticket.stay = current;
        ticket.tally = null;
        return true;
      case 'metrics_only': {
        const wait = current.rehearsal.wouldRefuseFor(now);
        if (wait !== null) this.ledger.refused({ state: 'metrics_only', retryAfter: wait }, context);
        return this.issue(ticket, current);
      }
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
    else if (this.witness?.holdsBack() !== true && this.witness?.mayProbe() !== false) this.toHalfOpen();
  }

  /** A probe past its deadline failed then, not now: the next break is dated from that moment. */
  private expireProbes(now: number, context: CallContext | undefined): void {
    const { stay } = this;
    if (stay.kind !== 'half_open') return;
    const oldest = stay.probes[0];
    if (oldest === undefined || oldest.deadline > now) return;
    oldest.isPresumedFailed = true;
    this.ledger.presumedFailure(oldest.tally as Tally, oldest.deadline); // settled ones are no longer there
    this.witness?.probed('failure');
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
    if (stay.kind === 'half_open') {
      stay.probes.splice(stay.probes.indexOf(ticket), 1);
      this.witness?.probed(outcome);
    }
    if (outcome === 'ignored') {
      this.ledger.ignored(tally, error, duration, context);
      return;
    }
    const isSlow = this.isSlow(duration);
    const ok = outcome === 'success';
    if (ok) this.ledger.success(tally, isSlow, now, duration, context);
    else this.ledger.failure(tally, isSlow, error, now, duration, context);
    if (stay !== this.stay) return; // a listener has moved the breaker
    if (stay.kind === 'half_open') {
      if (!ok) this.open('probe_failed', now, context);
      else if (++stay.successes >= this.options.successThreshold) this.toClosed('recovered');
    } else if (stay.kind === 'closed') this.consider(this.count(ok, isSlow, now, duration), now, context);
    else if (stay.kind === 'metrics_only') {
      const counts = this.count(ok, isSlow, now, duration);
      this.witness?.counted(counts, now);
      const { consecutiveFailures } = this.counting;
      const wouldClose = stay.rehearsal.settle(this.options, counts, consecutiveFailures, ok, ticket.startedAt, now);
      if (wouldClose) this.counting = uncounted();
    }
  }

  private isSlow(duration: number): boolean {
    const { slowCallDuration } = this.options;
    return slowCallDuration !== null && duration >= slowCallDuration;
  }

  private count(ok: boolean, isSlow: boolean, now: number, duration: number): Readonly<WindowCounts> {
    const counting = this.counting.window === null ? this.startCounting() : this.counting;
    if (ok) counting.consecutiveFailures = 0;
    else this.extendStreak(counting, now);
    return (counting.window as Window).record(now, ok, isSlow, duration);
  }

  private extendStreak(counting: Counting, now: number): void {
    counting.consecutiveFailures = this.isStreakOver(counting, now) ? 1 : counting.consecutiveFailures + 1;
    counting.lastFailureAt = now;
  }

  private startCounting(): Counting {
    if (this.counting === NOTHING_COUNTED) this.counting = uncounted();
    this.counting.window = makeWindow(this.options);
    return this.counting;
  }

  private consider(counts: Readonly<WindowCounts>, now: number, context: CallContext | undefined): void {
    this.witness?.counted(counts, now);
    if (counts.failures === 0 && counts.slow === 0) return;
    const rule = tripRule(this.options, counts, this.counting.consecutiveFailures);
    if (rule !== null) this.open(rule, now, context);
  }

  private isStreakOver(counting: Counting, now: number): boolean {
    const { samplingDuration } = this.options;
    return samplingDuration !== null && now - counting.lastFailureAt > samplingDuration;
  }
}

/** Rounded up: who comes back after it is not too early. */
const wholeUntil = (instant: number, now: number): number => Math.max(0, Math.ceil(instant - now));
