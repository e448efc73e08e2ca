import { isDate } from 'node:util/types';

/** Longer keys cost more than the answers they stand for. */
const MAX_LENGTH = 4_096;
const MAX_DEPTH = 16;

/**
 * Arguments as a text that equal ones share, whatever the order of their keys; `undefined` where they hold more than
 * data, so that no two calls are taken for the same that aren't. A missing last argument is as good as `undefined`, and
 * signals don't count.
 */
export function keyOfArguments(args: readonly unknown[]): string | undefined {
  try {
    const encoder = new Encoder();
    const parts = args.map((arg) => encoder.encode(arg, 0));
    while (parts.at(-1) === UNDEFINED) parts.pop();
    const key = parts.join(',');
    return key.length > MAX_LENGTH ? undefined : key;
  } catch {
    return undefined; // more than data, too much of it, or a getter that throws
  }
}

const UNDEFINED = 'undefined';

/** Thrown where arguments are more than data, or too much of it. Nobody sees it: one will do for all. */
const NO_KEY = new Error();

class Encoder {
  private values = 0;

  encode(value: unknown, depth: number): string {
    if (++this.values > MAX_LENGTH || depth > MAX_DEPTH) throw NO_KEY;
    switch (typeof value) {
      case 'string':
        if (value.length > MAX_LENGTH) throw NO_KEY;
        return JSON.stringify(value);
      case 'number':
      case 'boolean':
      case 'undefined':
        return String(value);
      case 'bigint':
        return `${value}n`;
      case 'object':
        return value === null ? 'null' : this.encodeObject(value, depth + 1);
      default:
        throw NO_KEY;
    }
  }

  private encodeObject(value: object, depth: number): string {
    if (isDate(value)) return `@${value.getTime()}`;
    if (value instanceof AbortSignal) return UNDEFINED;
    if (Array.isArray(value)) {
      return `[${Array.from(value as readonly unknown[], (item) => this.encode(item, depth)).join(',')}]`;
    }
    if (!isPlain(value)) throw NO_KEY;
    const entries = Object.keys(value)
      .sort()
      .map((key) => [JSON.stringify(key), this.encode((value as Record<string, unknown>)[key], depth)])
      .filter(([, encoded]) => encoded !== UNDEFINED);
    return `{${entries.map((entry) => entry.join(':')).join(',')}}`;
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  const isBare = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isBare && Object.getOwnPropertySymbols(value).length === 0;
}
