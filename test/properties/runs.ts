import type fc from 'fast-check';

const QUICK = 300;
const THOROUGH = 10_000;

/**
 * How often a property is tried: some hundred times in `npm test`, 10,000 times in `npm run test:properties`, or as
 * often as `PROPERTY_RUNS` says. `PROPERTY_SEED` and `PROPERTY_PATH` repeat a failure that was printed;
 * `PROPERTY_SHRINK=no` leaves it as it was found.
 * @param share of the quick runs, for what is slow
 */
export function runs(share = 1): fc.Parameters<unknown> {
  const {
    PROPERTY_RUNS: asked,
    PROPERTY_SEED: seed,
    PROPERTY_PATH: path,
    PROPERTY_SHRINK: shrink,
    npm_lifecycle_event: script,
  } = process.env;
  const usual = script === 'test:properties' ? THOROUGH : Math.round(QUICK * share);
  return {
    numRuns: asked === undefined ? usual : Number(asked),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
    ...(shrink === 'no' ? { endOnFailure: true } : {}),
  };
}

/** How long a property may take, in ms. */
export const PATIENCE = 3_600_000;
