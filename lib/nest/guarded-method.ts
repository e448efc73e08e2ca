import { Inject } from '@nestjs/common';

import { knownAnswer } from './answer-kind.js';
import type { KnownAnswer } from './answer-kind.js';
import type { Layer } from './layers.js';
import { describe, ownerOf } from './operation.js';
import type { BoundMethod, Guarded, LayeredMethod, Method } from './runtime.js';
import { RUNTIME } from './tokens.js';
import { warnUnguarded } from './unguarded.js';

/** Guarded methods by the prototype that declares them. */
const declared = new WeakMap<object, GuardedMethod[]>();

/** A wrapper, and what stands above the method it wraps. */
const methods = new WeakMap<object, GuardedMethod>();

/**
 * The guarded methods that instances with this prototype have, their own and inherited. One that a subclass overrides
 * is left out: only `super` reaches it.
 */
export function guardedMethodsOf(prototype: object | null): readonly GuardedMethod[] {
  const found: GuardedMethod[] = [];
  for (let owner = prototype; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    for (const method of declared.get(owner) ?? []) {
      if (ownerOf(prototype, method.key) === owner) found.push(method);
    }
  }
  return found;
}

/** What guards a function, if anything does. */
export const guardedMethodOf = (fn: unknown): GuardedMethod | undefined =>
  typeof fn === 'function' ? methods.get(fn) : undefined;

/**
 * A method with resilience decorators above it. All of them share one wrapper, which finds its application's policies
 * on the instance: each further decorator adds a layer on the outside. The application compiles the layers once for
 * each concrete class; a call then costs the look at the instance, the check that its class is the one seen last, and
 * the pipeline.
 */
export class GuardedMethod implements LayeredMethod {
  readonly layers: Layer[] = [];
  readonly wrapper: Method;
  answer: KnownAnswer;
  private last: BoundMethod | undefined = undefined;

  constructor(
    readonly target: object,
    readonly key: PropertyKey,
    readonly original: Method,
  ) {
    this.answer = knownAnswer(target, key, original);
    this.wrapper = wrap(this);
    methods.set(this.wrapper, this);
    const siblings = declared.get(target);
    if (siblings === undefined) declared.set(target, [this]);
    else siblings.push(this);
  }

  /** Puts a layer above the others. */
  add(layer: Layer): void {
    this.insert(this.layers.length, layer);
  }

  /** Puts a layer at a place, counted from inside. */
  insert(place: number, layer: Layer): void {
    this.layers.splice(place, 0, layer);
    if (layer.returns !== undefined) this.answer = layer.returns;
    this.last = undefined;
  }

  learn(answer: KnownAnswer): void {
    this.answer = answer;
  }

  call(receiver: Guarded | undefined, args: unknown[]): unknown {
    const runtime = receiver?.[RUNTIME];
    if (receiver === undefined || runtime === undefined) {
      warnUnguarded(receiver, this.target);
      return Reflect.apply(this.original, receiver, args);
    }
    const prototype = Object.getPrototypeOf(receiver) as object;
    let binding = this.last;
    if (binding === undefined || binding.prototype !== prototype || binding.runtime !== runtime) {
      binding = this.last = runtime.bind(this, prototype);
    }
    return binding.call(receiver, args);
  }
}

const OF_EVERY_FUNCTION: ReadonlySet<PropertyKey> = new Set(['prototype', 'arguments', 'caller']);

function wrap(method: GuardedMethod): Method {
  const { original } = method;
  const wrapper = function (this: Guarded | undefined, ...args: unknown[]): unknown {
    return method.call(this, args);
  } as Method;
  for (const key of Reflect.ownKeys(original)) {
    // name and length, and whatever other decorators have hung on the function
    const own = Reflect.getOwnPropertyDescriptor(original, key);
    if (own !== undefined && !OF_EVERY_FUNCTION.has(key)) Object.defineProperty(wrapper, key, own);
  }
  for (const key of Reflect.getOwnMetadataKeys(original)) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, original), wrapper);
  }
  return wrapper;
}

/**
 * Puts a layer above a method, as a method decorator does.
 * @throws {TypeError} on a static method, an accessor or a property
 */
export function guard(
  target: object,
  key: PropertyKey,
  descriptor: PropertyDescriptor | undefined,
  layer: Layer,
): void {
  const at = `${layer.decorator} on ${describe(target, key)}`;
  if (typeof target === 'function') {
    throw new TypeError(`${at}: a static method has no instance to find its policies on. Make it an instance method.`);
  }
  const fn: unknown = descriptor?.value;
  if (descriptor === undefined || typeof fn !== 'function') {
    throw new TypeError(`${at}: only methods can be guarded. Make it a method that returns a Promise.`);
  }
  let method = methods.get(fn);
  if (method === undefined) {
    method = new GuardedMethod(target, key, fn as Method);
    descriptor.value = method.wrapper;
  }
  method.add(layer);
  receiveRuntime(target);
}

const receiving = new WeakSet<object>();

/** Has the container put the application's runtime on every instance of a class. */
export function receiveRuntime(prototype: object): void {
  if (receiving.has(prototype)) return;
  receiving.add(prototype);
  Inject(RUNTIME)(prototype, RUNTIME);
}
