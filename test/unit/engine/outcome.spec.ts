import { HttpException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';

import { CircuitOpenError, CallTimeoutError, classifyError, isErrorClass } from '../../../lib/engine/index.js';
import type { CallContext, ErrorMatcher } from '../../../lib/engine/index.js';

const judge = (error: unknown): string => classifyError(error, undefined);
const withStatus = (fields: object): Error => Object.assign(new Error('answered'), fields);

describe('the built-in judgement of an error', () => {
  it.each([undefined, null, 'down', 0, 404, Symbol('down'), () => 'down'])(
    'takes what is no object for a failure: %p',
    (thrown) => {
      expect(judge(thrown)).toBe('failure');
    },
  );

  it('takes a function for a failure, whatever it carries', () => {
    expect(judge(Object.assign(() => undefined, { status: 404 }))).toBe('failure');
  });

  it.each([
    [399, 'failure'],
    [400, 'ignored'],
    [404, 'ignored'],
    [408, 'failure'],
    [429, 'failure'],
    [499, 'ignored'],
    [500, 'failure'],
    [503, 'failure'],
    ['404', 'failure'],
    [undefined, 'failure'],
  ])('reads the status %p, wherever it stands, as %s', (status, outcome) => {
    for (const fields of [
      { status },
      { statusCode: status },
      { response: { status } },
      { response: { statusCode: status } },
    ]) {
      expect(judge(withStatus(fields))).toBe(outcome);
    }
    expect(judge(withStatus({ status, response: null }))).toBe(outcome);
  });

  it.each([
    [400, 'ignored'],
    [408, 'ignored'],
    [429, 'ignored'],
    [301, 'ignored'],
    [499, 'ignored'],
    [500, 'failure'],
    [504, 'failure'],
  ])('takes an HttpException with %p, which is what this application says, for %s', (status, outcome) => {
    expect(judge(new HttpException('said', status))).toBe(outcome);
  });

  it("takes for an HttpException only what has both of its methods, and believes it no status that isn't a number", () => {
    expect(judge(withStatus({ getStatus: () => 404 }))).toBe('failure');
    expect(judge(withStatus({ getResponse: () => 'no', getStatus: 404 }))).toBe('failure');
    expect(judge(withStatus({ getResponse: () => 'no', status: 404 }))).toBe('ignored');
    expect(judge(withStatus({ getStatus: () => '404', getResponse: () => 'no' }))).toBe('failure');
    expect(judge(withStatus({ getStatus: () => null, getResponse: () => 'no' }))).toBe('failure');
  });

  it('ignores an abort, by its name or its code', () => {
    expect(judge(new DOMException('left', 'AbortError'))).toBe('ignored');
    expect(judge(withStatus({ name: 'AbortError' }))).toBe('ignored');
    expect(judge(withStatus({ code: 'ABORT_ERR' }))).toBe('ignored');
    expect(judge(withStatus({ name: 'TimeoutError', code: 'ETIMEDOUT' }))).toBe('failure');
    expect(judge(withStatus({ code: '' }))).toBe('failure');
  });

  it('ignores a refusal, not a time-out', () => {
    expect(judge(new CircuitOpenError('payments', 'open'))).toBe('ignored');
    expect(judge(new CallTimeoutError('', 100))).toBe('failure');
  });

  it('ignores every error of a call that its caller aborted', () => {
    const context = (isAbortedByCaller: boolean) => ({ isAbortedByCaller }) as CallContext;
    expect(classifyError(new Error('no'), context(true))).toBe('ignored');
    expect(classifyError('no', context(true))).toBe('ignored');
    expect(classifyError(new Error('no'), context(false))).toBe('failure');
  });

  it('takes for a failure what defends itself against being read', () => {
    const hostile = {
      get name(): never {
        throw new Error('not yours');
      },
      status: 404,
    };
    expect(judge(hostile)).toBe('failure');
  });
});

describe('an error matcher', () => {
  it('is a class where it inherits from an error or is written as a class', () => {
    class Plain {}
    class Sub extends TypeError {}
    // oxlint-disable-next-line func-style, prefer-arrow-callback
    const Old = function (this: unknown) {} as unknown as ErrorMatcher;
    (Old as { prototype: unknown }).prototype = Object.create(Error.prototype) as unknown;
    for (const matcher of [Error, RangeError, Sub, Plain, HttpException, Old]) {
      expect(isErrorClass(matcher as ErrorMatcher)).toBe(true);
    }
  });

  it('is a predicate where it is an arrow, a method or a plain function, though it speaks of a class', () => {
    const { method } = {
      method(): boolean {
        return true;
      },
    };
    // oxlint-disable-next-line func-style, prefer-arrow-callback
    const plain = function (error: unknown): boolean {
      /* not a class */
      return error !== null;
    };
    const bare = Object.assign(() => true, { prototype: null });
    const { class: named } = {
      class(): boolean {
        return true;
      },
    };
    const orphan = Object.assign(() => true, { prototype: Object.create(null) as object });
    for (const matcher of [() => true, method, plain, bare, named, orphan])
      expect(isErrorClass(matcher as ErrorMatcher)).toBe(false);
  });
});
