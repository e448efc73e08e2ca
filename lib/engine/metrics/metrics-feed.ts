import type { PolicyEventOf, PolicyEventType, PolicyListener } from '../events.js';
import type { PolicyRegistry } from '../registry.js';
import type { CircuitBreakerSnapshot } from '../snapshot.js';
import type { BreakerReading, CallOutcome, MetricsSink } from './metrics-sink.js';
import { NameLimit } from './name-limit.js';
import { StateTimes, everyState } from './state-times.js';

export interface MetricsFeedOptions {
  /**
   * How many names a label may take, for breakers and for other policies each; all later ones are counted as `_other`.
   * @default 500
   */
  readonly maxNames?: number | undefined;
}

const CALL_EVENTS = {
  succeeded: 'success',
  failed: 'failure',
  ignored: 'ignored',
  stale_result: 'stale',
} as const satisfies Partial<Record<PolicyEventType, CallOutcome>>;

const TRANSITION_EVENTS = ['opened', 'closed', 'half_opened', 'isolated', 'disabled', 'reset', 'updated'] as const;

/** Tells a metrics system what happens in a registry, and on demand how its breakers stand. */
export class MetricsFeed {
  private readonly stops: (() => void)[] = [];
  private readonly breakers: NameLimit;
  private readonly others: NameLimit;
  private readonly times: StateTimes;

  constructor(
    private readonly registry: PolicyRegistry,
    private readonly sink: MetricsSink,
    { maxNames = 500 }: MetricsFeedOptions = {},
  ) {
    this.breakers = new NameLimit(maxNames);
    this.others = new NameLimit(maxNames);
    this.times = new StateTimes(registry.scope.clock, (name) => this.breakers.labelOf(name));
    for (const type of Object.keys(CALL_EVENTS) as (keyof typeof CALL_EVENTS)[]) this.hearCalls(type);
    for (const type of TRANSITION_EVENTS) this.on(type, (event) => this.transition(event));
    this.hearPolicies();
  }

  /** How the breakers stand, by label; one that exists has all its states. */
  read(): readonly BreakerReading[] {
    const snapshots = this.registry.snapshot();
    this.times.keepOnly(new Set(snapshots.map(({ name }) => name)));
    const readings = new Map<string, CircuitBreakerSnapshot[]>();
    for (const snapshot of snapshots) {
      this.times.see(snapshot);
      const label = this.breakers.labelOf(snapshot.name);
      const others = readings.get(label);
      if (others === undefined) readings.set(label, [snapshot]);
      else others.push(snapshot);
    }
    return [...readings].map(([breaker, of]) => readingOf(breaker, of, this.times));
  }

  /** Hears no more. */
  close(): void {
    for (const stop of this.stops.splice(0)) stop();
  }

  private hearCalls(type: keyof typeof CALL_EVENTS): void {
    const outcome = CALL_EVENTS[type];
    this.on(type, ({ name, duration }) => {
      if (!this.times.knows(name)) this.meet(name);
      const breaker = this.breakers.labelOf(name);
      this.sink.count('calls', { breaker, outcome });
      this.sink.callTook(breaker, outcome, duration / 1_000);
    });
  }

  private hearPolicies(): void {
    const { sink } = this;
    this.on('slow', ({ name }) => sink.count('slowCalls', { breaker: this.breakers.labelOf(name) }));
    this.on('refused', (event) => this.refused(event));
    this.on('retried', (event) => sink.count('retries', { name: this.nameOf(event) }));
    this.on('retries_exhausted', (event) => {
      sink.count('retriesExhausted', { name: this.nameOf(event), reason: event.reason });
    });
    this.on('timed_out', (event) => sink.count('timeouts', { name: this.nameOf(event) }));
    this.on('fell_back', (event) => sink.count('fallbacks', { name: this.nameOf(event) }));
    this.on('hedged', (event) => sink.count('hedges', { name: this.nameOf(event) }));
  }

  private refused(event: PolicyEventOf<'refused'>): void {
    const { sink } = this;
    if (event.policy === 'bulkhead') sink.count('bulkheadRefused', { name: this.nameOf(event) });
    else if (event.policy === 'rate_limiter') sink.count('rateLimited', { name: this.nameOf(event) });
    else if (event.policy === 'circuit_breaker') {
      const breaker = this.breakers.labelOf(event.name);
      sink.count(event.state === 'metrics_only' ? 'wouldRefuse' : 'refused', { breaker });
    }
  }

  private transition({ name, from, to }: PolicyEventOf<(typeof TRANSITION_EVENTS)[number]>): void {
    // an update of options is none, nor is the reset of a closed breaker
    if (from === undefined || to === undefined || from === to) return;
    this.times.enter(name, to);
    this.sink.count('transitions', { breaker: this.breakers.labelOf(name), from, to });
  }

  private meet(name: string): void {
    const breaker = this.registry.find(name);
    if (breaker !== undefined) this.times.see(breaker.snapshot());
  }

  /** An unnamed policy goes by the operation that it guards. */
  private nameOf({ name, operation }: { readonly name: string; readonly operation?: string }): string {
    return this.others.labelOf(name === '' ? (operation ?? 'unnamed') : name);
  }

  private on<T extends PolicyEventType>(type: T, listener: PolicyListener<T>): void {
    this.stops.push(this.registry.on(type, listener));
  }
}

function readingOf(breaker: string, of: readonly CircuitBreakerSnapshot[], times: StateTimes): BreakerReading {
  const states = everyState();
  for (const { state } of of) states[state]++;
  const sum = (read: (snapshot: CircuitBreakerSnapshot) => number) => of.reduce((total, each) => total + read(each), 0);
  const highest = (read: (snapshot: CircuitBreakerSnapshot) => number) => Math.max(...of.map(read));
  return {
    breaker,
    states,
    stateSeconds: times.secondsOf(breaker),
    failureRatio: highest(({ window }) => window.failureRatio),
    slowRatio: highest(({ window }) => window.slowRatio),
    window: { successes: sum(({ window }) => window.successes), failures: sum(({ window }) => window.failures) },
    longest: {
      success: highest(({ latency }) => latency.success.max ?? 0),
      failure: highest(({ latency }) => latency.failure.max ?? 0),
    },
  };
}
