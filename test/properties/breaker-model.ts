import type { CircuitState } from 'nest-circuit-breaker/engine';

/** The options that the model understands: all said, so that nothing is resolved. */
export interface ModelOptions {
  readonly failureThreshold: number | false;
  readonly failureRatio: number | false;
  readonly slowCallDuration: number | undefined;
  readonly slowCallRatio: number | undefined;
  readonly minimumThroughput: number;
  readonly samplingDuration: number | undefined;
  readonly samplingSize: number | undefined;
  readonly breakDuration: number;
  /** Breaks grow with each that follows another. */
  readonly isGrowing: boolean;
  readonly halfOpenMaxCalls: number;
  readonly successThreshold: number;
  readonly halfOpenTimeout: number | undefined;
  readonly timeout: number | undefined;
}

export type Outcome = 'success' | 'failure' | 'ignored';

/** One call, kept for ever. */
export interface ModelCall {
  readonly stay: number;
  readonly epoch: number;
  readonly admittedAt: number;
  readonly deadline: number;
  readonly timesOutAt: number;
  /** Passed in a state that counts nothing. */
  readonly isFree: boolean;
  isPending: boolean;
  /** Where it is counted; `null` while it is under way. */
  counted: Outcome | 'stale' | null;
  isTimeout: boolean;
  isSlow: boolean;
}

/** One ended call of a closed period. */
interface Entry {
  readonly at: number;
  readonly ok: boolean;
  readonly slow: boolean;
}

interface Rehearsed {
  until: number;
  attempt: number;
  successes: number;
}

export interface ModelTotals {
  calls: number;
  successes: number;
  failures: number;
  timeouts: number;
  ignored: number;
  refused: number;
  slow: number;
  stale: number;
  transitions: number;
}

export interface ModelSaved {
  readonly wall: number;
  readonly kind: CircuitState;
  readonly remaining: number;
  readonly attempt: number;
  readonly streak: number;
  readonly window: { readonly successes: number; readonly failures: number; readonly slow: number };
  readonly totals: ModelTotals;
}

const NONE: ModelTotals = {
  calls: 0, successes: 0, failures: 0, timeouts: 0, ignored: 0, refused: 0, slow: 0, stale: 0, transitions: 0,
}; // prettier-ignore

/**
 * What a circuit breaker is, said once more and as plainly as can be: all calls are kept in one array, and whatever is
 * asked is found by looking through it. It knows nothing of promises, and its time moves only when it is told.
 */
export class BreakerModel {
  now = 0;
  wall = 0;
  kind: CircuitState = 'closed';
  readonly calls: ModelCall[] = [];
  readonly events: string[] = [];
  options: ModelOptions;
  private stay = 0;
  private epoch = 0;
  private until = Infinity;
  private attempt = 0;
  private breakDuration = 0;
  private probeTime = 0;
  private successes = 0;
  private rehearsal: Rehearsed = { until: -Infinity, attempt: 0, successes: 0 };
  private entries: Entry[] = [];
  private streak = 0;
  private lastFailureAt = -Infinity;
  private base: ModelTotals = NONE;
  private refused = 0;
  private transitions = 0;

  constructor(options: ModelOptions) {
    this.options = options;
  }

  get probes(): ModelCall[] {
    return this.calls.filter((call) => call.isPending && this.kind === 'half_open' && call.stay === this.stay);
  }

  get totals(): ModelTotals {
    const { base } = this;
    const own = this.calls.filter((call) => call.epoch === this.epoch && !call.isFree);
    const count = (test: (call: ModelCall) => boolean): number => own.filter(test).length;
    return {
      calls: base.calls + own.length,
      successes: base.successes + count(({ counted }) => counted === 'success'),
      failures: base.failures + count(({ counted }) => counted === 'failure'),
      timeouts: base.timeouts + count(({ counted, isTimeout }) => counted === 'failure' && isTimeout),
      ignored: base.ignored + count(({ counted }) => counted === 'ignored'),
      refused: base.refused + this.refused,
      slow: base.slow + count(({ isSlow }) => isSlow),
      stale: base.stale + count(({ counted }) => counted === 'stale'),
      transitions: base.transitions + this.transitions,
    };
  }

  get inFlight(): number {
    return this.calls.filter((call) => call.epoch === this.epoch && !call.isFree && call.counted === null).length;
  }

  get window(): { calls: number; successes: number; failures: number; slow: number; consecutiveFailures: number } {
    const held = this.held();
    const failures = held.filter(({ ok }) => !ok).length;
    return {
      calls: held.length,
      successes: held.length - failures,
      failures,
      slow: held.filter(({ slow }) => slow).length,
      consecutiveFailures: this.currentStreak(),
    };
  }

  get retryAfter(): number | null {
    const left = Math.max(0, this.until - this.now);
    if (this.kind === 'open') return left;
    if (this.kind === 'isolated') return left === Infinity ? null : left;
    const { probes } = this;
    if (this.kind !== 'half_open' || probes.length < this.options.halfOpenMaxCalls) return null;
    return Math.max(0, (probes[0] as ModelCall).deadline - this.now);
  }

