import { expect, it } from '@jest/globals';

import { readFleetOptions } from '../../../lib/redis/options.js';
import type { CircuitBreakerRedisModuleOptions } from '../../../lib/redis/options.js';
import { CircuitBreakerRedisModule } from '../../../lib/redis/index.js';

const HERE = { connection: 'redis://127.0.0.1' };

it('fills in what was not said', () => {
  expect(readFleetOptions(HERE)).toMatchObject({
    namespace: 'cb', quorum: 2, leaseDeadline: 50, syncInterval: 2_000,
  }); // prettier-ignore
});

it('reads durations as everywhere', () => {
  const read = readFleetOptions({ ...HERE, leaseDeadline: '80ms', syncInterval: '5s' });
  expect(read).toMatchObject({ leaseDeadline: 80, syncInterval: 5_000 });
});

it.each([
  [{}, 'connection: expected either a connection or a client'],
  [{ ...HERE, client: {} }, 'connection: expected either a connection or a client'],
  [{ ...HERE, quorum: 0 }, 'quorum: expected a positive integer, got 0'],
  [{ ...HERE, quorum: 1.5 }, 'quorum: expected a positive integer, got 1.5'],
  [{ ...HERE, quorum: '2' }, 'quorum: expected a positive integer, got 2'],
  [{ ...HERE, namespace: '' }, 'namespace: expected up to 64 letters'],
  [{ ...HERE, namespace: 'a}b' }, 'namespace: expected up to 64 letters'],
  [{ ...HERE, leaseDeadline: 'soon' }, 'leaseDeadline'],
  [{ ...HERE, syncInterval: -1 }, 'syncInterval'],
  [{ ...HERE, quorom: 2 }, 'quorom: unknown option; known are connection'],
])('%j is refused with a message', (options, message) => {
  expect(() => CircuitBreakerRedisModule.forRoot(options as CircuitBreakerRedisModuleOptions)).toThrow(message);
});

it('tells all faults at once', () => {
  const read = () => readFleetOptions({ quorum: -1, namespace: ' ' });
  expect(read).toThrow(/connection[\s\S]*namespace[\s\S]*quorum/);
});

it.each([
  [{}, ['payments', 'payments:eu', 'orders']],
  [{ only: ['payments'] }, ['payments', 'payments:eu']],
  [{ except: ['payments'] }, ['orders']],
  [{ only: ['payments'], except: ['payments:eu'] }, ['payments']],
  [{ only: [] }, []],
])('of three breakers, with %j these take part: %j', (choice, members) => {
  const { isMember } = readFleetOptions({ ...HERE, ...choice });
  expect(['payments', 'payments:eu', 'orders'].filter(isMember)).toEqual(members);
});
