import { Injectable, Module } from '@nestjs/common';
import { CircuitBreaker, CircuitBreakerModule, PolicyRegistry } from 'nest-circuit-breaker';
import type { BulkheadPolicy } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

@Injectable()
export class ReportService {
  constructor(
    private readonly registry: PolicyRegistry,
    private readonly upstreams: Upstreams,
  ) {}

  /** A tenant's reports wait behind each other, never behind another tenant's. */
  report(tenant: string, signal?: AbortSignal): Promise<string> {
    return this.placesOf(tenant).execute((call) => this.make(tenant, call.signal), { signal });
  }

  @CircuitBreaker('reports')
  protected async make(tenant: string, signal: AbortSignal): Promise<string> {
    return this.upstreams.ask(`reports of ${tenant}`, `the report of ${tenant}`, signal);
  }

  /** Gets or makes it. A tenant who leaves takes theirs along: `registry.remove(name, 'bulkhead')`. */
  private placesOf(tenant: string): BulkheadPolicy {
    return this.registry.bulkhead(`reports:${tenant}`, { maxConcurrent: 2, maxQueue: 1, queueTimeout: 5_000 });
  }
}

@Module({
  imports: [
    // one tenant who pays for more; what is configured stands over what the code says
    CircuitBreakerModule.forFeature({ bulkheads: { 'reports:acme': { maxConcurrent: 4 } } }),
  ],
  providers: [ReportService, Upstreams],
  exports: [ReportService],
})
export class TenantBulkheadModule {}
