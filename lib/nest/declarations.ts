import { isDeepStrictEqual } from 'node:util';

import { keyedBreakers } from '../engine/index.js';
import type { KeyedBreakers, KeyedDescription, NamedPolicyKind, Policy, PolicyRegistry } from '../engine/index.js';
import type { InlineOptions } from './layers.js';

/** A decorator and the method it stands above. */
export interface Place {
  readonly decorator: string;
  readonly operation: string;
}

/** What decorators say of policies, by name: two that say different things cannot both hold. */
export class Declarations {
  private readonly known = new Map<string, { readonly said: object; readonly place: Place }>();

  constructor(private readonly registry: PolicyRegistry) {}

  /** @throws {TypeError} when another decorator, or code, has said other options */
  declare(kind: NamedPolicyKind, name: string, options: InlineOptions, place: Place): Policy {
    this.requireSame(`${kind} ${name}`, name, options, place);
    return this.registry.declare(kind, name, options);
  }

  /** @throws {TypeError} when another decorator, or code, has said other options */
  declareKeyed(name: string, described: KeyedDescription, place: Place): KeyedBreakers {
    this.requireSame(`keyed ${name}`, name, described, place);
    // no breaker is made before there is a key: what is wrong with its options should be known now
    this.registry.source.resolve('circuit_breaker', name, described.inline, undefined);
    return keyedBreakers(this.registry, name, described);
  }

  private requireSame(key: string, name: string, said: object, place: Place): void {
    const other = this.known.get(key);
    if (other === undefined) this.known.set(key, { said, place });
    else if (!isDeepStrictEqual(other.said, said)) {
      const { decorator, operation } = other.place;
      throw new TypeError(
        `${place.decorator} says other options of "${name}" than ${decorator} on ${operation}; ` +
          `say them in one of the two, or in forRoot()`,
      );
    }
  }
}
