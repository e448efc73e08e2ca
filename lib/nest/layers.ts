import type { CallContext, ErrorMatcher } from '../engine/index.js';
import type { AnswerKind } from './answer-kind.js';

/** Options as a decorator was given them: they are checked when the application starts. */
export type InlineOptions = Readonly<Record<string, unknown>>;

interface LayerFields {
  /** As it is written above the method, for messages. */
  readonly decorator: string;
  /** What the user says the method returns. */
  readonly returns?: AnswerKind | undefined;
}

/** A policy that has a name, its own or by default the method's. */
export interface NamedLayer extends LayerFields {
  readonly kind: 'retry' | 'timeout' | 'bulkhead' | 'rate_limiter';
  readonly name: string | undefined;
  readonly options: InlineOptions | undefined;
}

/** One breaker, or one a key. */
export interface CircuitBreakerLayer extends LayerFields {
  readonly kind: 'circuit_breaker';
  readonly name: string | undefined;
  readonly options: InlineOptions | undefined;
  readonly keyed: KeyedOptions | undefined;
}

export interface KeyedOptions {
  /** Names the breaker of a call, after the common name and a colon. */
  readonly key: (...args: never[]) => string;
  /** @default 1000 */
  readonly maxKeys?: number;
  /** How long a keyed breaker is kept without a call. */
  readonly keyTtl?: number | string;
}

/** Answers for a call that failed: gets its arguments, the error, and the call's context. */
export type FallbackFunction = (...args: never[]) => unknown;

export interface FallbackLayer extends LayerFields {
  readonly kind: 'fallback';
  /** Method names and functions, tried in turn. */
  readonly handlers: readonly (PropertyKey | FallbackFunction)[];
  readonly on: readonly ErrorMatcher[] | undefined;
}

export interface HedgeLayer extends LayerFields {
  readonly kind: 'hedge';
  readonly options: InlineOptions | undefined;
}

/** What one decorator says of a method. */
export type Layer = NamedLayer | CircuitBreakerLayer | FallbackLayer | HedgeLayer;

/** A guarded method's fallback as the engine calls it. */
export type ContextFallback = (error: unknown, context: CallContext) => unknown;
