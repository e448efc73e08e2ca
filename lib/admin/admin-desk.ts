import { Logger, NotFoundException } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';

import { currentDate } from '../engine/index.js';
import type { CircuitBreakerPolicy, FaultReporter, PolicyRegistry } from '../engine/index.js';
import type { CircuitBreakerAdminModuleOptions } from './admin-options.js';
import type { EventRecord } from './event-record.js';
import { LiveFeed } from './live-feed.js';
import { Operator } from './operator.js';
import { planView } from './plan-view.js';
import { plainText } from './plain-text.js';
import { Recorder } from './recorder.js';
import { Redaction } from './redaction.js';
import type { ShownSnapshot } from './redaction.js';

const RESERVED = ['events', 'dashboard', 'plan', 'assets'];

/** What the controllers have in common: one registry, what is remembered of it, and who listens. */
export class AdminDesk implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  readonly feed: LiveFeed;
  readonly operator: Operator;
  private readonly recorder: Recorder;
  private readonly redaction: Redaction;
  private readonly logger = new Logger('CircuitBreakerAdmin');

  constructor(
    readonly registry: PolicyRegistry,
    options: CircuitBreakerAdminModuleOptions,
  ) {
    this.redaction = new Redaction(options.redact, this.report);
    this.recorder = new Recorder(registry, this.redaction);
    this.feed = new LiveFeed(registry, this.recorder, this.redaction, options.maxConnections ?? 32);
    this.operator = new Operator(registry, this.redaction, options, this.logger, this.report);
  }

  onApplicationBootstrap(): void {
    const names = new Set([
      ...this.registry.source.names('circuit_breaker'),
      ...this.registry.circuitBreakers().map(({ name }) => name),
    ]);
    for (const name of RESERVED.filter((word) => names.has(word))) {
      this.logger.warn(
        `A circuit breaker is called "${name}", which is a reserved word of the path: GET cannot reach it.`,
      );
    }
  }

  /** Before the server closes, which waits for streams that are open. */
  onModuleDestroy(): void {
    this.feed.close();
  }

  onApplicationShutdown(): void {
    this.recorder.stop();
  }

  /** @throws NotFoundException when there is none of that name; none is made */
  find(name: string): CircuitBreakerPolicy {
    const breaker = this.registry.find(name);
    if (breaker === undefined) throw new NotFoundException('There is no circuit breaker of that name.');
    return breaker;
  }

  overview(): object {
    const breakers = this.registry.snapshot().map((snapshot) => this.redaction.snapshot(snapshot));
    return { at: currentDate(this.registry.scope.clock), summary: this.registry.summary(), breakers };
  }

  plan(): object {
    return planView(this.registry.plan(), this.redaction);
  }

  show(breaker: CircuitBreakerPolicy): ShownSnapshot {
    return this.redaction.snapshot(breaker.snapshot());
  }

  eventsOf({ name }: CircuitBreakerPolicy): readonly EventRecord[] {
    return this.recorder.eventsOf(name);
  }

  private readonly report: FaultReporter = (fault, where) => {
    this.logger.error(plainText(`${where} failed: ${String((fault as Error | undefined)?.message ?? fault)}`, 500));
  };
}
