import { expect, it } from '@jest/globals';

import { Standing } from '../../../lib/redis/standing.js';

const view = (e: number, i = 'abc') => ({ st: 'open', e, i, left: 0 }) as const;

const at = (epoch: number): Standing => {
  const standing = new Standing();
  standing.note({ ...view(epoch), votes: 2 });
  return standing;
};

it('of published moves only later ones of the same incarnation are news', () => {
  const standing = at(3);
  expect([2, 3, 4].map((e) => standing.isNews(view(e)))).toEqual([false, false, true]);
  expect(standing.isNews(view(9, 'other'))).toBe(false);
});

it('an answer is read beside what is known', () => {
  const read = at(3).question();
  expect(read(view(3))).toBe('same');
  expect(read(view(4))).toBe('newer');
  expect(read(view(1, 'other'))).toBe('other');
});

it('an answer with less than was known when asking takes back', () => {
  expect(at(3).question()(view(2))).toBe('reverted');
});

it('an answer that a message has overtaken takes nothing back', () => {
  const standing = at(3);
  const read = standing.question();
  standing.note(view(4));
  expect(read(view(3))).toBe('same');
  expect(read(view(2))).toBe('same'); // whoever asks next will see
});

it('a move without a count of votes keeps the last one', () => {
  const standing = at(3);
  standing.note(view(4));
  expect(standing).toMatchObject({ incarnation: 'abc', epoch: 4, votes: 2 });
});
