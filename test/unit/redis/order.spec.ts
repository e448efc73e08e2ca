import { expect, it } from '@jest/globals';

import { Order } from '../../../lib/redis/order.js';

it('an isolation says what remains of it, who wanted it and why', () => {
  const order = new Order('isolate', { actor: 'ann', reason: 'drill', for: 60_000 });
  expect(order.args(59_000)).toEqual(['isolated', 59_000, 'isolate', 'ann', 'drill']);
  expect(order.args(-1)).toEqual(['isolated', -1, 'isolate', 'ann', 'drill']);
});

it.each(['close', 'reset'] as const)('%s closes, whatever remains', (command) => {
  expect(new Order(command, {}).args(500)).toEqual(['closed', 0, command, '', '']);
});

it('long words are cut, so that they cannot fill Redis', () => {
  const [, , , actor, reason] = new Order('reset', { actor: 'a'.repeat(999), reason: 'r'.repeat(999) }).args(0);
  expect([actor, reason]).toEqual(['a'.repeat(200), 'r'.repeat(200)]);
});
