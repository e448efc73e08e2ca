import { ROOT_CONTEXT, context, createContextKey, trace } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';

import type { PolicyEventOf, PolicyEventType, PolicyRegistry } from '../engine/index.js';
import { SPAN_ATTRIBUTES } from './instrument-names.js';

const TRANSITIONS = ['opened', 'closed', 'half_opened', 'isolated', 'disabled', 'reset'] as const;
const SETTLEMENTS = ['succeeded', 'failed', 'ignored'] as const;
const PLAIN = ['timed_out', 'fell_back', 'slow', 'stale_result'] as const;

const PROBE = createContextKey('nest-circuit-breaker probe');

/** Whether a span can be active at all: without a context manager, which comes with an SDK, none ever is. */
export function canHaveActiveSpan(): boolean {
  const marked = ROOT_CONTEXT.setValue(PROBE, true);
  return context.with(marked, () => context.active().getValue(PROBE) === true);
}

/**
 * Writes what happens to a call onto the span that is active in the call: events for what is out of the ordinary,
 * attributes for how the call stands. Policies tell what happens in the context of the call that it happens to.
 * Arguments, results and errors stay out of it.
 */
export class SpanEvents {
  private readonly stops: readonly (() => void)[];

  constructor(private readonly policies: PolicyRegistry) {
    this.stops = [
      ...SETTLEMENTS.map((type) => policies.on(type, (event) => this.settled(event))),
      ...TRANSITIONS.map((type) => policies.on(type, (event) => this.moved(event))),
      ...PLAIN.map((type) => policies.on(type, (event) => this.note(event, {}))),
      policies.on('refused', (event) => this.refused(event)),
      policies.on('retried', (event) => this.retried(event)),
      policies.on('retries_exhausted', (event) => {
        this.note(event, { reason: event.reason, [SPAN_ATTRIBUTES.attempt]: event.attempts });
      }),
      policies.on('hedged', (event) => this.note(event, { [SPAN_ATTRIBUTES.attempt]: event.attempt })),
    ];
  }

  close(): void {
    for (const stop of this.stops) stop();
  }

  private settled({ name }: PolicyEventOf<(typeof SETTLEMENTS)[number]>): void {
    const state = this.policies.find(name)?.state;
    this.mark({ [SPAN_ATTRIBUTES.name]: name, ...(state === undefined ? {} : { [SPAN_ATTRIBUTES.state]: state }) });
  }

  private moved(event: PolicyEventOf<(typeof TRANSITIONS)[number]>): void {
    const { from, to, reason } = event;
    this.note(event, { from, to, reason });
    this.mark({ [SPAN_ATTRIBUTES.name]: event.name, [SPAN_ATTRIBUTES.state]: to });
  }

  private refused(event: PolicyEventOf<'refused'>): void {
    const { policy, name, state, retryAfter } = event;
    const wait = retryAfter === null ? {} : { retry_after: retryAfter / 1_000 };
    if (policy !== 'circuit_breaker' || state === undefined) {
      this.note(event, wait);
      return;
    }
    this.note(event, { ...wait, [SPAN_ATTRIBUTES.state]: state });
    const isRefused = state !== 'metrics_only'; // such a breaker only says what it would have refused
    this.mark({
      [SPAN_ATTRIBUTES.name]: name,
      [SPAN_ATTRIBUTES.state]: state,
      ...(isRefused ? { [SPAN_ATTRIBUTES.refused]: true } : {}),
    });
  }

  private retried(event: PolicyEventOf<'retried'>): void {
    this.note(event, { [SPAN_ATTRIBUTES.attempt]: event.attempt, delay: event.delay / 1_000 });
    this.mark({ [SPAN_ATTRIBUTES.attempt]: event.attempt });
  }

  private note({ policy, type, name }: PolicyEventOf<PolicyEventType>, details: Attributes): void {
    trace.getActiveSpan()?.addEvent(`${policy}.${type}`, { [`${policy}.name`]: name, ...details });
  }

  private mark(attributes: Attributes): void {
    trace.getActiveSpan()?.setAttributes(attributes);
  }
}
