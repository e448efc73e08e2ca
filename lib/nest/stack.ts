import { HedgePolicy, KeyedCircuitBreakerPolicy, compose } from '../engine/index.js';
import type { Policy, PolicyRegistry } from '../engine/index.js';
import { hedge, parseDuration } from '../options/index.js';
import type { Declarations, Place } from './declarations.js';
import type { CircuitBreakerLayer, InlineOptions, KeyedOptions, Layer, NamedLayer } from './layers.js';
import { fallbackOf } from './method-fallback.js';
import type { LayeredMethod } from './runtime.js';

/** Makes policies of a method's layers, the outermost first. */
export class Stack {
  /** Unnamed policies by kind: the second of a kind, counted from outside, is called `Class.method#2`. */
  private readonly unnamed = new Map<string, number>();

  constructor(
    private readonly method: LayeredMethod,
    private readonly operation: string,
    private readonly registry: PolicyRegistry,
    private readonly declarations: Declarations,
  ) {}

  policies(): readonly Policy[] {
    return this.method.layers.toReversed().map((layer) => this.policyOf(layer));
  }

  private policyOf(layer: Layer): Policy {
    const { operation, method } = this;
    const { scope } = this.registry;
    if (layer.kind === 'fallback') return fallbackOf(layer, method, operation, scope);
    if (layer.kind === 'hedge') return new HedgePolicy(operation, hedge(layer.options).options, scope);
    return this.named(layer);
  }

  private named(layer: NamedLayer | CircuitBreakerLayer): Policy {
    const { registry } = this;
    const { kind, options } = layer;
    const name = layer.name ?? this.ownName(kind);
    const place = { decorator: layer.decorator, operation: this.operation };
    if (kind === 'circuit_breaker' && layer.keyed !== undefined) return this.keyed(name, layer.keyed, options, place);
    if (options !== undefined) return this.declarations.declare(kind, name, options, place);
    switch (kind) {
      case 'circuit_breaker':
        return registry.circuitBreaker(name);
      case 'retry':
        return registry.retry(name);
      case 'timeout':
        return registry.timeout(name);
      case 'bulkhead':
        return registry.bulkhead(name);
      case 'rate_limiter':
        return registry.rateLimiter(name);
    }
  }

  private keyed(name: string, keyed: KeyedOptions, inline: InlineOptions | undefined, place: Place): Policy {
    const { maxKeys, keyTtl } = keyed;
    const key = keyed.key as (...args: readonly unknown[]) => string;
    const described = {
      ...(inline === undefined ? {} : { inline }),
      ...(maxKeys === undefined ? {} : { maxKeys: checkedCount(maxKeys) }),
      ...(keyTtl === undefined ? {} : { keyTtl: parseDuration(keyTtl) }),
    };
    const breakers = this.declarations.declareKeyed(name, described, place);
    return new KeyedCircuitBreakerPolicy(breakers, ({ args }) => key(...args), this.registry.scope);
  }

  private ownName(kind: string): string {
    const count = (this.unnamed.get(kind) ?? 0) + 1;
    this.unnamed.set(kind, count);
    return count === 1 ? this.operation : `${this.operation}#${count}`;
  }
}

/** Several policies as one. */
export function guardOf(policies: readonly Policy[]): Policy {
  const [only, ...others] = policies;
  return only !== undefined && others.length === 0 ? only : compose(...policies);
}

function checkedCount(count: number): number {
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new RangeError(`maxKeys: expected a positive whole number, got ${String(count).slice(0, 40)}`);
}
