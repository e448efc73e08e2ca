import type { PolicyKind } from './events.js';

export type ResilienceErrorCode =
  'ERR_CIRCUIT_OPEN' | 'ERR_CALL_TIMEOUT' | 'ERR_BULKHEAD_FULL' | 'ERR_RATE_LIMITED' | 'ERR_SHUTTING_DOWN';

/**
 * What every error made by this library has; recognise it by `code`, so that two copies of the package agree. What is
 * the same for all errors of a class stands on its prototype: refusals are made by the thousand.
 */
export abstract class ResilienceError extends Error {
  readonly code: ResilienceErrorCode;
  /** The HTTP status this error maps to. */
  declare readonly statusCode: number;
  /** The kind of the policy that speaks, such as `circuit_breaker`. */
  declare readonly policy: PolicyKind;
  /** That policy's name; empty for an unnamed one. */
  readonly policyName: string;
  /** Milliseconds after which another try makes sense. */
  declare readonly retryAfter?: number;

  constructor(message: string, code: ResilienceErrorCode, policyName: string, retryAfter?: number, cause?: unknown) {
    if (cause === undefined) super(message);
    else super(message, { cause });
    this.code = code;
    this.policyName = policyName;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }
}

const quoted = (name: string): string => (name === '' ? '' : ` "${name}"`);

// refusals come in floods, and those of one breaker read alike: the last text is kept
const last = { breaker: '', state: '', text: '' };

function refusalOf(breaker: string, state: string): string {
  if (last.breaker !== breaker || last.state !== state) {
    const how = state === 'half_open' ? 'half-open and all its probes are taken' : state;
    Object.assign(last, { breaker, state, text: `Circuit breaker "${breaker}" is ${how}` });
  }
  return last.text;
}

/** A circuit breaker refused the call; 503. */
export class CircuitOpenError extends ResilienceError {
  declare readonly code: 'ERR_CIRCUIT_OPEN';
  /** The name of the breaker that refused. */
  readonly breaker: string;
  /** The state that refused: `open`, `half_open` (all probes are taken) or `isolated`. */
  readonly state: 'open' | 'half_open' | 'isolated';

  constructor(breaker: string, state: 'open' | 'half_open' | 'isolated', retryAfter?: number, cause?: unknown) {
    super(refusalOf(breaker, state), 'ERR_CIRCUIT_OPEN', breaker, retryAfter, cause);
    this.breaker = breaker;
    this.state = state;
  }
}

/** A call took longer than its limit; 504. */
export class CallTimeoutError extends ResilienceError {
  declare readonly code: 'ERR_CALL_TIMEOUT';
  /** The limit in ms. */
  readonly duration: number;

  constructor(policyName: string, duration: number) {
    super(`Call timed out after ${duration} ms${quoted(policyName)}`, 'ERR_CALL_TIMEOUT', policyName);
    this.duration = duration;
  }
}

/** A bulkhead has no place and no room in its queue, or the wait in it was too long; 503. */
export class BulkheadFullError extends ResilienceError {
  declare readonly code: 'ERR_BULKHEAD_FULL';

  constructor(policyName: string, maxConcurrent: number, maxQueue: number) {
    const message = `Bulkhead${quoted(policyName)} is full (${maxConcurrent} at once, ${maxQueue} queued)`;
    super(message, 'ERR_BULKHEAD_FULL', policyName);
  }
}

/** A rate limiter has no token left; 429. */
export class RateLimitedError extends ResilienceError {
  declare readonly code: 'ERR_RATE_LIMITED';

  constructor(policyName: string, retryAfter: number) {
    super(`Rate limiter${quoted(policyName)} has no permit left`, 'ERR_RATE_LIMITED', policyName, retryAfter);
  }
}

/** The application is going down and the call was still waiting for its turn; 503. */
export class ShuttingDownError extends ResilienceError {
  declare readonly code: 'ERR_SHUTTING_DOWN';
  declare readonly policy: PolicyKind;

  constructor(policy: PolicyKind, policyName: string, cause?: unknown) {
    super('The application is shutting down', 'ERR_SHUTTING_DOWN', policyName, undefined, cause);
    this.policy = policy;
  }
}

type ErrorClass = { readonly name: string; readonly prototype: ResilienceError };

function shareByClass(type: ErrorClass, statusCode: number, policy: PolicyKind): void {
  // as a name does, and unlike the rest, it stays out of listings: log lines show it already
  Object.defineProperty(type.prototype, 'name', { value: type.name, configurable: true, writable: true });
  Object.assign(type.prototype, { statusCode, policy });
}
shareByClass(CircuitOpenError, 503, 'circuit_breaker');
shareByClass(CallTimeoutError, 504, 'timeout');
shareByClass(BulkheadFullError, 503, 'bulkhead');
shareByClass(RateLimitedError, 429, 'rate_limiter');
shareByClass(ShuttingDownError, 503, 'pipeline');

/**
 * Makes an error without walking the stack: a refusal says who refused, and its stack is always the same. What it is
 * made `of` can be handed over, where a closure for each would cost too much.
 */
export function withoutStack<E extends Error, T = undefined>(make: (of: T) => E, of?: T): E {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make(of as T);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

const REFUSALS: ReadonlySet<unknown> = new Set<ResilienceErrorCode>([
  'ERR_CIRCUIT_OPEN',
  'ERR_BULKHEAD_FULL',
  'ERR_RATE_LIMITED',
  'ERR_SHUTTING_DOWN',
]);
const CODES: ReadonlySet<unknown> = new Set<unknown>([...REFUSALS, 'ERR_CALL_TIMEOUT']);

/** The `code` of an error, if it has one that can be read. */
export function codeOf(error: unknown): unknown {
  try {
    return typeof error === 'object' ? (error as { code?: unknown }).code : undefined;
  } catch {
    return undefined; // a hostile getter, or `null`
  }
}

/** Whether an error was made by this library, by whichever copy of it. */
export const isResilienceError = (error: unknown): error is ResilienceError => CODES.has(codeOf(error));
/** Whether a policy of this library refused the call before it was made. */
export const isRefusal = (error: unknown): error is ResilienceError => REFUSALS.has(codeOf(error));
export const isCircuitOpenError = (error: unknown): error is CircuitOpenError => codeOf(error) === 'ERR_CIRCUIT_OPEN';
export const isCallTimeoutError = (error: unknown): error is CallTimeoutError => codeOf(error) === 'ERR_CALL_TIMEOUT';
