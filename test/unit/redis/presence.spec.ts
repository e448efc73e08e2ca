import { expect, it } from '@jest/globals';

import type { CoordinatedBreaker } from '../../../lib/engine/index.js';
import type { Answer } from '../../../lib/redis/answer.js';
import type { FleetLink } from '../../../lib/redis/fleet-link.js';
import { Presence } from '../../../lib/redis/presence.js';
import { makeBreaker } from '../../fixtures/breaker.js';

const fleet = { closed: 3, open: 1, half_open: 0, isolated: 0, disabled: 0, metrics_only: 0 };

const fixture = () => {
  const { breaker, clock } = makeBreaker();
  const link = { id: 'a', voteTtl: 8_000, instances: 4 } as FleetLink & { instances: number };
  const presence = new Presence(breaker as unknown as CoordinatedBreaker, link);
  const hear = (i: string, counts: Answer['fleet'] = fleet): void => presence.hear({ i, fleet: counts } as Answer);
  return { clock, breaker, link, presence, hear };
};

it('is told once, and again when the state differs or the word grows old', async () => {
  const { clock, breaker, presence } = fixture();
  expect(presence.isTold).toBe(false);
  expect(presence.say()).toEqual(['a', 'closed', 68_000]);
  expect(presence.say()).toEqual([]);
  breaker.isolate();
  expect(presence.isTold).toBe(false);
  expect(presence.say()).toEqual(['a', 'isolated', 8_000]);
  await clock.advance(2_666);
  expect(presence.say()).toEqual([]);
  await clock.advance(1);
  expect(presence.say()).toEqual(['a', 'isolated', 8_000]);
});

it('a closed one is told of often enough to bridge the silence of an idle interval', async () => {
  const { clock, presence } = fixture();
  const [, , ttl] = presence.say() as [string, string, number];
  let silence = 0;
  for (; presence.say().length === 0; silence += 100) await clock.advance(100);
  expect(silence + 30_000 + 2_400).toBeLessThan(ttl);
});

it('is told again after a command that failed, and to a Redis that has another memory', () => {
  const { presence, hear } = fixture();
  presence.say();
  hear('first');
  expect(presence.say()).toEqual([]);
  presence.lost();
  expect(presence.say()).toHaveLength(3);
  hear('second');
  expect(presence.isTold).toBe(false);
  expect(presence.say()).toHaveLength(3);
});

it('once it leaves, every word is a farewell', () => {
  const { presence } = fixture();
  presence.leave();
  expect([presence.say(), presence.say()]).toEqual([['a', '', 0], ['a', '', 0]]); // prettier-ignore
});

it('knows the others as last heard, and no more closed ones than are alive', () => {
  const { link, presence, hear } = fixture();
  expect(presence.fleet).toBeNull();
  hear('i');
  expect(presence.fleet).toEqual(fleet);
  hear('i', null);
  expect(presence.fleet).toEqual(fleet);
  link.instances = 3;
  expect(presence.fleet).toEqual({ ...fleet, closed: 2 });
  link.instances = 0;
  expect(presence.fleet).toEqual({ ...fleet, closed: 0 });
});

it('a registry that is switched off has every breaker disabled', () => {
  const { breaker, presence } = fixture();
  (breaker as unknown as CoordinatedBreaker).scope.enabled = false;
  expect(presence.say()).toEqual(['a', 'disabled', 8_000]);
});
