import type { Policy } from '../engine/index.js';
import type { KnownAnswer } from './answer-kind.js';
import type { Layer } from './layers.js';
import type { RUNTIME } from './tokens.js';

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A method and what stands above it. */
export interface LayeredMethod {
  /** The prototype that declares it. */
  readonly target: object;
  readonly key: PropertyKey;
  readonly original: Method;
  /** Innermost first, as decorators are applied. */
  readonly layers: readonly Layer[];
  /** What it is known to return. */
  readonly answer: KnownAnswer;
  /** A call has shown what it returns. */
  learn(answer: KnownAnswer): void;
}

/** What an application makes of guarded methods. */
export interface Runtime {
  bind(method: LayeredMethod, prototype: object): BoundMethod;
}

/** A guarded method as one class of one application runs it. */
export interface BoundMethod {
  readonly runtime: Runtime;
  readonly prototype: object;
  /** Outermost first. */
  readonly policies: readonly Policy[];
  call(receiver: Guarded, args: unknown[]): unknown;
}

/** An instance that the container made. */
export interface Guarded {
  readonly [RUNTIME]?: Runtime;
}
