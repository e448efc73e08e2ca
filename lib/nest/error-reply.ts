import type { ResilienceError } from '../engine/index.js';

/** What a client is told of a refusal or a time-out. */
export interface ErrorReply {
  readonly statusCode: number;
  /** Such as `ERR_CIRCUIT_OPEN`. */
  readonly code: string;
  /** The status in words; what is guarded, and by whom, stays inside. */
  readonly message: string;
  /** Milliseconds after which another try makes sense. */
  readonly retryAfter?: number;
}

const STATUS: Readonly<Record<string, number>> = {
  ERR_CIRCUIT_OPEN: 503,
  ERR_CALL_TIMEOUT: 504,
  ERR_BULKHEAD_FULL: 503,
  ERR_RATE_LIMITED: 429,
  ERR_SHUTTING_DOWN: 503,
};

const MESSAGES: Readonly<Record<number, string>> = {
  429: 'Too Many Requests',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** The same words whatever the transport. The error may come from another copy of the package: only its code counts. */
export function errorReply(error: ResilienceError): ErrorReply {
  const { code } = error;
  const statusCode = STATUS[code] ?? 503;
  const retryAfter = retryAfterOf(error);
  const reply = { statusCode, code, message: MESSAGES[statusCode] ?? 'Service Unavailable' };
  return retryAfter === undefined ? reply : { ...reply, retryAfter };
}

/** `Retry-After` in whole seconds, rounded up: who comes back by then is not too early. */
export function retryAfterSeconds(error: ResilienceError): number | undefined {
  const retryAfter = retryAfterOf(error);
  return retryAfter === undefined ? undefined : Math.ceil(retryAfter / 1_000);
}

function retryAfterOf({ retryAfter }: ResilienceError): number | undefined {
  return typeof retryAfter === 'number' && Number.isFinite(retryAfter) && retryAfter >= 0
    ? Math.ceil(retryAfter)
    : undefined;
}
