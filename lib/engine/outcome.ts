import type { CallContext } from './call-context.js';
import { codeOf, isRefusal } from './errors.js';

/** What a call says about the health of what it called; `ignored` says nothing. */
export type Outcome = 'success' | 'failure' | 'ignored';

/** How a call ended. */
export type Settled<T = unknown> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/** Judges an ended call. When it throws, the outcome is `ignored` and the fault is reported. */
export type Classify = (settled: Settled, context: CallContext) => Outcome;

export type ErrorClass = abstract new (...args: never[]) => unknown;
export type ErrorPredicate = (error: unknown, context: CallContext) => boolean;
/** An error class (matched with `instanceof`) or a predicate. */
export type ErrorMatcher = ErrorClass | ErrorPredicate;

const isErrorPrototype = (prototype: unknown): boolean => {
  for (let p = prototype; p !== null; p = Object.getPrototypeOf(p)) {
    if ((p as { constructor?: { name?: unknown } }).constructor?.name === 'Error') return true;
  }
  return false;
};

/** Whether a matcher is a class; a plain `function` that inherits from no error is a predicate. */
export function isErrorClass(matcher: ErrorMatcher): matcher is ErrorClass {
  const prototype: unknown = (matcher as { prototype?: unknown }).prototype;
  if (!prototype) return false;
  return isErrorPrototype(prototype) || /^class\b/.test(Function.prototype.toString.call(matcher));
}

/** One predicate for a list of matchers; `undefined` for an empty list. */
export function anyOf(matchers: readonly ErrorMatcher[]): ErrorPredicate | undefined {
  if (matchers.length === 0) return undefined;
  const tests = matchers.map((matcher): ErrorPredicate =>
    isErrorClass(matcher) ? (error) => error instanceof matcher : matcher,
  );
  return (error, context) => tests.some((test) => test(error, context));
}

interface StatusCarrier {
  getStatus?: unknown;
  getResponse?: unknown;
  status?: unknown;
  statusCode?: unknown;
  response?: { status?: unknown; statusCode?: unknown } | null;
}

const isClientFault = (status: unknown): boolean =>
  typeof status === 'number' && status >= 400 && status < 500 && status !== 408 && status !== 429;

/** Reads properties of something thrown by a stranger: the caller must expect it to throw. */
function saysClientFault(error: StatusCarrier): boolean {
  if (typeof error.getStatus === 'function' && typeof error.getResponse === 'function') {
    const status: unknown = error.getStatus();
    return typeof status === 'number' && status < 500;
  }
  return [error.status, error.statusCode, error.response?.status, error.response?.statusCode].some(isClientFault);
}

/**
 * The built-in judgement of an error: a failure, unless it is the caller's own fault (an `HttpException` below 500,
 * another error that carries a 4xx status other than 408 and 429), an abort, or a refusal of this library.
 */
export function classifyError(error: unknown, context: CallContext | undefined): Outcome {
  if (context?.isAbortedByCaller === true) return 'ignored';
  if (typeof error !== 'object') return 'failure';
  try {
    if (isRefusal(error)) return 'ignored';
    if ((error as Error).name === 'AbortError' || codeOf(error) === 'ABORT_ERR') return 'ignored';
    return saysClientFault(error as StatusCarrier) ? 'ignored' : 'failure';
  } catch {
    return 'failure'; // a hostile getter or proxy, or `null`: thrown all the same
  }
}
