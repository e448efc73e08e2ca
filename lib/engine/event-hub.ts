import { POLICY_EVENT_TYPES } from './events.js';
import type { PolicyEvent, PolicyEventOf, PolicyEventType, PolicyListener } from './events.js';

type AnyListener = (event: PolicyEvent) => unknown;

const nobody = (): Record<PolicyEventType, boolean> =>
  Object.fromEntries(POLICY_EVENT_TYPES.map((type) => [type, false])) as never;

const noListeners = (): Record<PolicyEventType, readonly AnyListener[]> =>
  Object.fromEntries(POLICY_EVENT_TYPES.map((type) => [type, []])) as never;

/**
 * Hands events to listeners, in the order in which things happened: an event caused by a listener waits until all
 * have heard the one before. A listener that throws or rejects is reported, and nobody else notices.
 * Read {@link hears} before making an event object: no listener, no event.
 */
export class EventHub {
  /** Which types have a listener: read by name on the path of every call, it is all that an unheard event costs. */
  readonly heard: Readonly<Record<PolicyEventType, boolean>>;
  private readonly flags = nobody();
  private readonly listeners = noListeners();
  private readonly queue: PolicyEvent[] = [];
  private draining = false;

  constructor(private readonly report: (fault: unknown, where: string) => void) {
    this.heard = this.flags;
  }

  /** Listens to one type of event, or with `'*'` to all. Calling the answer twice is harmless. */
  on<T extends PolicyEventType>(type: T | '*', listener: PolicyListener<T>): () => void {
    const types = type === '*' ? POLICY_EVENT_TYPES : [type];
    const own: AnyListener = (event) => (listener as unknown as AnyListener)(event);
    for (const each of types) this.set(each, [...this.listeners[each], own]);
    return () => {
      for (const each of types) {
        this.set(
          each,
          this.listeners[each].filter((other) => other !== own),
        );
      }
    };
  }

  hears(type: PolicyEventType): boolean {
    return this.flags[type];
  }

  emit<T extends PolicyEventType>(event: PolicyEventOf<T>): void {
    this.queue.push(Object.freeze(event) as unknown as PolicyEvent);
    if (this.draining) return;
    this.draining = true;
    try {
      for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
        for (const listener of this.listeners[next.type]) this.deliver(listener, next);
      }
    } finally {
      this.draining = false;
    }
  }

  private set(type: PolicyEventType, listeners: readonly AnyListener[]): void {
    this.listeners[type] = listeners;
    this.flags[type] = listeners.length > 0;
  }

  private deliver(listener: AnyListener, event: PolicyEvent): void {
    const failed = (fault: unknown): void => this.report(fault, `a listener of "${event.type}"`);
    try {
      const answer = listener(event) as PromiseLike<unknown> | null | undefined;
      if (typeof answer?.then === 'function') answer.then(undefined, failed);
    } catch (fault) {
      failed(fault);
    }
  }
}
