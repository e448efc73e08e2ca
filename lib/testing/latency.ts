import type { DurationReader, Random } from '../engine/index.js';

/** Milliseconds, or a duration such as `'250ms'`. */
type Duration = number | string;

/** How long calls are held up. */
export type Latency =
  | Duration
  /** Any length between the two, all as likely. */
  | { readonly min: Duration; readonly max: Duration }
  /** The normal distribution; what would be below 0 is 0. */
  | { readonly mean: Duration; readonly deviation: Duration }
  /** The log-normal distribution, which services tend to have: half the calls take `median`, one in a hundred over `p99`. */
  | { readonly median: Duration; readonly p99: Duration }
  /** Answers with ms. */
  | ((random: Random) => number);

/** The 99th percentile of the standard normal distribution. */
const Z99 = 2.326_347_874;

/**
 * Draws latencies in ms.
 * @throws {RangeError | TypeError} for a latency that is none
 */
export function latencyOf(latency: Latency, readDuration: DurationReader): (random: Random) => number {
  const read = (value: Duration): number => (value === 0 ? 0 : readDuration(value));
  if (typeof latency === 'function') return latency;
  if (typeof latency !== 'object') {
    const fixed = read(latency);
    return () => fixed;
  }
  if ('min' in latency) {
    const [min, max] = inOrder('min', read(latency.min), 'max', read(latency.max));
    return (random) => min + (max - min) * random();
  }
  if ('mean' in latency) {
    const [mean, deviation] = [read(latency.mean), read(latency.deviation)];
    return (random) => Math.max(0, mean + deviation * normal(random));
  }
  const [median, p99] = inOrder('median', read(latency.median), 'p99', read(latency.p99));
  if (median === 0) throw new RangeError('latency: expected a median over 0');
  const deviation = Math.log(p99 / median) / Z99;
  return (random) => median * Math.exp(deviation * normal(random));
}

function inOrder(low: string, lower: number, high: string, higher: number): readonly [number, number] {
  if (lower <= higher) return [lower, higher];
  throw new RangeError(`latency: expected ${low} up to ${high}, got ${lower} and ${higher} ms`);
}

/** Box and Muller, *A Note on the Generation of Random Normal Deviates*, 1958. */
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
