import { inspect } from 'node:util';

import type { PolicyRegistry } from '../engine/index.js';
import { Declarations } from './declarations.js';
import { InjectedBreakers } from './injected-breakers.js';
import { MethodBinding } from './method-binding.js';
import { operationOf } from './operation.js';
import type { LayeredMethod, Runtime } from './runtime.js';
import { Stack } from './stack.js';

/**
 * One application's policies as guarded methods find them on their instances. A method's layers are compiled once for
 * each concrete class that has it.
 */
export class PolicyRuntime implements Runtime {
  private readonly bindings = new WeakMap<object, Map<LayeredMethod, MethodBinding>>();

  readonly injected: InjectedBreakers;
  private readonly declarations: Declarations;

  constructor(readonly registry: PolicyRegistry) {
    this.injected = new InjectedBreakers(registry);
    this.declarations = new Declarations(registry);
  }

  bind(method: LayeredMethod, prototype: object): MethodBinding {
    let bindings = this.bindings.get(prototype);
    if (bindings === undefined) this.bindings.set(prototype, (bindings = new Map()));
    let binding = bindings.get(method);
    if (binding === undefined) {
      const operation = operationOf(method, prototype);
      const policies = new Stack(method, operation, this.registry, this.declarations).policies();
      this.registry.guarded(operation, policies);
      bindings.set(method, (binding = new MethodBinding(this, prototype, method, operation, policies)));
    }
    return binding;
  }

  /** Instances carry it: printing one should not print the application. */
  [inspect.custom](): string {
    return 'PolicyRuntime {}';
  }
}
