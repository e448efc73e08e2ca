import { lastKnownGood as lastKnownGoodInMs } from '../engine/index.js';
import type { LastKnownGoodOptions, ObservingFallback } from '../engine/index.js';
import { completeAlone } from './complete-alone.js';
import { completed } from './complete.js';
import type { Duration } from './duration.js';
import { callback, count, duration, option } from './fields.js';
import { strictObject } from './strict-object.js';

/** What {@link lastKnownGood} may be told. */
export interface LastKnownGoodInput {
  /** How old an answer may be. @default no limit */
  readonly maxAge?: Duration | undefined;
  /** Answers that are kept, at least 1; beyond that the least recently used is forgotten. @default 1000 */
  readonly maxEntries?: number | undefined;
  /** What tells calls apart. @default the arguments, where they are plain data */
  readonly key?: ((...args: never[]) => string) | undefined;
}

const schema = strictObject({
  maxAge: option(duration(), 'How old an answer may be.'),
  maxEntries: option(count(), 'Answers that are kept.'),
  key: option(callback<(...args: never[]) => string>('a function of the arguments'), 'What tells calls apart.'),
});

/**
 * A fallback that answers with the last good answer for the same arguments, and rethrows where there is none.
 * @throws {@link OptionsError} with all that is wrong with the options
 */
export function lastKnownGood(options: LastKnownGoodInput = {}): ObservingFallback {
  return lastKnownGoodInMs(
    completeAlone<LastKnownGoodOptions, LastKnownGoodOptions>(
      'lastKnownGood',
      schema,
      ({ said, by }) => completed({ ...said }, by),
      options,
    ),
  );
}
