import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { parseAnswer, parseMessage } from '../../../lib/redis/answer.js';
import type { Message } from '../../../lib/redis/answer.js';

const REPLY = ['granted', 'half_open', '4', 'abc', '250', '2', '', '', '', '1 2 0 0 0 0'];
const WORD = { v: 1, n: 'payments', st: 'open', e: 3, i: 'abc', left: 250 };

describe('an answer', () => {
  it('is read part by part', () => {
    expect(parseAnswer(REPLY)).toMatchObject({
      verdict: 'granted', st: 'half_open', e: 4, i: 'abc', left: 250, votes: 2, command: null, actor: '', reason: '',
    }); // prettier-ignore
  });

  it("has an operator's command, name and reason where there is one", () => {
    const reply = ['ok', 'isolated', '4', 'abc', '-1', '0', 'isolate', 'ann', 'drill'];
    expect(parseAnswer(reply)).toMatchObject({ left: -1, command: 'isolate', actor: 'ann', reason: 'drill' });
  });

  const with_ = (index: number, part: unknown): unknown[] => REPLY.with(index, part as string);

  it.each([
    ['no list', 'granted'],
    ['nothing', null],
    ['too short', REPLY.slice(0, 8)],
    ['a number among the parts', with_(2, 4)],
    ['an unknown verdict', with_(0, 'perhaps')],
    ['an unknown state', with_(1, 'ajar')],
    ['a state that every object has', with_(1, 'constructor')],
    ['an epoch below zero', with_(2, '-1')],
    ['half an epoch', with_(2, '1.5')],
    ['no epoch', with_(2, 'many')],
    ['no incarnation', with_(3, '')],
    ['an incarnation without end', with_(3, 'x'.repeat(65))],
    ['no time', with_(4, 'soon')],
    ['less than no time', with_(4, '-2')],
    ['more time than a timer holds', with_(4, String(2 ** 31))],
    ['half a vote', with_(5, '0.5')],
    ['an unknown command', with_(6, 'shout')],
  ])('is none with %s', (_, reply) => {
    expect(() => parseAnswer(reply)).toThrow(TypeError);
  });
});

describe('a message', () => {
  it('is read field by field, and what else it brings is dropped', () => {
    expect(parseMessage(JSON.stringify({ ...WORD, more: 1 }))).toEqual({
      n: 'payments', st: 'open', e: 3, i: 'abc', left: 250, isForced: false,
    }); // prettier-ignore
    expect(parseMessage(JSON.stringify({ ...WORD, f: 1 }))?.isForced).toBe(true);
  });

  it.each([
    ['of another version', { v: 2 }],
    ['without a version', { v: undefined }],
    ['with a version as text', { v: '1' }],
    ['for a name that is none', { n: 7 }],
    ['of an unknown state', { st: 'ajar' }],
    ['of a state that every object has', { st: '__proto__' }],
    ['with an epoch as text', { e: '3' }],
    ['with an epoch beyond counting', { e: 2 ** 53 }],
    ['with a list for an incarnation', { i: ['abc'] }],
    ['without end in time', { left: 1e300 }],
    ['with no number for time', { left: null }],
    ['of more than a kilobyte', { pad: 'x'.repeat(1_024) }],
  ])('[C76] [C78] %s is ignored', (_, change) => {
    expect(parseMessage(JSON.stringify({ ...WORD, ...change }))).toBeUndefined();
  });

  it('[C76] of any text and any JSON either becomes a message in good form, or nothing', () => {
    const isInGoodForm = ({ n, st, e, i, left }: Message): boolean =>
      typeof n === 'string' && ['closed', 'open', 'half_open', 'isolated'].includes(st) && Number.isSafeInteger(e) &&
      e >= 0 && i.length > 0 && i.length <= 64 && left >= -1 && left < 2 ** 31; // prettier-ignore
    const field = fc.oneof(fc.jsonValue(), fc.constantFrom('open', 1, 0, -1, 'abc', 'payments', '__proto__'));
    const almost = fc.record({ v: field, n: field, st: field, e: field, i: field, left: field, f: field }).map((word) =>
      JSON.stringify(word),
    ); // prettier-ignore
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), almost), (text) => {
        const message = parseMessage(text);
        return message === undefined || isInGoodForm(message);
      }),
    );
    for (const value of [undefined, null, 7, {}, Buffer.from('{}')]) expect(parseMessage(value)).toBeUndefined();
  });
});
