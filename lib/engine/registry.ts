import { changedOptions, tellUpdated } from './changed-options.js';
import type { CircuitBreakerPolicy } from './circuit-breaker/circuit-breaker.js';
import { failover } from './failover.js';
import type { Candidates, FailoverOptions } from './failover.js';
import type { PolicyEventType, PolicyListener } from './events.js';
import { planOf } from './plan.js';
import type { Plan } from './plan.js';
import type { BulkheadPolicy } from './policies/bulkhead.js';
import type { RateLimiterPolicy } from './policies/rate-limiter.js';
import type { RetryPolicy } from './policies/retry.js';
import type { TimeoutPolicy } from './policies/timeout.js';
import type { Policy } from './policy.js';
import type { BreakerName, BulkheadName, RateLimiterName, RetryName, TimeoutName } from './policy-names.js';
import type { Coordinator, NamedPolicyKind, OptionsSource, PolicyOptionsByKind, UpdateDetails } from './ports.js';
import { PolicyMaker } from './policy-maker.js';
import type { NamedPolicy, PolicyByKind } from './policy-maker.js';
import { SaidOptions } from './said-options.js';
import { parseSaved } from './saved-registry.js';
import type { SavedRegistry } from './saved-registry.js';
import type { Scope } from './scope.js';
import { CIRCUIT_STATES } from './snapshot.js';
import type { CircuitBreakerSnapshot, CircuitState, RegistrySummary } from './snapshot.js';

/**
 * The named policies of one application: gets or makes them, changes their options while they work, and tells how all
 * of them stand. Names belong to the registry, never to the process.
 */
export class PolicyRegistry {
  private readonly policies: { readonly [K in NamedPolicyKind]: Map<string, PolicyByKind[K]> } = {
    circuit_breaker: new Map(),
    retry: new Map(),
    timeout: new Map(),
    bulkhead: new Map(),
    rate_limiter: new Map(),
  };
  private readonly said = new SaidOptions();
  private readonly methods = new Map<string, readonly Policy[]>();
  private readonly maker: PolicyMaker;

  constructor(
    readonly scope: Scope,
    readonly source: OptionsSource,
  ) {
    this.maker = new PolicyMaker(scope, (parent) => this.circuitBreaker(parent));
    scope.enabled = source.enabled;
  }

  /** `false`: every policy passes calls through and counts nothing; fallbacks stay. */
  get enabled(): boolean {
    return this.scope.enabled;
  }

  set enabled(enabled: boolean) {
    this.scope.enabled = enabled;
  }

  /**
   * Gets the breaker of that name, or makes it; so do the four below for their kinds.
   * @throws {TypeError} when it exists and `options` are other than it was made with; use {@link update}
   */
  circuitBreaker(name: BreakerName, options?: object): CircuitBreakerPolicy {
    return this.get('circuit_breaker', name, options);
  }

  retry(name: RetryName, options?: object): RetryPolicy {
    return this.get('retry', name, options);
  }

  timeout(name: TimeoutName, options?: object): TimeoutPolicy {
    return this.get('timeout', name, options);
  }

  bulkhead(name: BulkheadName, options?: object): BulkheadPolicy {
    return this.get('bulkhead', name, options);
  }

  rateLimiter(name: RateLimiterName, options?: object): RateLimiterPolicy {
    return this.get('rate_limiter', name, options);
  }

  /** The breaker of any name, if there is one; makes none. */
  find(name: string): CircuitBreakerPolicy | undefined {
    return this.policies.circuit_breaker.get(name);
  }

  /**
   * Says inline options of a policy, as a decorator does: they hold for one that exists already, too.
   * @throws {TypeError} when others were said before
   */
  declare<K extends NamedPolicyKind>(kind: K, name: string, inline: object): PolicyByKind[K] {
    const known = this.said.of(kind, name);
    if (known.inline !== undefined) this.said.requireSame(kind, name, inline);
    return this.said.say(kind, name, { inline, update: known.update }, () => {
      const policy = this.policies[kind].get(name);
      if (policy === undefined) return this.make(kind, name);
      this.apply(kind, name, policy);
      return policy;
    });
  }

  /** Listens to one type of event of all policies, or with `'*'` to all; answers how to stop. */
  on<T extends PolicyEventType>(type: T | '*', listener: PolicyListener<T>): () => void {
    return this.scope.events.on(type, listener);
  }

  /**
   * Changes options of a policy, over every other layer; state, window and listeners are kept. `undefined` takes an
   * earlier change back.
   * @throws when the options are wrong: then nothing has changed
   */
  update(name: string, changes: Readonly<Record<string, unknown>>, details: UpdateDetails = {}): void {
    const { kind = 'circuit_breaker' } = details;
    const policy = this.get(kind, name, undefined);
    const { inline, update } = this.said.of(kind, name);
    const said = { inline, update: this.source.amend(kind, update, changes) };
    this.said.say(kind, name, said, () => this.apply(kind, name, policy));
    tellUpdated(this.scope, kind, name, changes, details);
  }

