import { isDeepStrictEqual } from 'node:util';

import type { NamedPolicyKind, Policy, PolicyRegistry } from '../engine/index.js';
import type { InlineOptions } from './layers.js';

/** Inline options of decorators, by policy: two that differ cannot both hold. */
export class Declarations {
  private readonly known = new Map<string, { readonly at: string; readonly options: InlineOptions }>();

  constructor(private readonly registry: PolicyRegistry) {}

  /**
   * @throws {TypeError} when another decorator, or code, has said other options
   */
  declare(kind: NamedPolicyKind, name: string, options: InlineOptions, decorator: string, operation: string): Policy {
    const key = `${kind} ${name}`;
    const other = this.known.get(key);
    if (other !== undefined && !isDeepStrictEqual(other.options, options)) {
      throw new TypeError(
        `${decorator} says other options of "${name}" than ${other.at}; say them in one of the two, or in forRoot()`,
      );
    }
    const policy = this.registry.declare(kind, name, options);
    this.known.set(key, { at: `${decorator} on ${operation}`, options });
    return policy;
  }
}
