import { exponentialBreak as exponentialBreakInMs } from '../engine/index.js';
import type { BreakDuration, ExponentialBreakOptions, Random } from '../engine/index.js';
import { completeAlone } from './complete-alone.js';
import { Complaint, numberIn } from './complaint.js';
import { completed } from './complete.js';
import type { Duration } from './duration.js';
import { code, duration, factor, option } from './fields.js';
import { preview } from './preview.js';
import { readChoice } from './readers.js';
import { strictObject } from './strict-object.js';

/** What {@link exponentialBreak} may be told. */
export interface ExponentialBreakInput {
  /** The first break. @default '30s' */
  readonly initial?: Duration | undefined;
  /** No break is longer. @default '5m' */
  readonly max?: Duration | undefined;
  /** How many times as long as the one before a break is, at least 1. @default 2 */
  readonly factor?: number | undefined;
  /** The share of a break, 0–1, that chance may take away; `'equal'` is a half, `'full'` the whole. @default 'none' */
  readonly jitter?: number | 'full' | 'equal' | 'none' | undefined;
}

const readWord = readChoice(['full', 'equal', 'none']);

function readJitter(value: unknown): number | 'full' | 'equal' | 'none' | Complaint {
  const share = numberIn(value);
  if (share === undefined) return readWord(value);
  return share >= 0 && share <= 1 ? share : new Complaint(`expected 0–1, got ${preview(value)}`);
}

const schema = strictObject({
  initial: option(duration(), 'The first break.'),
  max: option(duration(), 'No break is longer.'),
  factor: option(factor(1), 'How many times as long as the one before a break is.'),
  jitter: option(code(readJitter), 'The share of a break that chance may take away.'),
});

/**
 * Breaks that grow with each failed recovery, until the circuit closes.
 * @param source the chance that jitter takes; by default that of the breaker's application
 * @throws {@link OptionsError} with all that is wrong with the options
 */
export function exponentialBreak(
  options: ExponentialBreakInput = {},
  source: { readonly random?: Random | undefined } = {},
): BreakDuration {
  const inMs = completeAlone<ExponentialBreakOptions, ExponentialBreakOptions>(
    'exponentialBreak',
    schema,
    ({ said, by }, fault) => {
      const { initial, max } = said;
      if (initial !== undefined && max !== undefined && initial > max)
        fault({ path: 'exponentialBreak.max', message: `expected at least initial (${initial} ms), got ${max} ms` });
      return completed({ ...said }, by);
    },
    options,
  );
  return exponentialBreakInMs(inMs, source);
}