  /** Forgets a breaker, and what was said of it. Calls under way end as they would. Answers whether it was there. */
  remove(name: string, kind: NamedPolicyKind = 'circuit_breaker'): boolean {
    this.said.forget(kind, name);
    this.policies[kind].get(name)?.retire();
    return this.policies[kind].delete(name);
  }

  /**
   * Takes other configuration in place of the one it was made with, for every policy: states, windows and listeners are
   * kept, and so is what was said inline and by {@link update}.
   * @throws when any of it is wrong: then nothing has changed
   */
  reconfigure(options: unknown): void {
    const { enabled } = this.source;
    const undo = this.source.replace(options);
    try {
      this.refresh();
    } catch (error) {
      undo();
      throw error;
    }
    // who has switched it by hand meant it, whatever else changes
    if (this.source.enabled !== enabled) this.scope.enabled = this.source.enabled;
  }

  /** Resolves all options again, after the configuration has changed; applies all or, with a fault, none. */
  refresh(): void {
    const resolved = (Object.keys(this.policies) as NamedPolicyKind[]).flatMap((kind) =>
      [...this.policies[kind]].map(([name, policy]) => ({ kind, name, policy, options: this.resolve(kind, name) })),
    );
    for (const { kind, name, policy, options } of resolved) {
      const changes = changedOptions(policy.options, options);
      if (changes === undefined) continue;
      policy.update(options as never);
      tellUpdated(this.scope, kind, name, changes);
    }
  }

  /** The breakers there are, in the order in which they were made. */
  circuitBreakers(): readonly CircuitBreakerPolicy[] {
    return [...this.policies.circuit_breaker.values()];
  }

  /** Meets each breaker that is made from now on. */
  set coordinator(coordinator: Coordinator | null) {
    this.maker.coordinator = coordinator;
  }

  /**
   * Tries candidates in turn, each through the breaker of its name, the preferred one first; open ones are passed over.
   * @throws {AggregateError} when none is left
   */
  failover<T, Name extends string>(
    candidates: Candidates<T, Name>,
    options?: FailoverOptions<NoInfer<Name>>,
  ): Promise<T> {
    return failover((name) => this.circuitBreaker(name), candidates, options);
  }

  /** How each breaker stands. */
  snapshot(): readonly CircuitBreakerSnapshot[] {
    return this.circuitBreakers().map((breaker) => breaker.snapshot());
  }

  summary(): RegistrySummary {
    const counts = Object.fromEntries(CIRCUIT_STATES.map((state) => [state, 0])) as Record<CircuitState, number>;
    for (const { state } of this.policies.circuit_breaker.values()) counts[state]++;
    return { total: this.policies.circuit_breaker.size, ...counts };
  }

  /** Notes by which policies a method is guarded, the outermost first, for {@link plan}. */
  guarded(operation: string, policies: readonly Policy[]): void {
    this.methods.set(operation, policies);
  }

  /** What guards what, by which options, and where each of them came from. */
  plan(): Plan {
    const { enabled, source, methods, policies } = this;
    const named = Object.values(policies).flatMap((each) => [...each.values()] as NamedPolicy[]);
    return planOf({ enabled, source, methods, named });
  }

  /** The breakers' states, for {@link restore}. */
  toJSON(): SavedRegistry {
    const breakers = this.circuitBreakers().map((breaker) => breaker.toJSON());
    return { version: 1, savedAt: this.scope.clock.wall(), breakers };
  }

  /**
   * Puts saved states in place, of breakers that exist and of others; time that has passed counts.
   * @param saved what `JSON.stringify(registry)` gave, as text or parsed
   * @throws {TypeError | SyntaxError} when it is anything else: then nothing has changed
   */
  restore(saved: unknown): void {
    const { savedAt, breakers } = parseSaved(saved);
    const elapsed = Math.max(0, this.scope.clock.wall() - savedAt);
    const policies = breakers.map(({ name }) => this.circuitBreaker(name));
    for (const [index, policy] of policies.entries()) policy.restore(breakers[index], elapsed);
  }

  /**
   * Lets the application go down: what waits for its turn ends with a {@link ShuttingDownError}; calls under way get
   * `patience` ms and are then aborted. Calls that begin meanwhile still run.
   */
  drain(patience: number): Promise<void> {
    return this.scope.drain(patience);
  }

  private get<K extends NamedPolicyKind>(kind: K, name: string, options: object | undefined): PolicyByKind[K] {
    const policy = this.policies[kind].get(name);
    if (options === undefined) return policy ?? this.make(kind, name);
    if (policy === undefined) return this.declare(kind, name, options);
    this.said.requireSame(kind, name, options);
    return policy;
  }

  private make<K extends NamedPolicyKind>(kind: K, name: string): PolicyByKind[K] {
    const policy = this.maker.make(kind, name, this.resolve(kind, name));
    this.policies[kind].set(name, policy);
    return policy;
  }

  private resolve<K extends NamedPolicyKind>(kind: K, name: string): PolicyOptionsByKind[K] {
    const { inline, update } = this.said.of(kind, name);
    return this.source.resolve(kind, name, inline, update);
  }

  private apply(kind: NamedPolicyKind, name: string, policy: NamedPolicy): void {
    policy.update(this.resolve(kind, name) as never);
  }
}
