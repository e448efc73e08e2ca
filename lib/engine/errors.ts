import type { PolicyKind } from './events.js';

export type ResilienceErrorCode =
  'ERR_CIRCUIT_OPEN' | 'ERR_CALL_TIMEOUT' | 'ERR_BULKHEAD_FULL' | 'ERR_RATE_LIMITED' | 'ERR_SHUTTING_DOWN';

interface ResilienceErrorFields {
  /** The kind of the policy that speaks, such as `circuit_breaker`. */
  policy: PolicyKind;
  /** That policy's name; empty for an unnamed one. */
  policyName: string;
  /** Milliseconds after which another try makes sense. */
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** What every error made by this library has; recognise it by `code`, so that two copies of the package agree. */
export abstract class ResilienceError extends Error {
  abstract readonly code: ResilienceErrorCode;
  /** The HTTP status this error maps to. */
  abstract readonly statusCode: number;
  readonly policy: PolicyKind;
  readonly policyName: string;
  declare readonly retryAfter?: number;

  constructor(message: string, fields: ResilienceErrorFields) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.policy = fields.policy;
    this.policyName = fields.policyName;
    if (fields.retryAfter !== undefined) this.retryAfter = fields.retryAfter;
  }
}

const quoted = (name: string): string => (name === '' ? '' : ` "${name}"`);

/** A circuit breaker refused the call; 503. */
export class CircuitOpenError extends ResilienceError {
  readonly code = 'ERR_CIRCUIT_OPEN';
  readonly statusCode = 503;
  /** The name of the breaker that refused. */
  readonly breaker: string;
  /** The state that refused: `open`, `half_open` (all probes are taken) or `isolated`. */
  readonly state: 'open' | 'half_open' | 'isolated';

  constructor(breaker: string, state: 'open' | 'half_open' | 'isolated', retryAfter?: number, cause?: unknown) {
    super(
      `Circuit breaker "${breaker}" is ${state === 'half_open' ? 'half-open and all its probes are taken' : state}`,
      {
        policy: 'circuit_breaker',
        policyName: breaker,
        retryAfter,
        cause,
      },
    );
    this.breaker = breaker;
    this.state = state;
  }
}

/** A call took longer than its limit; 504. */
export class CallTimeoutError extends ResilienceError {
  readonly code = 'ERR_CALL_TIMEOUT';
  readonly statusCode = 504;
  /** The limit in ms. */
  readonly duration: number;

  constructor(policyName: string, duration: number) {
    super(`Call timed out after ${duration} ms${quoted(policyName)}`, { policy: 'timeout', policyName });
    this.duration = duration;
  }
}

/** A bulkhead has no place and no room in its queue, or the wait in it was too long; 503. */
export class BulkheadFullError extends ResilienceError {
  readonly code = 'ERR_BULKHEAD_FULL';
  readonly statusCode = 503;

  constructor(policyName: string, maxConcurrent: number, maxQueue: number) {
    super(`Bulkhead${quoted(policyName)} is full (${maxConcurrent} at once, ${maxQueue} queued)`, {
      policy: 'bulkhead',
      policyName,
    });
  }
}

/** A rate limiter has no token left; 429. */
export class RateLimitedError extends ResilienceError {
  readonly code = 'ERR_RATE_LIMITED';
  readonly statusCode = 429;

  constructor(policyName: string, retryAfter: number) {
    super(`Rate limiter${quoted(policyName)} has no permit left`, { policy: 'rate_limiter', policyName, retryAfter });
  }
}

/** The application is going down and the call was still waiting for its turn; 503. */
export class ShuttingDownError extends ResilienceError {
  readonly code = 'ERR_SHUTTING_DOWN';
  readonly statusCode = 503;

  constructor(policy: PolicyKind, policyName: string, cause?: unknown) {
    super('The application is shutting down', { policy, policyName, cause });
  }
}

for (const type of [CircuitOpenError, CallTimeoutError, BulkheadFullError, RateLimitedError, ShuttingDownError]) {
  // on the prototype: an own property a refusal would cost a store and show up in every log line
  Object.defineProperty(type.prototype, 'name', { value: type.name, configurable: true, writable: true });
}

/** Makes an error without walking the stack: a refusal says who refused, and its stack is always the same. */
export function withoutStack<E extends Error>(make: () => E): E {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
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
