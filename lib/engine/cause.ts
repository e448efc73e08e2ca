import { isNativeError } from 'node:util/types';

/** A `DOMException` is no native error, and one of another realm no instance of this one's `Error`. */
function isError(value: unknown): value is Error {
  if (isNativeError(value)) return true;
  const { message, stack } = (value ?? {}) as Partial<Error>;
  return typeof message === 'string' && typeof stack === 'string';
}

/** How far a chain of causes is followed. */
const MAX_DEPTH = 20;

/**
 * Says of an error what caused it, unless it says so itself, is frozen, or is part of the cause. Nothing else about it
 * changes: the property is what the constructor's `cause` option would have made.
 */
export function addCause(error: unknown, cause: unknown): void {
  try {
    if (cause === undefined || !isError(error) || error.cause !== undefined || isPartOf(error, cause)) return;
    // a subclass may declare the field and leave it empty: then it is filled as it stands
    const isDeclared = Object.hasOwn(error, 'cause');
    Object.defineProperty(
      error,
      'cause',
      isDeclared ? { value: cause } : { value: cause, writable: true, enumerable: false, configurable: true },
    );
  } catch {
    // frozen, or a proxy that won't have it: it reaches the caller as it is
  }
}

/** Whether `error` is `cause`, or what it was caused by or gathered from: a chain must not bite its own tail. */
function isPartOf(error: Error, cause: unknown): boolean {
  let link = cause;
  for (let depth = 0; depth < MAX_DEPTH && isError(link); depth++) {
    const { errors } = link as { errors?: unknown };
    if (link === error || (Array.isArray(errors) && errors.includes(error))) return true;
    link = link.cause;
  }
  return false;
}
