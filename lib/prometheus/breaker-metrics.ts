import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

import type {
  BreakerReading,
  CallOutcome,
  CircuitState,
  CounterLabels,
  CounterName,
  MetricsSink,
} from '../engine/index.js';
import { COUNTER_NAMES, METRICS } from './metric-names.js';

/** Reads how the breakers stand; metrics ask it when they are scraped. */
export type ReadingSource = () => readonly BreakerReading[];

/** This library's own metrics in one Prometheus registry. Gauges are set when they are scraped, not before. */
export class BreakerMetrics implements MetricsSink {
  private readonly counters: ReadonlyMap<CounterName, Counter>;
  private readonly durations: Histogram<'breaker' | 'outcome'>;

  constructor(registry: Registry, read: ReadingSource, buckets: readonly number[]) {
    const of = <L extends string>(metric: { name: string; help: string; labels: readonly L[] }) => ({
      name: metric.name,
      help: metric.help,
      labelNames: [...metric.labels],
      registers: [registry],
    });
    this.counters = new Map(COUNTER_NAMES.map((counter) => [counter, new Counter<string>(of(METRICS[counter]))]));
    this.durations = new Histogram({ ...of(METRICS.callDuration), buckets: [...buckets] });
    new Gauge({
      ...of(METRICS.state),
      collect() {
        this.reset();
        eachState(read(), ({ states }) => states, (labels, value) => this.inc(labels, value));
      },
    }); // prettier-ignore
    new Counter({
      ...of(METRICS.stateSeconds),
      collect() {
        this.reset();
        eachState(read(), ({ stateSeconds }) => stateSeconds, (labels, value) => this.inc(labels, value));
      },
    }); // prettier-ignore
    new Gauge({
      ...of(METRICS.failureRatio),
      aggregator: 'max',
      collect() {
        this.reset();
        for (const [breaker, ratio] of highest(read(), 'failureRatio')) this.set({ breaker }, ratio);
      },
    });
    new Gauge({
      ...of(METRICS.slowRatio),
      aggregator: 'max',
      collect() {
        this.reset();
        for (const [breaker, ratio] of highest(read(), 'slowRatio')) this.set({ breaker }, ratio);
      },
    });
  }

  count<C extends CounterName>(counter: C, labels: CounterLabels[C]): void {
    this.counters.get(counter)?.inc({ ...labels });
  }

  callTook(breaker: string, outcome: CallOutcome, seconds: number): void {
    this.durations.observe({ breaker, outcome }, seconds);
  }
}

function eachState(
  readings: readonly BreakerReading[],
  values: (reading: BreakerReading) => Readonly<Record<CircuitState, number>>,
  add: (labels: { breaker: string; state: string }, value: number) => void,
): void {
  for (const reading of readings) {
    for (const [state, value] of Object.entries(values(reading))) add({ breaker: reading.breaker, state }, value);
  }
}

/** Two applications may have a breaker of one name each in the same Prometheus registry. */
export function highest(
  readings: readonly BreakerReading[],
  ratio: 'failureRatio' | 'slowRatio',
): ReadonlyMap<string, number> {
  const ratios = new Map<string, number>();
  for (const reading of readings) {
    ratios.set(reading.breaker, Math.max(reading[ratio], ratios.get(reading.breaker) ?? 0));
  }
  return ratios;
}
