import type { PolicyEvent, PolicyEventType, PolicyRegistry } from '../engine/index.js';
import { CallHistory } from './call-history.js';
import { EventLog } from './event-log.js';
import { recordOf } from './event-record.js';
import type { EventRecord } from './event-record.js';
import type { Redaction } from './redaction.js';

/** What happened to a breaker, rather than to one of its calls. */
const MOVES = [
  'opened', 'closed', 'half_opened', 'isolated', 'disabled', 'reset', 'adapted', 'updated',
] as const satisfies readonly PolicyEventType[]; // prettier-ignore

const CALLS = [
  'succeeded', 'failed', 'ignored', 'refused', 'timed_out', 'slow', 'stale_result',
] as const satisfies readonly PolicyEventType[]; // prettier-ignore

/** Names that are kept beyond those of the registry, before the others are forgotten. */
const SPARE = 100;

/** What is remembered of one breaker. */
export interface Memory {
  readonly log: EventLog;
  readonly calls: CallHistory;
}

/** Writes down what happens to the breakers: the registry itself remembers how they stand, not how it came to that. */
export class Recorder {
  private readonly memories = new Map<string, Memory>();
  private readonly stops: (() => void)[];
  /** Hears of transitions. */
  onMove: ((record: EventRecord) => void) | undefined;

  constructor(
    private readonly registry: PolicyRegistry,
    private readonly redaction: Redaction,
  ) {
    this.stops = [
      ...MOVES.map((type) => registry.on(type, (event) => this.moved(event as PolicyEvent))),
      ...CALLS.map((type) => registry.on(type, (event) => this.called(event as PolicyEvent))),
    ];
  }

  of(name: string): Memory | undefined {
    return this.memories.get(name);
  }

  /** The last events of a breaker, oldest first. */
  eventsOf(name: string): readonly EventRecord[] {
    const kept = this.memories.get(name)?.log.read() ?? [];
    return kept.map((each) => ('policy' in each ? recordOf(each, this.redaction) : each));
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
  }

  private moved(event: PolicyEvent): void {
    if (event.policy !== 'circuit_breaker') return;
    const record = recordOf(event, this.redaction);
    const memory = this.remember(event.name);
    memory.log.move(record);
    if (event.type === 'reset') memory.calls.clear();
    this.onMove?.(record);
  }

  private called(event: PolicyEvent): void {
    if (event.policy !== 'circuit_breaker') return;
    const memory = this.remember(event.name);
    // an error is not held on to: it may be large, and tell secrets
    memory.log.call('error' in event ? recordOf(event, this.redaction) : event);
    const now = this.registry.scope.clock.now();
    if (event.type === 'succeeded') memory.calls.settled(now, 'successes', event.duration);
    else if (event.type === 'failed') memory.calls.settled(now, 'failures', event.duration);
    // one in `metrics_only` has let the call pass
    else if (event.type === 'refused' && event.state !== 'metrics_only') memory.calls.refused(now);
  }

  private remember(name: string): Memory {
    let memory = this.memories.get(name);
    if (memory === undefined) {
      this.prune();
      memory = { log: new EventLog(), calls: new CallHistory() };
      this.memories.set(name, memory);
    }
    return memory;
  }

  /** Keyed breakers come and go. */
  private prune(): void {
    if (this.memories.size < SPARE || this.memories.size < 2 * this.registry.summary().total) return;
    for (const name of this.memories.keys()) if (this.registry.find(name) === undefined) this.memories.delete(name);
  }
}
