import type { PolicyEvent, PolicyEventType, PolicyRegistry } from '../engine/index.js';

/** What events are mirrored to: `EventEmitter2` of `@nestjs/event-emitter`, or anything with its `emit`. */
export interface EventSink {
  emit(name: string, event: PolicyEvent): unknown;
}

/** Which events are mirrored. */
export interface MirrorOptions {
  /** Name those you need: `succeeded` and `failed` are made for every call. @default all */
  readonly types?: readonly PolicyEventType[] | undefined;
}

/**
 * Hands the policies' events to an emitter as `circuit_breaker.opened`, `retry.retried` and so on, so that
 * `@OnEvent('circuit_breaker.*')` hears them; answers how to stop. A listener that throws harms nobody.
 */
export function mirrorEvents(registry: PolicyRegistry, sink: EventSink, options: MirrorOptions = {}): () => void {
  const listener = (event: PolicyEvent): void => void sink.emit(`${event.policy}.${event.type}`, event);
  const stops = (options.types ?? ['*' as const]).map((type) => registry.on(type, listener as never));
  return () => {
    for (const stop of stops) stop();
  };
}
