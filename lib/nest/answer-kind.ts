import { Observable, isObservable } from 'rxjs';

/** What a guarded method returns. */
export type AnswerKind = 'promise' | 'observable' | 'iterable';

/** `value`: nothing that can be guarded; `undefined`: not known before the first call. */
export type KnownAnswer = AnswerKind | 'value' | undefined;

const BY_FUNCTION: Readonly<Record<string, KnownAnswer>> = {
  AsyncFunction: 'promise',
  AsyncGeneratorFunction: 'iterable',
  GeneratorFunction: 'value',
};

const PLAIN: ReadonlySet<unknown> = new Set([String, Number, Boolean, Array, Date, BigInt, Symbol, Map, Set, RegExp]);

/** Judges a declared return type, as `emitDecoratorMetadata` writes it; `void` and none look alike there. */
function answerOfType(type: unknown): KnownAnswer {
  if (typeof type !== 'function') return undefined;
  if (PLAIN.has(type)) return 'value';
  if (type === Observable) return 'observable';
  const prototype: unknown = type.prototype;
  return typeof prototype === 'object' && prototype !== null && type !== Object ? answerOf(prototype) : undefined;
}

/** Judges what a method has returned, or the prototype of what it will; `undefined` for a plain value. */
export function answerOf(value: unknown): AnswerKind | undefined {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return undefined;
  if (isObservable(value)) return 'observable';
  if (Symbol.asyncIterator in value) return 'iterable';
  return 'then' in value ? 'promise' : undefined;
}

/** What is known of a method before it is called: by its kind of function, else by its declared type. */
export function knownAnswer(target: object, key: PropertyKey, fn: object): KnownAnswer {
  const byFunction = BY_FUNCTION[(fn as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? ''];
  if (byFunction !== undefined) return byFunction;
  return answerOfType(Reflect.getMetadata('design:returntype', target, key as string | symbol));
}
