import type { NamedPolicyKind } from '../engine/index.js';
import { OptionsError, didYouMean } from '../options/index.js';
import type { OptionsFault } from '../options/index.js';
import { guardedMethodsOf } from './guarded-method.js';
import type { CircuitBreakerLayer, FallbackLayer, Layer } from './layers.js';
import { describe, operationOf, ownerOf } from './operation.js';
import type { PolicyRuntime } from './policy-runtime.js';
import type { LayeredMethod } from './runtime.js';
import { faultsOfStack, warningsOfStack } from './stack-checks.js';

interface NamedUse {
  readonly kind: NamedPolicyKind;
  readonly name: string;
  /** The decorator and its method. */
  readonly at: string;
}

/** What is wrong with an application, and what may be. */
export interface Findings {
  readonly faults: readonly OptionsFault[];
  readonly warnings: readonly string[];
}

/**
 * Compiles every guarded method when the application starts and gathers what is wrong with them: what cannot work is a
 * fault and stops the start, what is merely suspicious is a warning.
 */
export class StartUpChecks {
  private faults: OptionsFault[] = [];
  private warnings: string[] = [];
  private readonly seen = new Set<object>();
  private readonly classes = new Map<string, object>();
  private named: NamedUse[] = [];
  private readonly declared = new Set<string>();
  /** Names of breakers of which there is one a key. */
  private readonly keyed = new Set<string>();
  /** Names of configured breakers that have been made. */
  private readonly made = new Set<string>();
  /** By kind, the names that decorators use, given or their own. */
  private readonly used = new Map<string, Set<string>>();

  constructor(
    private readonly runtime: PolicyRuntime,
    private readonly isStrict: boolean,
  ) {}

  fault(path: string, message: string): void {
    this.faults.push({ path, message });
  }

  warn(text: string): void {
    this.warnings.push(text);
  }

  /** What has been found since the last time. */
  tell(): Findings {
    const { faults, warnings } = this;
    this.faults = [];
    this.warnings = [];
    return { faults, warnings };
  }

  /** What is merely suspicious: a fault where the user wants it strict. */
  private suspect(path: string, message: string): void {
    if (this.isStrict) this.fault(path, message);
    else this.warnings.push(`${path}: ${message}`);
  }

  look(prototype: object, instance: object | undefined): void {
    if (this.seen.has(prototype)) return;
    this.seen.add(prototype);
    for (const method of guardedMethodsOf(prototype)) this.check(method, prototype, instance);
  }

  /** Somebody has a breaker of that name injected. */
  lookAtInjection(name: string, into: string): void {
    this.named.push({ kind: 'circuit_breaker', name, at: `${into}, @InjectCircuitBreaker('${name}')` });
  }

  /** Names that nobody has configured or described: an inline description anywhere makes a name known. */
  checkNames(): void {
    const { source } = this.runtime.registry;
    for (const { kind, name, at } of this.named) {
      if (source.isConfigured(kind, name) || this.declared.has(`${kind} ${name}`)) continue;
      const known = source.names(kind);
      const section = SECTIONS[kind];
      if (known.length === 0 && !this.isStrict) continue; // nobody configures any
      const message = `${WORDS[kind]} "${name}" is not configured${didYouMean(name, known)}`;
      this.suspect(at, `${message}; add it under ${section} of forRoot(), or correct the name`);
    }
    this.named = [];
  }

  checkSpellings(): void {
    for (const kind of Object.keys(SECTIONS) as NamedPolicyKind[]) this.checkSpelling(kind);
  }

  /** A variable can't say capitals and dots: what it makes may have been meant for a name that code spells otherwise. */
  private checkSpelling(kind: NamedPolicyKind): void {
    const used = this.used.get(kind) ?? new Set();
    for (const name of this.runtime.registry.source.names(kind)) {
      const meant = used.has(name) ? undefined : [...used].find((each) => fold(each) === fold(name));
      if (meant === undefined) continue;
      this.suspect(
        `${SECTIONS[kind]}.${name}`,
        `no method uses it, and one uses "${meant}". Call it that; for variables, write ${SECTIONS[kind]}: { '${meant}': {} } in forRoot()`,
      );
    }
  }

  /** Makes what is configured, so that it shows before the first call; what is keyed shows by its keys. */
  makeConfigured(): void {
    const { registry, injected } = this.runtime;
    for (const name of registry.source.names('circuit_breaker')) {
      if (this.keyed.has(name) || this.made.has(name)) continue;
      this.made.add(name);
      injected.claim(name);
      this.attempt('', () => registry.circuitBreaker(name));
    }
  }