  /** A call comes; `undefined` where it is refused. */
  admit(hasLimit: boolean): ModelCall | undefined {
    this.expireProbe();
    if (this.kind !== 'closed' && this.kind !== 'half_open' && this.now >= this.until) {
      if (this.kind === 'open' || this.kind === 'isolated') this.toHalfOpen();
      else this.toClosed();
    }
    const isFull = this.kind === 'half_open' && this.probes.length >= this.options.halfOpenMaxCalls;
    if (this.kind === 'open' || this.kind === 'isolated' || isFull) {
      this.refused++;
      this.events.push('refused');
      return undefined;
    }
    if (this.kind === 'metrics_only' && this.now < this.rehearsal.until) {
      this.refused++;
      this.events.push('refused');
    }
    const { timeout } = this.options;
    const call: ModelCall = {
      stay: this.stay,
      epoch: this.epoch,
      admittedAt: this.now,
      deadline: this.now + this.probeTime,
      timesOutAt: hasLimit && timeout !== undefined ? this.now + timeout : Infinity,
      isFree: this.kind === 'disabled',
      isPending: true,
      counted: null,
      isTimeout: false,
      isSlow: false,
    };
    this.calls.push(call);
    return call;
  }

  /** A call ends. */
  settle(call: ModelCall, outcome: Outcome, isTimeout = false): void {
    if (!call.isPending) return;
    if (call.isFree) {
      call.isPending = false;
      return;
    }
    this.expireProbe();
    call.isPending = false;
    if (call.stay !== this.stay) {
      call.counted = 'stale';
      this.events.push('stale_result');
      return;
    }
    call.counted = outcome;
    if (outcome === 'ignored') {
      this.events.push('ignored');
      return;
    }
    const { slowCallDuration } = this.options;
    const slow = slowCallDuration !== undefined && this.now - call.admittedAt >= slowCallDuration;
    const ok = outcome === 'success';
    call.isSlow = slow;
    call.isTimeout = isTimeout;
    this.events.push(ok ? 'succeeded' : 'failed', ...(slow ? ['slow'] : []));
    if (this.kind === 'half_open') {
      if (!ok) this.open(this.now);
      else if (++this.successes >= this.options.successThreshold) this.toClosed();
      return;
    }
    this.streak = ok ? 0 : this.currentStreak() + 1;
    if (!ok) this.lastFailureAt = this.now;
    this.entries.push({ at: this.now, ok, slow });
    if (this.kind === 'closed' && this.wouldTrip()) this.open(this.now);
    if (this.kind === 'metrics_only') this.rehearse(call, ok);
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = this.calls
        .filter((call) => call.isPending && call.timesOutAt <= end)
        .sort((a, b) => a.timesOutAt - b.timesOutAt)[0];
      if (due === undefined) break;
      this.moveTo(Math.max(this.now, due.timesOutAt));
      this.events.push('timed_out');
      this.settle(due, 'failure', true);
    }
    this.moveTo(end);
  }

  set(kind: 'isolated' | 'disabled' | 'metrics_only', duration: number | undefined): void {
    this.enter(kind, duration === undefined ? Infinity : this.now + duration);
    if (kind === 'metrics_only') {
      this.forgetWindow();
      this.rehearsal = { until: -Infinity, attempt: 0, successes: 0 };
    }
    this.events.push(kind === 'metrics_only' ? 'updated' : kind);
  }

  close(): void {
    if (this.kind !== 'closed') this.toClosed();
  }

  reset(): void {
    this.enter('closed', Infinity);
    this.forgetWindow();
    this.startEpoch(NONE);
    this.events.push('reset');
  }

  update(options: ModelOptions): void {
    const { samplingDuration, samplingSize } = this.options;
    const isReshaped = options.samplingDuration !== samplingDuration || options.samplingSize !== samplingSize;
    if (isReshaped) {
      const held = this.held();
      if (samplingDuration === undefined) this.entries = held.map((entry) => ({ ...entry, at: this.now }));
      else {
        const starts = [...new Set(held.map(({ at }) => this.bucketStart(at, samplingDuration)))].sort((a, b) => a - b);
        this.entries = starts.flatMap((at) => mixed(held.filter((e) => this.bucketStart(e.at, samplingDuration) === at), at)); // prettier-ignore
      }
    }
    this.options = options;
    if (isReshaped) this.entries = this.held();
    this.events.push('updated');
  }

  save(): ModelSaved {
    const { window, totals } = this;
    const calls = totals.calls - this.inFlight;
    return {
      wall: this.wall,
      kind: this.kind,
      remaining: this.until === Infinity ? Infinity : Math.max(0, this.until - this.now),
      attempt: this.attempt,
      streak: window.consecutiveFailures,
      window,
      totals: { ...totals, calls },
    };
  }

  restore(saved: ModelSaved): void {
    const elapsed = Math.max(0, this.wall - saved.wall);
    const { kind } = saved;
    this.stay++;
    this.kind = kind === 'half_open' ? 'open' : kind;
    const isTimed = kind !== 'closed' && kind !== 'half_open' && saved.remaining !== Infinity;
    this.until = isTimed ? this.now + Math.max(0, saved.remaining - elapsed) : Infinity;
    if (this.kind === 'open' && !isTimed) this.until = this.now;
    this.attempt = this.kind === 'open' ? saved.attempt : 0;
    this.breakDuration = this.breakOf(Math.max(1, this.attempt));
    this.rehearsal = { until: -Infinity, attempt: 0, successes: 0 };
    const { successes, failures, slow } = saved.window;
    this.entries = mixture(successes, failures, slow, this.now);
    this.entries = this.held();
    this.streak = saved.streak;
    this.lastFailureAt = this.now;
    this.startEpoch(saved.totals);
  }

  private held(): Entry[] {
    const { samplingDuration, samplingSize } = this.options;
    if (samplingDuration === undefined) return this.entries.slice(-(samplingSize as number));
    return this.entries.filter(({ at }) => this.bucketStart(at, samplingDuration) + samplingDuration > this.now);
  }

  private bucketStart(at: number, samplingDuration: number): number {
    return (Math.floor((at * 10) / samplingDuration) * samplingDuration) / 10;
  }

  private currentStreak(): number {
    const { samplingDuration } = this.options;
    const isOver = samplingDuration !== undefined && this.now - this.lastFailureAt > samplingDuration;
    return isOver ? 0 : this.streak;
  }

  private wouldTrip(): boolean {
    const { failureThreshold, failureRatio, slowCallDuration, slowCallRatio, minimumThroughput } = this.options;
    const { calls, failures, slow, consecutiveFailures } = this.window;
    if (failureThreshold !== false && consecutiveFailures >= failureThreshold) return true;
    if (calls < minimumThroughput) return false;
    if (failureRatio !== false && failures / calls >= failureRatio) return true;
    return slowCallDuration !== undefined && slow / calls >= (slowCallRatio ?? 1);
  }

  private rehearse(call: ModelCall, ok: boolean): void {
    const { rehearsal } = this;
    if (call.admittedAt < rehearsal.until || this.now < rehearsal.until) return;
    if (rehearsal.attempt === 0 ? this.wouldTrip() : !ok) {
      rehearsal.successes = 0;
      rehearsal.until = this.now + this.breakOf(++rehearsal.attempt);
    } else if (rehearsal.attempt > 0 && ++rehearsal.successes >= this.options.successThreshold) {
      rehearsal.attempt = 0;
      this.forgetWindow();
    }
  }

  private expireProbe(): void {
    const overdue = this.probes.find(({ deadline }) => deadline <= this.now);
    if (overdue === undefined) return;
    overdue.counted = 'failure';
    this.open(overdue.deadline);
  }

  private open(at: number): void {
    this.attempt = this.kind === 'half_open' || this.kind === 'open' ? this.attempt + 1 : 1;
    this.breakDuration = this.breakOf(this.attempt);
    this.enter('open', at + this.breakDuration);
    this.events.push('opened');
  }

  private toHalfOpen(): void {
    if (this.kind === 'isolated') {
      this.attempt = 0;
      this.breakDuration = this.breakOf(1);
    }
    const { attempt, breakDuration } = this;
    this.enter('half_open', Infinity);
    this.attempt = attempt;
    // a break of a fixed length is that of the options now; one that a function made is that of this break
    const usual = this.options.isGrowing ? breakDuration : this.options.breakDuration;
    this.probeTime = this.options.halfOpenTimeout ?? usual;
    this.successes = 0;
    this.events.push('half_opened');
  }

  private toClosed(): void {
    this.enter('closed', Infinity);
    this.forgetWindow();
    this.events.push('closed');
  }

  private enter(kind: CircuitState, until: number): void {
    this.stay++;
    this.kind = kind;
    this.until = until;
    this.transitions++;
    if (kind !== 'open' && kind !== 'half_open') this.attempt = 0;
  }

  private startEpoch(base: ModelTotals): void {
    this.epoch++;
    this.base = base;
    this.refused = 0;
    this.transitions = 0;
  }

  private forgetWindow(): void {
    this.entries = [];
    this.streak = 0;
    this.lastFailureAt = -Infinity;
  }

  private breakOf(attempt: number): number {
    return this.options.breakDuration * (this.options.isGrowing ? Math.min(4, attempt) : 1);
  }

  private moveTo(now: number): void {
    this.wall += now - this.now;
    this.now = now;
  }
}

const mixed = (entries: readonly Entry[], at: number): Entry[] => {
  const failures = entries.filter(({ ok }) => !ok).length;
  return mixture(entries.length - failures, failures, entries.filter(({ slow }) => slow).length, at);
};

/** So many calls of which nothing but sums is known: evenly mixed. */
function mixture(successes: number, failures: number, slow: number, at: number): Entry[] {
  const calls = successes + failures;
  const isOneOf = (share: number, i: number): boolean =>
    Math.floor(((i + 1) * share) / calls) !== Math.floor((i * share) / calls);
  return Array.from({ length: calls }, (_, i) => ({ at, ok: !isOneOf(failures, i), slow: isOneOf(slow, i) }));
}
