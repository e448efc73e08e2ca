import { Complaint, numberIn } from './complaint.js';
import type { Reader } from './complaint.js';
import { nameFault } from './names.js';
import { didYouMean } from './nearest.js';
import { preview } from './preview.js';

type AnyFunction = (...args: never[]) => unknown;

/** A whole number from `min` to `max`. */
export const readCount =
  (min = 1, max: number = Number.MAX_SAFE_INTEGER): Reader<number> =>
  (value) => {
    const number = numberIn(value);
    const expected = min === 1 ? 'a positive whole number' : `a whole number of at least ${min}`;
    if (number === undefined || Number.isNaN(number) || number < min)
      return new Complaint(`expected ${expected}, got ${preview(value)}`);
    if (number > max) return new Complaint(`expected ${expected} up to ${max}, got ${preview(value)}`);
    if (!Number.isInteger(number))
      return new Complaint(`expected ${expected}, got ${preview(value)}. Did you mean ${Math.ceil(number)}?`);
    return number === 0 ? 0 : number;
  };

/** A number over 0. */
export const readFactor =
  (min: number): Reader<number> =>
  (value) => {
    const number = numberIn(value);
    if (number !== undefined && number >= min && Number.isFinite(number)) return number;
    return new Complaint(`expected a number of at least ${min}, got ${preview(value)}`);
  };

/** A share, over 0 and up to 1. */
export function readRatio(value: unknown): number | Complaint {
  const number = numberIn(value);
  if (number !== undefined && number > 0 && number <= 1) return number;
  if (number === 0) return new Complaint(`expected 0–1 and more than 0, got ${preview(value)}`);
  return new Complaint(`expected 0–1, got ${preview(value)}${percentHint(number, value)}`);
}

function percentHint(number: number | undefined, value: unknown): string {
  const percent = number ?? (typeof value === 'string' ? numberIn(value.replace(/\s*%\s*$/, '')) : undefined);
  const isPercent = percent !== undefined && percent > 0 && percent <= 100;
  return isPercent ? `. Did you mean ${Number((percent / 100).toPrecision(12))}?` : '';
}

/** `true` or `false`, as such or as text. */
export function readFlag(value: unknown): boolean | Complaint {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (text === true || text === 'true') return true;
  if (text === false || text === 'false') return false;
  const meant = YES.has(text) ? '. Did you mean true?' : NO.has(text) ? '. Did you mean false?' : '';
  return new Complaint(`expected true or false, got ${preview(value)}${meant}`);
}

const YES: ReadonlySet<unknown> = new Set([1, '1', 'yes', 'on', 'y', 'enabled']);
const NO: ReadonlySet<unknown> = new Set([0, '0', 'no', 'off', 'n', 'disabled']);

/** Whether a value says that something is off. */
export const isFalse = (value: unknown): boolean =>
  value === false || (typeof value === 'string' && value.trim().toLowerCase() === 'false');

/** What `read` reads, or `false` for off. */
export const orFalse =
  <T>(read: Reader<T>): Reader<T | false> =>
  (value) => {
    if (isFalse(value)) return false;
    const result = read(value);
    if (!Complaint.is(result)) return result;
    const isOff = value === null || numberIn(value) === 0 || value === '';
    return isOff ? new Complaint(`${result.message}. To switch it off, say false`) : result;
  };

/** One of a few words. */
export const readChoice =
  <T extends string>(choices: readonly T[]): Reader<T> =>
  (value) => {
    const choice = choices.find((each) => each === value);
    if (choice !== undefined) return choice;
    const meant = typeof value === 'string' ? didYouMean(value, choices) : '';
    return new Complaint(`expected ${choices.map((each) => `'${each}'`).join(', ')}, got ${preview(value)}${meant}`);
  };

/** A function; `what` says what for. */
export const readFunction =
  <F extends AnyFunction>(what: string): Reader<F> =>
  (value) =>
    typeof value === 'function' ? (value as F) : new Complaint(`expected ${what}, got ${preview(value)}`);

/** Functions (classes are functions), one or several. */
export const readFunctions =
  <F>(what: string): Reader<readonly F[]> =>
  (value) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const wrong = list.findIndex((each) => typeof each !== 'function');
    if (wrong < 0) return Object.freeze([...list]) as readonly F[];
    const place = Array.isArray(value) ? ` at place ${wrong + 1}` : '';
    return new Complaint(`expected ${what}, one or a list, got ${preview(list[wrong])}${place}`);
  };

/** A name. */
export function readName(value: unknown): string | Complaint {
  const fault = nameFault(value);
  return fault === undefined ? (value as string) : new Complaint(fault);
}

/** A list of names; in an environment variable with commas between them. */
export function readNames(value: unknown): readonly string[] | Complaint {
  const list: unknown = typeof value === 'string' ? value.split(',').map((each) => each.trim()) : value;
  if (!Array.isArray(list)) return new Complaint(`expected a list of names, got ${preview(value)}`);
  const faults = list.flatMap((each: unknown) => nameFault(each) ?? []);
  return faults.length > 0 ? new Complaint(faults.join('; ')) : (Object.freeze([...list]) as readonly string[]);
}
