import { isErrorClass } from '../engine/index.js';
import type { ErrorMatcher, PolicyRegistry } from '../engine/index.js';
import { FaultInjector } from './fault-injector.js';
import { latencyOf } from './latency.js';
import type { Latency } from './latency.js';
import { seededRandom } from './seeded-random.js';

/** What is to go wrong behind a breaker. */
export interface Fault {
  /** What calls fail with, or the class of it; a function makes one for each call. @default with a `latency` none, else an `Error` */
  readonly error?: unknown;
  /** How long calls are held up before they go on, or fail, by the registry's clock. @default 0 */
  readonly latency?: Latency | undefined;
  /** Share of calls that are hit. @default 1 */
  readonly ratio?: number | undefined;
  /** The same seed hits the same calls. @default 1 */
  readonly seed?: number | undefined;
}

/** A fault under way. */
export interface InjectedFault {
  /** How many calls it has hit. */
  readonly hits: number;
  /** Takes it away; calls that it holds up go on as they would. */
  stop(): void;
}

/**
 * Lets the service behind a breaker fail, or be slow. The fault takes the place of the guarded work, below every policy
 * of the call: retries, timeouts and fallbacks meet it as they would meet the service's own. The name of a keyed
 * breaker (`payments`) is good for every key; a permit from `acquire()` guards no work, so nothing hits it.
 * @throws {Error} where `NODE_ENV` is `production`
 */
export function injectFault(registry: PolicyRegistry, name: string, fault: Fault = {}): InjectedFault {
  if (process.env['NODE_ENV'] === 'production') {
    throw new Error(`injectFault("${name}") does not run where NODE_ENV is "production"`);
  }
  const { latency, ratio = 1, seed = 1 } = fault;
  if (!(ratio > 0 && ratio <= 1)) throw new RangeError(`ratio: expected over 0 and up to 1, got ${ratio}`);
  const draw = latency === undefined ? () => 0 : latencyOf(latency, registry.scope.readDuration);
  const random = seededRandom(seed);
  const makeError = errorMaker(fault);
  let hits = 0;
  const stop = FaultInjector.of(registry.scope).add({
    name,
    strike() {
      // drawn for every call, hit or not: which calls are hit doesn't depend on the latency
      const isHit = random() < ratio;
      const delay = draw(random);
      if (!isHit) return undefined;
      hits++;
      return { delay, makeError };
    },
  });
  return {
    get hits() {
      return hits;
    },
    stop,
  };
}

function errorMaker({ error, latency }: Fault): (() => unknown) | undefined {
  if (typeof error === 'function') {
    if (!isErrorClass(error as ErrorMatcher)) return error as () => unknown;
    const Thrown = error as new (message: string) => Error;
    return () => new Thrown('an injected fault');
  }
  if (error !== undefined) return () => error;
  return latency === undefined ? () => new Error('an injected fault') : undefined;
}
