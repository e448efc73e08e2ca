import type { OnModuleInit } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

import { formatPlan } from '../engine/index.js';
import { throwFaults } from '../options/index.js';
import type { ParsedOptions } from '../options/index.js';
import { eachMade, inhabitantsOf, prototypeOf } from './container-walk.js';
import type { Inhabitant } from './container-walk.js';
import { connectListeners } from './event-listeners.js';
import type { EventLogger } from './event-logger.js';
import type { FeatureFaults } from './feature-faults.js';
import { guardedMethodsOf } from './guarded-method.js';
import { injectionTokensOf } from './injection-tokens.js';
import type { PolicyRuntime } from './policy-runtime.js';
import type { Guarded } from './runtime.js';
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
    const checks = new StartUpChecks(this.runtime, this.options.strict);
    const injected = new Set<unknown>();
    for (const inhabitant of inhabitantsOf(this.modules)) {
      this.giveRuntime(inhabitant);
      for (const token of injectionTokensOf(inhabitant.wrapper)) injected.add(token);
      const { prototype, instance } = inhabitant;
      if (prototype === undefined || this.belongsElsewhere(instance)) continue;
      this.stops.push(...connectListeners(prototype, instance, registry, checks));
      checks.look(prototype, instance);
    }
    checks.checkNames();
    this.dropStrangers(injected, checks);
    checks.makeConfigured();
    this.countRoots(checks);
    for (const warning of checks.warnings) this.logger.warn(warning);
    throwFaults([...this.features.tell(), ...checks.faults]);
    this.tellPlan();
  }

  /** With `isGlobal: false` an application may have several runtimes, each for the modules that import it. */
  private belongsElsewhere(instance: Guarded | undefined): boolean {
    const runtime = instance?.[RUNTIME];
    return runtime !== undefined && runtime !== this.runtime;
  }

  private tellPlan(): void {
    const plan = this.runtime.registry.plan();
    if (plan.methods.length > 0 || plan.others.length > 0) this.logger.debug(`The plan:\n${formatPlan(plan)}`);
  }

  private countRoots({ warnings }: StartUpChecks): void {
    const roots = [...this.modules.values()].filter(({ isGlobal, providers }) => isGlobal && providers.has(RUNTIME));
    if (roots.length < 2) return;
    warnings.push(
      `CircuitBreakerModule.forRoot() is imported ${roots.length} times, and each has policies of its own. ` +
        `Import it once, in the root module, and forFeature() elsewhere`,
    );
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
    const prototype = prototypeOf(made);
    if (prototype === undefined || guardedMethodsOf(prototype).length === 0) return;
    const isGiven = Reflect.defineProperty(made as object, RUNTIME, {
      value: this.runtime,
      configurable: true,
      writable: true,
    });
    if (isGiven) return;
    const { name } = prototype.constructor;
    this.logger.warn(`An object of ${name} takes no properties: calls of its guarded methods go straight through`);
  }
}