  private check(method: LayeredMethod, prototype: object, instance: object | undefined): void {
    const at = operationOf(method, prototype);
    this.checkClassName(at, prototype);
    if (method.answer === 'value') {
      const { decorator } = method.layers[0] as Layer;
      const fix = `Make it async, or take the decorator away.`;
      this.fault(at, `${decorator} stands above a method that returns no Promise, Observable or AsyncIterable. ${fix}`);
      return;
    }
    for (const layer of method.layers) {
      if (layer.kind === 'fallback') this.checkFallback(at, layer, prototype, instance);
      else if (layer.kind !== 'hedge' && layer.name !== undefined) this.note(layer.kind, layer.name, layer, at);
      if (layer.kind === 'circuit_breaker') this.noteBreaker(layer, layer.name ?? at);
    }
    this.compile(method, prototype, at);
  }

  /** A bare decorator makes a name known; of a keyed breaker none has the common name. */
  private noteBreaker({ name, keyed }: CircuitBreakerLayer, known: string): void {
    if (name === undefined) this.declared.add(`circuit_breaker ${known}`);
    if (keyed === undefined) this.runtime.injected.claim(known);
    else this.keyed.add(known);
  }

  private compile(method: LayeredMethod, prototype: object, at: string): void {
    this.attempt(at, () => {
      const { policies } = this.runtime.bind(method, prototype);
      for (const message of faultsOfStack(policies, method.layers, at)) this.fault(at, message);
      for (const message of warningsOfStack(policies)) this.suspect(at, message);
      for (const { policy, name } of policies) {
        const names = this.used.get(policy) ?? new Set();
        this.used.set(policy, names.add(name));
      }
    });
  }

  private attempt(at: string, step: () => unknown): void {
    try {
      step();
    } catch (error) {
      if (error instanceof OptionsError) {
        for (const { path, message } of error.faults)
          this.fault([at, path].filter((part) => part !== '').join(', '), message);
      } else this.fault(at, (error as Error).message);
    }
  }

  private note(
    kind: NamedPolicyKind,
    name: string,
    { decorator, options }: { decorator: string; options: unknown },
    at: string,
  ): void {
    this.named.push({ kind, name, at: `${at}, ${decorator}` });
    if (options !== undefined) this.declared.add(`${kind} ${name}`);
  }

  private checkFallback(at: string, layer: FallbackLayer, prototype: object, instance: object | undefined): void {
    for (const handler of layer.handlers) {
      if (typeof handler === 'function') continue;
      const owner = ownerOf(instance ?? prototype, handler);
      const found = owner === null ? undefined : Reflect.getOwnPropertyDescriptor(owner, handler);
      if (found !== undefined && (found.get !== undefined || typeof found.value === 'function')) continue;
      const className = describe(prototype, handler).slice(0, -String(handler).length - 1);
      const message = `${layer.decorator} names a method that ${className} doesn't have${didYouMean(String(handler), methodNames(prototype))}`;
      // a property that each instance makes for itself can't be seen before there is one
      if (instance === undefined) this.warnings.push(`${at}: ${message}`);
      else this.fault(at, message);
    }
  }

  private checkClassName(at: string, prototype: object): void {
    const known = this.classes.get(at);
    this.classes.set(at, prototype);
    if (known === undefined || known === prototype) return;
    this.warnings.push(
      `${at}: two classes have that name, and so share policies named after it; name them in the decorator`,
    );
  }
}

const SECTIONS: Readonly<Record<NamedPolicyKind, string>> = {
  circuit_breaker: 'breakers',
  retry: 'retries',
  timeout: 'timeouts',
  bulkhead: 'bulkheads',
  rate_limiter: 'rateLimiters',
};

const WORDS: Readonly<Record<NamedPolicyKind, string>> = {
  circuit_breaker: 'breaker',
  retry: 'retry policy',
  timeout: 'time-out',
  bulkhead: 'bulkhead',
  rate_limiter: 'rate limiter',
};

/** As the environment compares names. */
const fold = (name: string): string => name.toLowerCase().replace(/[-_.]/g, '');

function methodNames(prototype: object): readonly string[] {
  const names: string[] = [];
  for (let owner = prototype; owner !== Object.prototype && owner !== null; owner = Object.getPrototypeOf(owner)) {
    names.push(...Object.getOwnPropertyNames(owner).filter((name) => name !== 'constructor'));
  }
  return names;
}
