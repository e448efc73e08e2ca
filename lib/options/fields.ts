import { z } from 'zod';

import { MAX_DURATION } from '../engine/index.js';
import { Complaint } from './complaint.js';
import type { Reader } from './complaint.js';
import { readDuration } from './duration.js';
import { orFalse, readChoice, readCount, readFactor, readFlag, readFunction, readRatio } from './readers.js';

/** What the JSON Schema tells of an option besides its type. */
export interface FieldDocs {
  readonly id?: string;
  readonly description?: string;
  /** The default as users would write it. */
  readonly usual?: unknown;
  /** A regular expression for texts. */
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Values that an editor may offer. */
  readonly examples?: readonly string[];
  /** The schema that a reader applies itself. */
  readonly like?: object;
}

export const docs = z.registry<FieldDocs>();

type Refusal = (issue: { readonly input?: unknown }) => string;

/** A schema that takes what `accepts` takes, makes of it what `read` makes, and complains in the words of `read`. */
export function field<T, S extends z.ZodType>(read: Reader<T>, accepts: (error: Refusal) => S) {
  const error: Refusal = ({ input }) => {
    const result = read(input);
    return Complaint.is(result) ? result.message : 'is of a kind that is not expected here';
  };
  return accepts(error).transform((value, context): T => {
    const result = read(value);
    if (!Complaint.is(result)) return result;
    context.issues.push({ code: 'custom', message: result.message, input: value });
    return z.NEVER;
  });
}

/** An option that may be left out, with its words for editors. */
export function option<S extends z.ZodType>(schema: S, description: string, usual?: unknown): z.ZodOptional<S> {
  const optional = schema.optional();
  docs.add(optional, usual === undefined ? { description } : { description, usual });
  return optional;
}

const number = (error: Refusal) => z.number({ error });
const text = (error: Refusal) => z.string({ error });
const matching = (pattern: string) => (error: Refusal) => text(error).register(docs, { pattern });
const digits = matching('^\\s*\\d+\\s*$');
const decimal = matching('^\\s*(\\d+\\.?\\d*|\\.\\d+)\\s*$');
const yesOrNo = matching('^(true|false)$');
const time = matching(
  '^\\s*(\\d+\\.?\\d*|\\.\\d+)\\s*(ms|msecs?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)?\\s*$',
);
const off = (error: Refusal) => z.literal(false, { error });
const fn = (error: Refusal) =>
  z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', { error });
const unwritable = (read: Reader<unknown>, error: Refusal) =>
  z.custom<unknown>((value) => !Complaint.is(read(value)), { error });
const ms = (error: Refusal) => number(error).register(docs, { minimum: 0, maximum: MAX_DURATION });
const msOrTime = (error: Refusal) => z.union([ms(error), time(error)], { error });
const msTimeOrOff = (error: Refusal) => z.union([ms(error), time(error), off(error)], { error });
const msTimeOrFunction = (error: Refusal) => z.union([ms(error), time(error), fn(error)], { error });

export const duration = (read: Reader<number> = readDuration) => field(read, msOrTime);
export const durationOrOff = () => field(orFalse(readDuration), msTimeOrOff);
export const durationOr = <T>(read: Reader<T>) => field(read, msTimeOrFunction);

const integers =
  (min: number, max = Number.MAX_SAFE_INTEGER) =>
  (error: Refusal) =>
    z.int({ error }).min(min, { error }).max(max, { error });

export const count = (min = 1, max?: number) =>
  field(readCount(min, max), (error) => z.union([integers(min, max)(error), digits(error)], { error }));
export const countOrOff = (read: Reader<number> = readCount()) =>
  field(orFalse(read), (error) => z.union([integers(1)(error), digits(error), off(error)], { error }));

const share = (error: Refusal) => number(error).gt(0, { error }).max(1, { error });
export const ratio = () => field(readRatio, (error) => z.union([share(error), decimal(error)], { error }));
export const ratioOrOff = () =>
  field(orFalse(readRatio), (error) => z.union([share(error), decimal(error), off(error)], { error }));

/** A number of at least `min`. */
export const factor = (min: number) =>
  field(readFactor(min), (error) => z.union([number(error).min(min, { error }), decimal(error)], { error }));

export const flag = () => field(readFlag, (error) => z.union([z.boolean({ error }), yesOrNo(error)], { error }));

/** `true`, `false`, one of a few words, or what only code can say. */
export const flagOr = <T>(read: Reader<T>, ...words: readonly string[]) =>
  field(read, (error) =>
    z.union([z.boolean({ error }), z.enum(['true', 'false', ...words], { error }), unwritable(read, error)], { error }),
  );

export const choice = <const T extends string>(...choices: readonly T[]) =>
  field(readChoice(choices), (error) => z.enum(choices as readonly [T, ...T[]], { error }));

/** One of a few words, or what only code can say. */
export const choiceOr = <T>(read: Reader<T>, choices: readonly [string, ...string[]]) =>
  field(read, (error) => z.union([z.enum(choices, { error }), unwritable(read, error)], { error }));

/** A share, an object that says it in full, or off. */
export const ratioOr = <T, O extends z.ZodType>(read: Reader<T>, inFull: O) =>
  field(read, (error) =>
    z.union([share(error), decimal(error), off(error), z.unknown().register(docs, { like: inFull })], { error }),
  );

export const textual = <T>(read: Reader<T>, examples: readonly string[] = []) =>
  field(read, (error) => (examples.length === 0 ? text(error) : text(error).register(docs, { examples })));
export const textualOrOff = <T>(read: Reader<T>) =>
  field(orFalse(read), (error) => z.union([text(error), off(error)], { error }));
export const texts = <T>(read: Reader<T>) =>
  field(read, (error) => z.union([z.array(z.string(), { error }), text(error)], { error }));

/** What only code can say: it has no place in a file. */
export const code = <T>(read: Reader<T>) => field(read, (error) => unwritable(read, error));
export const callback = <F extends (...args: never[]) => unknown>(what: string) => code(readFunction<F>(what));
