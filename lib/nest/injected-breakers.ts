import type { CircuitBreakerPolicy, PolicyRegistry } from '../engine/index.js';

/**
 * The breakers that the container makes for `@InjectCircuitBreaker()`. Nest makes those that any class of the process
 * injects: some are asked for by nobody of this application.
 */
export class InjectedBreakers {
  private readonly unclaimed = new Map<string, CircuitBreakerPolicy>();

  constructor(private readonly registry: PolicyRegistry) {}

  provide(name: string): CircuitBreakerPolicy {
    const known = this.registry.find(name);
    if (known !== undefined) return known;
    const breaker = this.registry.circuitBreaker(name);
    this.unclaimed.set(name, breaker);
    return breaker;
  }

  /** Somebody asks for it, by injection or in a decorator. */
  claim(name: string): void {
    this.unclaimed.delete(name);
  }

  /** Forgets those that nobody has asked for, and answers which they were. */
  dropUnclaimed(): ReadonlySet<unknown> {
    const dropped = new Set<unknown>(this.unclaimed.values());
    for (const name of this.unclaimed.keys()) this.registry.remove(name);
    this.unclaimed.clear();
    return dropped;
  }
}
