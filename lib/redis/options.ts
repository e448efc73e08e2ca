import { MAX_DURATION } from '../engine/index.js';
import { parseDuration, throwFaults } from '../options/index.js';
import type { Duration, OptionsFault } from '../options/index.js';
import type { FleetOptions } from './fleet.js';
import type { RedisClient, RedisConnection } from './redis-transport.js';

/** Where Redis is, and how much the instances have to agree on. One of `connection` and `client` is needed. */
export interface CircuitBreakerRedisModuleOptions {
  /** A URL, or ioredis's options. */
  readonly connection?: RedisConnection | undefined;
  /** Used as a pattern for connections of the module's own: it is duplicated, and itself left alone. */
  readonly client?: RedisClient | undefined;
  /** Before every key and channel: instances of the same namespace share their breakers. @default 'cb' */
  readonly namespace?: string | undefined;
  /** How many instances must say so before the fleet opens; where fewer are alive, all of them. @default 2 */
  readonly quorum?: number | undefined;
  /** How long the first call after a break may wait to hear whether it may probe. @default 50 */
  readonly leaseDeadline?: Duration | undefined;
  /** How often the instances compare notes. @default '2s' */
  readonly syncInterval?: Duration | undefined;
  /** Only breakers of these names; `payments` stands for its keyed breakers (`payments:eu`) as well. */
  readonly only?: readonly string[] | undefined;
  /** All but breakers of these names, and their keyed ones. */
  readonly except?: readonly string[] | undefined;
}

const KNOWN = ['connection', 'client', 'namespace', 'quorum', 'leaseDeadline', 'syncInterval', 'only', 'except'];

/** @throws {@link OptionsError} with all faults at once */
export function readFleetOptions(options: CircuitBreakerRedisModuleOptions): FleetOptions {
  const faults: OptionsFault[] = [];
  const { connection, client, namespace = 'cb', quorum = 2, only, except } = options;
  for (const key of Object.keys(options)) {
    if (!KNOWN.includes(key)) faults.push({ path: key, message: `unknown option; known are ${KNOWN.join(', ')}` });
  }
  if ((connection === undefined) === (client === undefined))
    faults.push({ path: 'connection', message: 'expected either a connection or a client' });
  if (typeof namespace !== 'string' || !/^[\w.:-]{1,64}$/.test(namespace))
    faults.push({ path: 'namespace', message: 'expected up to 64 letters, digits, and any of "_.:-"' });
  if (!Number.isSafeInteger(quorum) || quorum < 1)
    faults.push({ path: 'quorum', message: `expected a positive integer, got ${String(quorum)}` });
  const duration = (path: 'leaseDeadline' | 'syncInterval', fallback: Duration): number => {
    try {
      return parseDuration(options[path] ?? fallback);
    } catch (fault) {
      faults.push({ path, message: (fault as Error).message });
      return MAX_DURATION;
    }
  };
  const leaseDeadline = duration('leaseDeadline', 50);
  const syncInterval = duration('syncInterval', '2s');
  throwFaults(faults);
  const isMember = (name: string): boolean =>
    (only === undefined || isNamed(name, only)) && (except === undefined || !isNamed(name, except));
  return { namespace, quorum, leaseDeadline, syncInterval, isMember };
}

const isNamed = (name: string, names: readonly string[]): boolean =>
  names.some((each) => name === each || name.startsWith(`${each}:`));
