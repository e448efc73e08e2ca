import { CircuitBreakerPolicy } from './circuit-breaker/circuit-breaker.js';
import type { ParentSource } from './circuit-breaker/circuit-breaker.js';
import { BulkheadPolicy } from './policies/bulkhead.js';
import { RateLimiterPolicy } from './policies/rate-limiter.js';
import { RetryPolicy } from './policies/retry.js';
import { TimeoutPolicy } from './policies/timeout.js';
import type { Coordinator, NamedPolicyKind, PolicyOptionsByKind } from './ports.js';
import type { Scope } from './scope.js';

/** The policies that have names, by kind. */
export interface PolicyByKind {
  circuit_breaker: CircuitBreakerPolicy;
  retry: RetryPolicy;
  timeout: TimeoutPolicy;
  bulkhead: BulkheadPolicy;
  rate_limiter: RateLimiterPolicy;
}

export type NamedPolicy = PolicyByKind[NamedPolicyKind];

/** Makes policies out of complete options. */
export class PolicyMaker {
  /** Meets each breaker that is made. */
  coordinator: Coordinator | null = null;

  constructor(
    private readonly scope: Scope,
    private readonly parents: ParentSource,
  ) {}

  make<K extends NamedPolicyKind>(kind: K, name: string, options: PolicyOptionsByKind[K]): PolicyByKind[K] {
    return this.makers[kind](name, options);
  }

  private readonly makers: {
    readonly [K in NamedPolicyKind]: (name: string, options: PolicyOptionsByKind[K]) => PolicyByKind[K];
  } = {
    circuit_breaker: (name, options) => {
      const breaker = new CircuitBreakerPolicy(name, options, this.scope, this.parents);
      this.coordinator?.join(breaker);
      return breaker;
    },
    retry: (name, options) => new RetryPolicy(name, options, this.scope),
    timeout: (name, options) => new TimeoutPolicy(name, options, this.scope),
    bulkhead: (name, options) => new BulkheadPolicy(name, options, this.scope),
    rate_limiter: (name, options) => new RateLimiterPolicy(name, options, this.scope),
  };
}
