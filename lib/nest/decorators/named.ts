import type { NamedLayer } from '../layers.js';
import type { Inline } from './inline.js';
import { layerDecorator } from './method-decorator.js';
import type { GuardedMethodDecorator } from './method-decorator.js';

/** A decorator for one policy that has a name. */
export function namedDecorator(word: string, kind: NamedLayer['kind'], inline: Inline): GuardedMethodDecorator {
  const decorator = inline.name === undefined ? `@${word}()` : `@${word}('${inline.name}')`;
  return layerDecorator({ kind, decorator, ...inline });
}
