import type { OnModuleInit } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

import { throwFaults } from '../options/index.js';
import type { ParsedOptions } from '../options/index.js';
import { eachMade, inhabitantsOf } from './container-walk.js';
import type { Inhabitant } from './container-walk.js';
import { connectListeners } from './event-listeners.js';
import type { EventLogger } from './event-logger.js';
import type { FeatureFaults } from './feature-faults.js';
import { guardedMethodsOf } from './guarded-method.js';
import { injectionTokensOf } from './injection-tokens.js';
import type { PolicyRuntime } from './policy-runtime.js';
import { StartUpChecks } from './start-up-checks.js';
import { RUNTIME, injectedCircuitBreakers } from './tokens.js';

/**
 * Looks at everything in the container once it is made: gives the runtime to what factories and values brought along,
 * connects listeners, compiles every guarded method, and tells all faults at once.
 */
export class PolicyExplorer implements OnModuleInit {
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly modules: ModulesContainer,
    private readonly runtime: PolicyRuntime,
    private readonly logger: EventLogger,
    private readonly features: FeatureFaults,
    private readonly options: ParsedOptions,
  ) {}

  onModuleInit(): void {
    const { registry } = this.runtime;
    const checks = new StartUpChecks(this.runtime);
    const injected = new Set<unknown>();
    for (const inhabitant of inhabitantsOf(this.modules)) {
      this.giveRuntime(inhabitant);
      for (const token of injectionTokensOf(inhabitant.wrapper)) injected.add(token);
      const { prototype, instance } = inhabitant;
      if (prototype === undefined) continue;
      this.stops.push(...connectListeners(prototype, instance, registry, checks));
      checks.look(prototype, instance);
    }
    checks.checkNames(this.options.strict);
    this.dropStrangers(injected, checks);
    checks.makeConfigured();
    for (const warning of checks.warnings) this.logger.warn(warning);
    throwFaults([...this.features.tell(), ...checks.faults]);
  }

  /** Disconnects the listeners. */
  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
  }

  /** Nest makes what any class of the process injects: breakers that no class of this application asks for go again. */
  private dropStrangers(injected: ReadonlySet<unknown>, checks: StartUpChecks): void {
    const { registry } = this.runtime;
    for (const [name, token] of injectedCircuitBreakers()) {
      if (!injected.has(token) && !checks.uses(name)) registry.remove(name);
    }
  }

  private giveRuntime({ wrapper, instance, isMadeElsewhere }: Inhabitant): void {
    if (!isMadeElsewhere) return;
    if (instance !== undefined) this.give(instance);
    else if (typeof wrapper.metatype === 'function') eachMade(wrapper, (made) => this.give(made));
  }

  private give(made: unknown): void {
    if (typeof made !== 'object' || made === null || guardedMethodsOf(Object.getPrototypeOf(made)).length === 0) return;
    Object.defineProperty(made, RUNTIME, { value: this.runtime, configurable: true, writable: true });
  }
}
