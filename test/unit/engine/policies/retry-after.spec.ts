import { describe, expect, it } from '@jest/globals';

import { CircuitOpenError, RateLimitedError, retryAfterOf } from '../../../../lib/engine/index.js';
import { ManualClock } from '../../../../lib/testing/index.js';

const NOW = Date.UTC(1994, 10, 6, 8, 49, 0);
const clock = new ManualClock(NOW);
const asked = (source: unknown): number | null => retryAfterOf(source, clock);
const headers = (value: unknown): object => ({ headers: { 'retry-after': value } });
const throwing = (): never => {
  throw new Error('do not touch');
};

describe('Retry-After', () => {
  it.each<[string, number | null]>([
    ['120', 120_000],
    ['0', 0],
    [' 7 ', 7_000],
    ['1.5', 1_500],
    ['1.25', 1_250],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['sun, 06 nov 1994 08:49:37 gmt', 37_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
    ['Sun Nov  6 08:49:37 1994', 37_000],
    ['Sun Nov 16 08:49:00 1994', 10 * 86_400_000],
    ['Sun, 06 Nov 1994 08:48:37 GMT', 0],
    ['Friday, 06-Nov-43 08:49:00 GMT', Date.UTC(2043, 10, 6, 8, 49) - NOW],
    ['Friday, 06-Nov-44 08:49:00 GMT', Date.UTC(2044, 10, 6, 8, 49) - NOW],
    ['Sunday, 06-Nov-45 08:49:00 GMT', 0], // more than 50 years ahead: 1945
    ['-1', null],
    ['+1', null],
    ['1e3', null],
    ['0x10', null],
    ['', null],
    ['soon', null],
    ['2', 2_000],
    ['Sun, 06 Foo 1994 08:49:37 GMT', null],
    ['Sun, 00 Nov 1994 08:49:37 GMT', null],
    ['Sun, 32 Nov 1994 08:49:37 GMT', null],
    ['Sun, 06 Nov 1994 24:49:37 GMT', null],
    ['Sun, 06 Nov 1994 08:60:37 GMT', null],
    ['Sun, 06 Nov 1994 08:49:61 GMT', null],
    ['Sun, 06 Nov 1994 08:49:37 PST', null],
    ['xx Sun, 06 Nov 1994 08:49:37 GMT', null],
    ['Sun, 06 Nov 1994 08:49:37 GMT xx', null],
    ['1994-11-06T08:49:37Z', null],
    ['9'.repeat(65), null],
    ['9'.repeat(64), 1e67],
  ])('%p asks for %p ms', (value, expected) => {
    expect(asked(headers(value))).toBe(expected);
  });

  it.each([...'JFMAMJJASOND'].map((_, month) => new Date(Date.UTC(1995, month, 6))))(
    'knows the month of %j',
    (date) => {
      expect(asked(headers(date.toUTCString()))).toBe(Number(date) - NOW);
    },
  );

  it('follows the wall clock for dates', () => {
    const own = new ManualClock(NOW);
    own.stepWall(-3_600_000);
    expect(retryAfterOf(headers('Sun, 06 Nov 1994 08:49:37 GMT'), own)).toBe(3_637_000);
  });

  it('is found wherever HTTP clients put their headers', () => {
    expect(asked({ headers: new Headers({ 'Retry-After': '2' }) })).toBe(2_000);
    expect(asked(new Response('', { headers: { 'Retry-After': '2' } }))).toBe(2_000);
    expect(asked({ response: new Response('', { headers: { 'Retry-After': '2' } }) })).toBe(2_000);
    expect(asked({ response: { headers: { 'Retry-After': '2' } } })).toBe(2_000);
    expect(asked({ headers: { 'RETRY-AFTER': '2' } })).toBe(2_000);
    expect(asked({ headers: new Map([['retry-after', '2']]) })).toBe(2_000);
    expect(asked(headers(['2', '9']))).toBe(2_000);
    expect(asked(headers(2))).toBe(2_000);
    expect(asked({ headers: { 'content-type': 'x' }, response: { headers: { 'retry-after': '3' } } })).toBe(3_000);
    expect(asked({ headers: Object.assign(Object.create(null), { 'retry-after': '2' }) })).toBe(2_000);
  });

  it('is found beside a get() that knows nothing of it', () => {
    expect(asked({ headers: { get: () => undefined, 'retry-after': '2' } })).toBe(2_000);
  });

  it('is in ms as a property of an error of this library', () => {
    expect(asked(new RateLimitedError('', 250))).toBe(250);
    expect(asked(new CircuitOpenError('payments', 'open', 30_000))).toBe(30_000);
    expect(asked({ retryAfter: 0 })).toBe(0);
  });

  it('is that of the headers before that of the property, and the property where the header makes no sense', () => {
    expect(asked({ retryAfter: 1, ...headers('2') })).toBe(2_000);
    expect(asked({ retryAfter: 1, ...headers('soon') })).toBe(1);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'Retry-After: 5'],
    ['an error without headers', new Error('no')],
    ['headers that are none', { headers: 'retry-after: 5', response: 'busy' }],
    ['another header of the same length', { headers: { 'accept-lang': '5' } }],
    ['headers that are a function', { headers: Object.assign(() => {}, { 'retry-after': '5' }) }],
    ['a function', Object.assign(() => {}, { retryAfter: 5 })],
    ['another header', { headers: { 'retry-after-x': '5', 'x-retry-afte': '5' } }],
    ['an object as a value', headers({ toString: throwing })],
    ['an empty list', headers([])],
    ['a negative property', { retryAfter: -1 }],
    ['a property that is not a number', { retryAfter: Number.NaN }],
    ['a property that is text', { retryAfter: '5' }],
    ['getters that throw', Object.defineProperty({}, 'headers', { get: throwing })],
    ['a get() that throws', { headers: { get: throwing } }],
    ['a proxy that throws', new Proxy({}, { get: throwing, has: throwing, ownKeys: throwing })],
    ['headers that are such a proxy', { headers: new Proxy({}, { get: throwing, ownKeys: throwing }) }],
  ])('is not found in %s', (_, source) => {
    expect(asked(source)).toBeNull();
  });

  it('reads the rest of an error with a getter that throws', () => {
    const source = Object.defineProperty({ retryAfter: 5 }, 'headers', { get: throwing });
    expect(asked(source)).toBe(5);
  });

  it('looks at no more than a few hundred names', () => {
    const many = Object.fromEntries(Array.from({ length: 256 }, (_, n) => [`x-${n}`, '']));
    expect(asked({ headers: { ...many, 'Retry-After': '5' } })).toBeNull();
    delete many['x-0'];
    expect(asked({ headers: { ...many, 'Retry-After': '5' } })).toBe(5_000);
  });
});
