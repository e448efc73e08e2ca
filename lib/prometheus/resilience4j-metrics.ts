import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

import type { CallOutcome, CircuitState, CounterLabels, CounterName, MetricsSink } from '../engine/index.js';
import { highest } from './breaker-metrics.js';
import type { ReadingSource } from './breaker-metrics.js';
import { RESILIENCE4J_METRICS as METRICS } from './metric-names.js';

const KINDS: Readonly<Partial<Record<CallOutcome, string>>> = {
  success: 'successful',
  failure: 'failed',
  ignored: 'ignored',
};

/** `isolated` is what resilience4j calls forced open. */
const stateOf = (state: string): string => (state === 'isolated' ? 'forced_open' : state);

/**
 * The same under the names that resilience4j's Grafana boards ask for, as far as both know the same: its slow calls by
 * kind, successful retries, and free places of bulkheads and rate limiters are not in it.
 */
export class Resilience4jMetrics implements MetricsSink {
  private readonly calls: Histogram<'name' | 'kind'>;
  private readonly notPermitted: Counter<'name' | 'kind'>;
  private readonly retries: Counter<'name' | 'kind'>;
  private readonly timeouts: Counter<'name' | 'kind'>;

  constructor(registry: Registry, read: ReadingSource, buckets: readonly number[]) {
    const of = <L extends string>(metric: { name: string; help: string; labels: readonly L[] }) => ({
      name: metric.name,
      help: metric.help,
      labelNames: [...metric.labels],
      registers: [registry],
    });
    this.calls = new Histogram({ ...of(METRICS.calls), buckets: [...buckets] });
    this.notPermitted = new Counter(of(METRICS.notPermitted));
    this.retries = new Counter(of(METRICS.retries));
    this.timeouts = new Counter(of(METRICS.timeouts));
    new Gauge({
      ...of(METRICS.state),
      collect() {
        this.reset();
        for (const { breaker: name, states } of read()) {
          for (const state of Object.keys(states) as CircuitState[]) {
            this.inc({ name, state: stateOf(state) }, states[state]);
          }
        }
      },
    });
    new Gauge({
      ...of(METRICS.buffered),
      collect() {
        this.reset();
        for (const { breaker: name, window } of read()) {
          this.inc({ name, kind: 'successful' }, window.successes);
          this.inc({ name, kind: 'failed' }, window.failures);
        }
      },
    });
    new Gauge({
      ...of(METRICS.longestCall),
      aggregator: 'max',
      collect() {
        this.reset();
        for (const { breaker: name, longest } of read()) {
          this.set({ name, kind: 'successful' }, longest.success / 1_000);
          this.set({ name, kind: 'failed' }, longest.failure / 1_000);
        }
      },
    });
    for (const [metric, ratio] of [[METRICS.failureRate, 'failureRatio'], [METRICS.slowCallRate, 'slowRatio']] as const) {
      new Gauge({
        ...of(metric),
        aggregator: 'max',
        collect() {
          this.reset();
          const readings = read();
          const counted = readings.filter(({ window }) => window.successes + window.failures > 0);
          for (const { breaker: name } of readings) this.set({ name }, -1);
          for (const [name, share] of highest(counted, ratio)) this.set({ name }, share * 100);
        },
      });
    } // prettier-ignore
  }

  count<C extends CounterName>(counter: C, labels: CounterLabels[C]): void {
    if ('breaker' in labels) {
      if (counter === 'refused') this.notPermitted.inc({ name: labels.breaker, kind: 'not_permitted' });
    } else if (counter === 'retriesExhausted') this.retries.inc({ name: labels.name, kind: 'failed_with_retry' });
    else if (counter === 'timeouts') this.timeouts.inc({ name: labels.name, kind: 'timeout' });
  }

  callTook(name: string, outcome: CallOutcome, seconds: number): void {
    const kind = KINDS[outcome];
    if (kind !== undefined) this.calls.observe({ name, kind }, seconds);
  }
}
