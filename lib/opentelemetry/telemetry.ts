import { createNoopMeter, metrics } from '@opentelemetry/api';
import type { MeterProvider } from '@opentelemetry/api';

import { MetricsFeed } from '../engine/index.js';
import type { PolicyRegistry } from '../engine/index.js';
import { MeterSink } from './meter-sink.js';
import { SpanEvents, canHaveActiveSpan } from './span-events.js';

export interface TelemetryOptions {
  /** Whose meter counts. @default the global one, as it is registered when the application starts */
  readonly meterProvider?: MeterProvider | undefined;
  /**
   * How many names an attribute may take; all later ones are counted as `_other`.
   * @default 500
   */
  readonly maxNames?: number | undefined;
}

const METER = 'nest-circuit-breaker';

/**
 * Tells OpenTelemetry of a registry's policies, until the answer is called. It listens only where somebody takes what
 * it says: without an SDK no event is ever made for it.
 */
export function startTelemetry(policies: PolicyRegistry, options: TelemetryOptions = {}): () => void {
  const stops = [...startMeter(policies, options), ...startSpans(policies)];
  return () => {
    for (const stop of stops.splice(0)) stop();
  };
}

function startMeter(policies: PolicyRegistry, options: TelemetryOptions): readonly (() => void)[] {
  const { meterProvider = metrics.getMeterProvider(), maxNames } = options;
  const meter = meterProvider.getMeter(METER);
  if (meter === createNoopMeter()) return [];
  const sink = new MeterSink(meter);
  const feed = new MetricsFeed(policies, sink, { maxNames });
  return [sink.observe(() => feed.read()), () => feed.close()];
}

function startSpans(policies: PolicyRegistry): readonly (() => void)[] {
  if (!canHaveActiveSpan()) return [];
  const events = new SpanEvents(policies);
  return [() => events.close()];
}
