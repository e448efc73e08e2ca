import type { Subscribable } from 'rxjs';

import { guard } from '../guarded-method.js';
import type { Layer } from '../layers.js';

/** What a guarded method may return. */
export type PromiseObservableOrIterable = PromiseLike<unknown> | Subscribable<unknown> | AsyncIterable<unknown>;

/** An instance's side of a class: a static method's target is the class, which has a prototype. */
export type InstanceSide = object & { readonly prototype?: never };

/** Decorates a method that answers later; on any other it doesn't compile. */
export type GuardedMethodDecorator = <Method extends (...args: never[]) => PromiseObservableOrIterable>(
  target: InstanceSide,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/** A method decorator that puts one layer above the method. */
export const layerDecorator =
  (layer: Layer): GuardedMethodDecorator =>
  (target, key, descriptor) =>
    guard(target, key, descriptor, layer);
