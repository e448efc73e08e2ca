import { kindOf } from './preview.js';
import { CANNOT_BE_READ } from './schema-faults.js';

/** Tells of a fault at a path. */
export type FaultSink = (path: readonly PropertyKey[], message: string) => void;

/** Whether the value at a path is taken as it is: a logger, a clock. */
export type IsOpaque = (path: readonly string[]) => boolean;

/** Nothing that users may write is deeper. */
const MAX_DEPTH = 12;
const MAX_LIST = 10_000;

/**
 * A copy of what somebody wrote that is safe to look at: objects without prototype, own properties only, every getter
 * read once. What cannot be read (a getter or a proxy that throws, a circle) is left out and told to `fault`;
 * `undefined` counts as not written. Functions and opaque values are kept as they are. Cost: one visit an object.
 */
export function copyPlain(value: unknown, isOpaque: IsOpaque, fault: FaultSink): unknown {
  return new Copier(isOpaque, fault).copy(value, []);
}

const LEFT_OUT = Symbol('left out');

class Copier {
  /** Copies by original; an original that is still being copied leads back to itself. */
  private readonly copies = new Map<object, unknown>();

  constructor(
    private readonly isOpaque: IsOpaque,
    private readonly fault: FaultSink,
  ) {}

  copy(value: unknown, path: readonly string[]): unknown {
    if (value === null || typeof value !== 'object') return value;
    if (this.isOpaque(path)) return this.keep(value, path);
    if (this.copies.has(value)) {
      const copy = this.copies.get(value);
      if (copy === LEFT_OUT) this.fault(path, 'leads back to itself; expected no circle');
      return copy === LEFT_OUT ? undefined : copy;
    }
    if (path.length > MAX_DEPTH) {
      this.fault(path, 'is nested too deeply');
      return undefined;
    }
    this.copies.set(value, LEFT_OUT);
    const copy = this.copyObject(value, path);
    this.copies.set(value, copy);
    return copy;
  }

  /** Takes a value as it is, once it has let itself be looked at: revoked proxies don't. */
  private keep(value: object, path: readonly string[]): unknown {
    try {
      Object.getPrototypeOf(value);
      return value;
    } catch {
      this.fault(path, CANNOT_BE_READ);
      return undefined;
    }
  }

  private copyObject(value: object, path: readonly string[]): unknown {
    try {
      if (Array.isArray(value)) return this.copyList(value, path);
      const kind = kindOf(value);
      if (kind !== 'an object') {
        const fix = kind === 'a Promise' ? '; options that come later go to forRootAsync' : '';
        this.fault(path, `expected an object, got ${kind}${fix}`);
        return undefined;
      }
      return this.copyFields(value, path);
    } catch {
      this.fault(path, CANNOT_BE_READ);
      return undefined;
    }
  }

  private copyList(list: readonly unknown[], path: readonly string[]): unknown[] | undefined {
    if (list.length > MAX_LIST) {
      this.fault(path, `expected at most ${MAX_LIST} entries, got ${list.length}`);
      return undefined;
    }
    return Array.from({ length: list.length }, (_, index) => this.copyField(list, index, path));
  }

  private copyFields(value: object, path: readonly string[]): Record<string, unknown> {
    const copy = Object.create(null) as Record<string, unknown>;
    for (const key of Object.keys(value)) {
      const field = this.copyField(value, key, path);
      if (field !== undefined) copy[key] = field;
    }
    return copy;
  }

  private copyField(value: object, key: string | number, path: readonly string[]): unknown {
    const here = [...path, String(key)];
    let field: unknown;
    try {
      field = (value as Readonly<Record<string | number, unknown>>)[key];
    } catch {
      this.fault(here, CANNOT_BE_READ);
      return undefined;
    }
    return this.copy(field, here);
  }
}
