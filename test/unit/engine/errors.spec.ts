import { inspect } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import {
  BulkheadFullError,
  CallTimeoutError,
  CircuitOpenError,
  RateLimitedError,
  ShuttingDownError,
  codeOf,
  isCallTimeoutError,
  isCircuitOpenError,
  isRefusal,
  isResilienceError,
} from '../../../lib/engine/index.js';
import type { ResilienceError } from '../../../lib/engine/index.js';
import { withoutStack } from '../../../lib/engine/errors.js';

// made in the tests themselves: what is made while the file loads is no part of any
const all = [
  {
    make: (): ResilienceError => new CircuitOpenError('payments', 'open', 250),
    name: 'CircuitOpenError',
    code: 'ERR_CIRCUIT_OPEN',
    statusCode: 503,
    policy: 'circuit_breaker',
    policyName: 'payments',
    message: 'Circuit breaker "payments" is open',
    refuses: true,
  },
  {
    make: (): ResilienceError => new CircuitOpenError('payments', 'half_open'),
    name: 'CircuitOpenError',
    code: 'ERR_CIRCUIT_OPEN',
    statusCode: 503,
    policy: 'circuit_breaker',
    policyName: 'payments',
    message: 'Circuit breaker "payments" is half-open and all its probes are taken',
    refuses: true,
  },
  {
    make: (): ResilienceError => new CircuitOpenError('payments', 'isolated'),
    name: 'CircuitOpenError',
    code: 'ERR_CIRCUIT_OPEN',
    statusCode: 503,
    policy: 'circuit_breaker',
    policyName: 'payments',
    message: 'Circuit breaker "payments" is isolated',
    refuses: true,
  },
  {
    make: (): ResilienceError => new CallTimeoutError('', 1_500),
    name: 'CallTimeoutError',
    code: 'ERR_CALL_TIMEOUT',
    statusCode: 504,
    policy: 'timeout',
    policyName: '',
    message: 'Call timed out after 1500 ms',
    refuses: false,
  },
  {
    make: (): ResilienceError => new CallTimeoutError('slow', 20),
    name: 'CallTimeoutError',
    code: 'ERR_CALL_TIMEOUT',
    statusCode: 504,
    policy: 'timeout',
    policyName: 'slow',
    message: 'Call timed out after 20 ms "slow"',
    refuses: false,
  },
  {
    make: (): ResilienceError => new BulkheadFullError('reports', 10, 2),
    name: 'BulkheadFullError',
    code: 'ERR_BULKHEAD_FULL',
    statusCode: 503,
    policy: 'bulkhead',
    policyName: 'reports',
    message: 'Bulkhead "reports" is full (10 at once, 2 queued)',
    refuses: true,
  },
  {
    make: (): ResilienceError => new RateLimitedError('', 40),
    name: 'RateLimitedError',
    code: 'ERR_RATE_LIMITED',
    statusCode: 429,
    policy: 'rate_limiter',
    policyName: '',
    message: 'Rate limiter has no permit left',
    refuses: true,
  },
  {
    make: (): ResilienceError => new ShuttingDownError('bulkhead', 'reports'),
    name: 'ShuttingDownError',
    code: 'ERR_SHUTTING_DOWN',
    statusCode: 503,
    policy: 'bulkhead',
    policyName: 'reports',
    message: 'The application is shutting down',
    refuses: true,
  },
] as const;

