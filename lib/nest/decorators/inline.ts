import type { AnswerKind } from '../answer-kind.js';
import type { InlineOptions } from '../layers.js';

/** Beside a policy's options: what the method returns, where that can't be seen. */
export interface ReturnsOption {
  /**
   * What the method returns. Needed only for a method that is neither `async` nor declares its return type, and whose
   * very first call matters.
   */
  readonly returns?: AnswerKind;
}

/** What a decorator was called with. */
export interface Inline {
  readonly name: string | undefined;
  readonly options: InlineOptions | undefined;
  readonly returns: AnswerKind | undefined;
}

/** Reads `()`, `(name)`, `(options)` and `(name, options)`. */
export function readInline(first?: unknown, second?: unknown): Inline {
  const name = typeof first === 'string' ? first : undefined;
  const given = (name === undefined ? first : second) as (InlineOptions & ReturnsOption) | undefined;
  if (given === undefined) return { name, options: undefined, returns: undefined };
  const { returns, ...options } = given;
  return { name, options: Object.keys(options).length === 0 ? undefined : options, returns };
}
