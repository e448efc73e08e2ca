import type { CallContext } from '../call-context.js';
import { systemRandom } from '../clock.js';
import type { Random } from '../clock.js';
import { DEFAULT_BREAK_DURATION } from './options.js';
import type { BreakDuration } from './options.js';

/** What {@link exponentialBreak} may be told. Durations are ms. */
export interface ExponentialBreakOptions {
  /** The first break. @default 30000 */
  readonly initial?: number | undefined;
  /** No break is longer. @default 300000 */
  readonly max?: number | undefined;
  /** How many times as long as the one before a break is, at least 1. @default 2 */
  readonly factor?: number | undefined;
  /** The share of a break, 0–1, that chance may take away; `'equal'` is a half, `'full'` the whole. @default 'none' */
  readonly jitter?: number | 'full' | 'equal' | 'none' | undefined;
}

const DEFAULT_MAX = 300_000;
const SHARES = { full: 1, equal: 0.5, none: 0 } as const;

/**
 * Breaks that grow with each failed recovery, until the circuit closes.
 * @param source the chance that jitter takes; by default that of the breaker's application
 */
export function exponentialBreak(
  options: ExponentialBreakOptions = {},
  source: { readonly random?: Random | undefined } = {},
): BreakDuration {
  const { initial = DEFAULT_BREAK_DURATION, max = DEFAULT_MAX, factor = 2, jitter = 'none' } = options;
  const share = typeof jitter === 'number' ? jitter : SHARES[jitter];
  return (attempt, context: Partial<Pick<CallContext, 'scope'>> | undefined) => {
    const random = source.random ?? context?.scope?.random ?? systemRandom;
    return Math.min(max, initial * factor ** (attempt - 1)) * (1 - share * random());
  };
}
