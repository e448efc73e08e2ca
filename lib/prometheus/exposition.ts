import type { Registry } from 'prom-client';

import { MetricsFeed } from '../engine/index.js';
import type { BreakerReading, MetricsSink, PolicyRegistry } from '../engine/index.js';
import { BreakerMetrics } from './breaker-metrics.js';
import { METRICS, RESILIENCE4J_METRICS } from './metric-names.js';
import { Resilience4jMetrics } from './resilience4j-metrics.js';

export interface ExpositionOptions {
  /** Emit resilience4j's metric names as well. @default false */
  readonly resilience4jNames?: boolean | undefined;
  /**
   * Upper bounds of the buckets of durations, in seconds.
   * @default 5 ms to 10 s in eleven steps
   */
  readonly buckets?: readonly number[] | undefined;
  /**
   * How many names a label may take; all later ones are counted as `_other`.
   * @default 500
   */
  readonly maxNames?: number | undefined;
}

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

type MetricTable = Readonly<Record<string, { readonly name: string }>>;

const namesOf = (table: MetricTable): readonly string[] => Object.values(table).map(({ name }) => name);

const expositions = new WeakMap<Registry, Exposition>();

/**
 * The metrics in one Prometheus registry, fed by every application that uses it: a process may have several, and
 * prom-client lets a name be registered once. The first application's buckets hold; with the last one the metrics go.
 */
export class Exposition {
  private readonly sinks = new Map<MetricTable, MetricsSink>();
  private readonly feeds = new Set<MetricsFeed>();
  private readings: readonly BreakerReading[] | undefined;

  private constructor(private readonly registry: Registry) {}

  /**
   * Feeds a Prometheus registry from a registry of policies, until the answer is called.
   * @throws when the Prometheus registry has a metric of such a name that isn't ours
   */
  static attach(registry: Registry, policies: PolicyRegistry, options: ExpositionOptions = {}): () => void {
    const exposition = expositions.get(registry) ?? new Exposition(registry);
    expositions.set(registry, exposition);
    try {
      return exposition.add(policies, options);
    } catch (error) {
      exposition.removeUnused();
      throw error;
    }
  }

  private add(policies: PolicyRegistry, { resilience4jNames = false, buckets = BUCKETS, maxNames }: ExpositionOptions) {
    const read = (): readonly BreakerReading[] => this.read();
    this.ensure(METRICS, () => new BreakerMetrics(this.registry, read, buckets));
    if (resilience4jNames) {
      this.ensure(RESILIENCE4J_METRICS, () => new Resilience4jMetrics(this.registry, read, buckets));
    }
    const feed = new MetricsFeed(policies, this.sink, { maxNames });
    this.feeds.add(feed);
    return () => this.remove(feed);
  }

  /** Registers metrics all at once or, where a name is taken, none. */
  private ensure(table: MetricTable, make: () => MetricsSink): void {
    const taken = namesOf(table).find((name) => this.registry.getSingleMetric(name) !== undefined);
    if (taken !== undefined && this.sinks.has(table)) return;
    if (taken !== undefined) {
      throw new Error(
        `the Prometheus registry has a metric "${taken}" already, which isn't of this module; ` +
          'give CircuitBreakerPrometheusModule.forRoot({ registry: new Registry() }) one of its own',
      );
    }
    this.sinks.set(table, make());
  }

  private remove(feed: MetricsFeed): void {
    feed.close();
    if (this.feeds.delete(feed)) this.removeUnused();
  }

  private removeUnused(): void {
    if (this.feeds.size > 0) return;
    for (const table of this.sinks.keys()) for (const name of namesOf(table)) this.registry.removeSingleMetric(name);
    expositions.delete(this.registry);
  }

  private readonly sink: MetricsSink = {
    count: (counter, labels) => {
      for (const sink of this.sinks.values()) sink.count(counter, labels);
    },
    callTook: (breaker, outcome, seconds) => {
      for (const sink of this.sinks.values()) sink.callTook(breaker, outcome, seconds);
    },
  };

  /** One reading serves all metrics of a scrape: prom-client begins to collect them in one turn. */
  private read(): readonly BreakerReading[] {
    if (this.readings === undefined) {
      this.readings = [...this.feeds].flatMap((feed) => feed.read());
      queueMicrotask(() => (this.readings = undefined));
    }
    return this.readings;
  }
}
