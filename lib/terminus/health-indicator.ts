import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { HealthIndicatorResult } from '@nestjs/terminus';

import { PolicyRegistry } from '../engine/index.js';
import type { Color } from '../engine/index.js';
import { colorOfHealth, describeBreaker, healthOf, selectBreakers, worstOf } from './health-answer.js';
import type { BreakerHealth, CircuitBreakerHealthOptions, Health } from './health-answer.js';

/** The statuses that the installed Terminus knows: `degraded` came with version 12. */
type Status = HealthIndicatorResult[string]['status'];

/** What {@link CircuitBreakerHealthIndicator.check} says beside the status. */
export interface CircuitBreakersHealth {
  readonly color: Color;
  /** By name; absent where `details` is `false`. */
  readonly breakers?: Readonly<Record<string, BreakerHealth>>;
}

/**
 * Tells Terminus how the circuit breakers stand. A red breaker that is critical is `down`; any other red or yellow is
 * `degraded`; else the answer is `up`. Terminus 11 knows no `degraded` and would silently drop such an answer: there,
 * it is `up`, with `color: 'yellow'`. Reading changes no state: a breaker whose break is over stays open until a call.
 */
@Injectable()
export class CircuitBreakerHealthIndicator {
  /** Asked of a session that Terminus makes: which version it is says nothing about a fork or a bundled copy. */
  private readonly knowsDegraded = 'degraded' in new HealthIndicatorService().check('');

  constructor(@Inject(PolicyRegistry) private readonly registry: PolicyRegistry) {}

  /** All breakers as one answer, under `key`. */
  check<const Key extends string>(
    key: Key,
    options: CircuitBreakerHealthOptions = {},
  ): HealthIndicatorResult<Key, Status, CircuitBreakersHealth> {
    const snapshots = selectBreakers(this.registry.snapshot(), options);
    const health = worstOf(snapshots.map((snapshot) => healthOf(snapshot, options.whenOpen)));
    const color = colorOfHealth(health);
    if (options.details === false) return this.answer(key, health, { color });
    const breakers = Object.fromEntries(snapshots.map((snapshot) => [snapshot.name, describeBreaker(snapshot)]));
    return this.answer(key, health, { color, breakers });
  }

  /** One answer with a key a breaker; without `details`, each of status and colour alone. */
  checkEach(
    options: CircuitBreakerHealthOptions = {},
  ): HealthIndicatorResult<string, Status, { readonly color: Color } & Partial<BreakerHealth>> {
    const answers = selectBreakers(this.registry.snapshot(), options).map((snapshot) => {
      const about = options.details === false ? { color: snapshot.color } : { ...describeBreaker(snapshot) };
      return this.answer(snapshot.name, healthOf(snapshot, options.whenOpen), about);
    });
    return Object.fromEntries(answers.flatMap((answer) => Object.entries(answer)));
  }

  private answer<Key extends string, Data extends object>(
    key: Key,
    health: Health,
    data: Data,
  ): HealthIndicatorResult<Key, Status, Data> {
    const status = health === 'degraded' && !this.knowsDegraded ? 'up' : health;
    return { [key]: { status, ...data } } as HealthIndicatorResult<Key, Status, Data>;
  }
}
