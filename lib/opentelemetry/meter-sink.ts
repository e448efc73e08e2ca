import type { BatchObservableResult, Counter, Histogram, Meter } from '@opentelemetry/api';

import type {
  BreakerReading,
  CallOutcome,
  CircuitState,
  CounterLabels,
  CounterName,
  MetricsSink,
} from '../engine/index.js';
import { COUNTER_INSTRUMENTS, INSTRUMENTS } from './instrument-names.js';

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts and durations as instruments of one meter. */
export class MeterSink implements MetricsSink {
  private readonly counters: ReadonlyMap<CounterName, Counter>;
  private readonly durations: Histogram;

  constructor(private readonly meter: Meter) {
    this.counters = new Map(
      (Object.keys(COUNTER_INSTRUMENTS) as CounterName[]).map((counter) => {
        const { name, ...options } = COUNTER_INSTRUMENTS[counter];
        return [counter, meter.createCounter(name, options)];
      }),
    );
    const { name, ...options } = INSTRUMENTS.callDuration;
    this.durations = meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries: BUCKETS } });
  }

  count<C extends CounterName>(counter: C, labels: CounterLabels[C]): void {
    this.counters.get(counter)?.add(1, { ...labels });
  }

  callTook(breaker: string, outcome: CallOutcome, seconds: number): void {
    this.durations.record(seconds, { breaker, outcome });
  }

  /** Has `read` asked how the breakers stand whenever metrics are collected, until the answer is called. */
  observe(read: () => readonly BreakerReading[]): () => void {
    const { meter } = this;
    const state = meter.createObservableGauge(INSTRUMENTS.state.name, INSTRUMENTS.state);
    const stateDuration = meter.createObservableCounter(INSTRUMENTS.stateDuration.name, INSTRUMENTS.stateDuration);
    const failureRatio = meter.createObservableGauge(INSTRUMENTS.failureRatio.name, INSTRUMENTS.failureRatio);
    const slowRatio = meter.createObservableGauge(INSTRUMENTS.slowRatio.name, INSTRUMENTS.slowRatio);
    const instruments = [state, stateDuration, failureRatio, slowRatio];
    const collect = (result: BatchObservableResult): void => {
      for (const { breaker, states, stateSeconds, ...reading } of read()) {
        for (const each of Object.keys(states) as CircuitState[]) {
          result.observe(state, states[each], { breaker, state: each });
          result.observe(stateDuration, stateSeconds[each], { breaker, state: each });
        }
        result.observe(failureRatio, reading.failureRatio, { breaker });
        result.observe(slowRatio, reading.slowRatio, { breaker });
      }
    };
    meter.addBatchObservableCallback(collect, instruments);
    return () => meter.removeBatchObservableCallback(collect, instruments);
  }
}
