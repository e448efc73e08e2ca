import type { OnModuleInit } from '@nestjs/common';
import type { LazyModuleLoader, ModulesContainer } from '@nestjs/core';

import { formatPlan } from '../engine/index.js';
import { throwFaults } from '../options/index.js';
import type { OptionsFault, ParsedOptions } from '../options/index.js';
import { eachMade, inhabitantsOf, isComplete, makeAnew, prototypeOf } from './container-walk.js';
import type { InhabitedModule, Inhabitant } from './container-walk.js';
import { connectListeners } from './event-listeners.js';
import type { EventLogger } from './event-logger.js';
import type { FeatureFaults } from './feature-faults.js';
import { guardedMethodsOf } from './guarded-method.js';
import { injectedNamesOf } from './injection-tokens.js';
import { watchLazyModules } from './lazy-modules.js';
import type { PolicyRuntime } from './policy-runtime.js';
import type { Guarded } from './runtime.js';
import { StartUpChecks } from './start-up-checks.js';
import { RUNTIME } from './tokens.js';

/**
 * Looks at everything in the container once it is made: gives the runtime to what factories and values brought along,
 * connects listeners, compiles every guarded method, and tells all faults at once. Does the same for modules that are
 * loaded later.
 */
export class PolicyExplorer implements OnModuleInit {
  private readonly stops: (() => void)[] = [];
  private readonly checks: StartUpChecks;
  private readonly explored = new WeakSet<InhabitedModule>();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly loader: LazyModuleLoader,
    private readonly runtime: PolicyRuntime,
    private readonly logger: EventLogger,
    private readonly features: FeatureFaults,
    { strict }: ParsedOptions,
  ) {
    this.checks = new StartUpChecks(runtime, strict);
  }

  onModuleInit(): void {
    this.explore([...this.modules.values()]);
    this.checks.checkSpellings();
    this.countRoots();
    this.tell(this.features.tell());
    this.tellPlan();
    watchLazyModules(this.loader, () => this.exploreLate());
  }

  private exploreLate(): void {
    const fresh = [...this.modules.values()].filter((module) => !this.explored.has(module) && isComplete(module));
    this.explore(fresh);
    this.tell([]);
  }

  private explore(modules: readonly InhabitedModule[]): void {
    const { checks, runtime } = this;
    for (const module of modules) this.explored.add(module);
    const inhabitants = [...inhabitantsOf(modules)];
    for (const inhabitant of inhabitants) {
      this.giveRuntime(inhabitant);
      this.checkInjected(inhabitant);
    }
    for (const { prototype, instance } of inhabitants) {
      if (prototype === undefined || this.belongsElsewhere(instance)) continue;
      this.stops.push(...connectListeners(prototype, instance, runtime.registry, checks));
      checks.look(prototype, instance);
    }
    checks.checkNames();
    checks.makeConfigured();
    this.dropStrangers();
  }

  /** A module that is loaded later may ask for one that nobody asks for now: it gets one that the registry knows. */
  private dropStrangers(): void {
    const { injected } = this.runtime;
    for (const { wrapper } of inhabitantsOf(this.modules.values())) {
      for (const name of injectedNamesOf(wrapper)) injected.claim(name);
    }
    const dropped = injected.dropUnclaimed();
    if (dropped.size === 0) return;
    for (const { wrapper } of inhabitantsOf(this.modules.values())) {
      if (dropped.has(wrapper.instance)) makeAnew(wrapper);
    }
  }

  private checkInjected({ wrapper }: Inhabitant): void {
    if (this.rootCount() > 1) return; // from which of several runtimes it comes is not known
    for (const name of injectedNamesOf(wrapper)) this.checks.lookAtInjection(name, String(wrapper.name));
  }

  private tell(features: readonly OptionsFault[]): void {
    const { faults, warnings } = this.checks.tell();
    for (const warning of warnings) this.logger.warn(warning);
    throwFaults([...features, ...faults]);
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

  private countRoots(): void {
    const roots = [...this.modules.values()].filter(({ isGlobal, providers }) => isGlobal && providers.has(RUNTIME));
    if (roots.length < 2) return;
    this.checks.warn(
      `CircuitBreakerModule.forRoot() is imported ${roots.length} times, and each has policies of its own. ` +
        `Import it once, in the root module, and forFeature() elsewhere`,
    );
  }

  private rootCount(): number {
    return [...this.modules.values()].filter(({ providers }) => providers.has(RUNTIME)).length;
  }

  /** Disconnects the listeners. */
  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
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