describe('an error of this library', () => {
  it.each(all)('says who speaks, in words and in fields: $message', ({ make, refuses, message, ...fields }) => {
    const error = make();
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe(message);
    expect(error).toMatchObject(fields);
    expect(`${String(error)}`).toBe(`${fields.name}: ${message}`);
    expect(isResilienceError(error)).toBe(true);
    expect(isRefusal(error)).toBe(refuses);
  });

  it('has a name that costs it no property of its own, and that can be set like that of any other', () => {
    const error = new CallTimeoutError('', 1);
    expect(Object.keys(error)).not.toContain('name');
    error.name = 'Mine';
    expect(error.name).toBe('Mine');
    expect(new CallTimeoutError('', 1).name).toBe('CallTimeoutError');
    expect(Object.getOwnPropertyDescriptor(CallTimeoutError.prototype, 'name')?.configurable).toBe(true);
    expect(inspect(new CallTimeoutError('', 1))).not.toContain('name:');
  });

  it('carries the wait and the cause that it was given, and neither of them otherwise', () => {
    const cause = new Error('the last failure');
    expect(new CircuitOpenError('payments', 'open', 250, cause)).toMatchObject({ retryAfter: 250, cause });
    const plain = new CircuitOpenError('payments', 'open');
    expect(Object.hasOwn(plain, 'cause')).toBe(false);
    expect(Object.hasOwn(plain, 'retryAfter')).toBe(false);
    expect(new RateLimitedError('', 40).retryAfter).toBe(40);
    expect(new ShuttingDownError('retry', '', cause).cause).toBe(cause);
  });

  it('says of each breaker what holds for it, though refusals of several take turns', () => {
    const messages = (['open', 'isolated'] as const).flatMap((state) =>
      ['a', 'b', 'a', 'a', 'b'].map((name) => new CircuitOpenError(name, state).message),
    );
    expect(messages).toEqual(
      ['open', 'isolated'].flatMap((state) =>
        ['a', 'b', 'a', 'a', 'b'].map((name) => `Circuit breaker "${name}" is ${state}`),
      ),
    );
  });

  it('is known by its code, whichever copy of the package made it', () => {
    const from = (code: string) => Object.assign(new Error('from elsewhere'), { code });
    expect(isCircuitOpenError(from('ERR_CIRCUIT_OPEN'))).toBe(true);
    expect(isCircuitOpenError(from('ERR_CALL_TIMEOUT'))).toBe(false);
    expect(isCallTimeoutError(from('ERR_CALL_TIMEOUT'))).toBe(true);
    expect(isCallTimeoutError(from('ERR_CIRCUIT_OPEN'))).toBe(false);
    for (const code of ['ERR_CIRCUIT_OPEN', 'ERR_BULKHEAD_FULL', 'ERR_RATE_LIMITED', 'ERR_SHUTTING_DOWN']) {
      expect(isResilienceError(from(code))).toBe(true);
      expect(isRefusal(from(code))).toBe(true);
    }
    expect(isResilienceError(from('ERR_CALL_TIMEOUT'))).toBe(true);
    expect(isRefusal(from('ERR_CALL_TIMEOUT'))).toBe(false);
    expect(isResilienceError(from('ECONNRESET'))).toBe(false);
    expect(isResilienceError(new Error('no code'))).toBe(false);
  });
});

describe('the code of an error', () => {
  it('is what the error says, whatever that is', () => {
    expect(codeOf({ code: 'ECONNRESET' })).toBe('ECONNRESET');
    expect(codeOf(Object.assign(new Error('numbered'), { code: 7 }))).toBe(7);
  });

  it('is none where something other than an object was thrown', () => {
    const named = Object.assign(() => undefined, { code: 'ERR_CIRCUIT_OPEN' });
    for (const thrown of [undefined, null, 'ERR_CIRCUIT_OPEN', 5, named]) expect(codeOf(thrown)).toBeUndefined();
  });

  it('is none where it cannot be read', () => {
    const hostile = {
      get code(): never {
        throw new Error('not yours');
      },
    };
    expect(codeOf(hostile)).toBeUndefined();
  });
});

describe('an error without a stack', () => {
  it('has no frames, and those made after it have theirs', () => {
    const limit = Error.stackTraceLimit;
    expect(withoutStack(() => new Error('bare')).stack).toBe('Error: bare');
    expect(Error.stackTraceLimit).toBe(limit);
    expect(new Error('whole').stack).toContain('errors.spec');
  });

  it('leaves the next ones theirs when it cannot be made', () => {
    const limit = Error.stackTraceLimit;
    const make = (): Error => {
      throw new RangeError('not made');
    };
    expect(() => withoutStack(make)).toThrow(RangeError);
    expect(Error.stackTraceLimit).toBe(limit);
  });
});
