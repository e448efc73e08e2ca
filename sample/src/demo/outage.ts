import type { Mode } from '../upstreams/mode.js';

/** One part of the outage: what payments do, and for how long. */
export interface Phase {
  readonly title: string;
  readonly mode: Mode;
  readonly slowness: number;
  readonly seconds: number;
}

/** Seconds the whole outage takes unless `DEMO_SECONDS` says otherwise. */
export const FULL_LENGTH = 28;

const PHASES: readonly Phase[] = [
  { title: 'All is well: payments answer in about 40 ms.', mode: 'healthy', slowness: 0, seconds: 5 },
  { title: 'Payments slow down: they take 600 ms.', mode: 'slow', slowness: 560, seconds: 5 },
  { title: 'Payments hang: they accept orders and never answer.', mode: 'hang', slowness: 0, seconds: 10 },
  { title: 'Payments are repaired. Nobody tells the shop.', mode: 'healthy', slowness: 0, seconds: 8 },
];

/**
 * The outage, played in so many seconds.
 * @throws Error where `DEMO_SECONDS` is none of 8 to 600
 */
export function readOutage(env: NodeJS.ProcessEnv = process.env): { pace: number; phases: readonly Phase[] } {
  const text = env['DEMO_SECONDS'] ?? String(FULL_LENGTH);
  const seconds = Number(text);
  if (!(seconds >= 8 && seconds <= 600)) throw new Error(`DEMO_SECONDS: expected 8 to 600, got "${text}".`);
  const pace = seconds / FULL_LENGTH;
  return { pace, phases: PHASES.map((phase) => ({ ...phase, seconds: phase.seconds * pace })) };
}

/** How the demo tunes the shop's breaker, by the environment as an operator would. */
export function tuning(pace: number): Record<string, string> {
  const ms = (seconds: number): string => `${Math.round(seconds * 1_000 * pace)}ms`;
  return {
    PAYMENTS_FAILURE_RATIO: '0.5',
    PAYMENTS_SAMPLING_DURATION: ms(4),
    PAYMENTS_MINIMUM_THROUGHPUT: '10',
    PAYMENTS_BREAK_DURATION: ms(3),
    // many, so that the probing can be watched
    PAYMENTS_SUCCESS_THRESHOLD: String(Math.max(5, Math.round(20 * pace))),
  };
}
