import type { CircuitState, PolicyEvent } from 'nest-circuit-breaker/engine';

const OUTCOMES = { succeeded: 'successes', failed: 'failures', ignored: 'ignored', stale_result: 'stale', refused: 'refused', slow: 'slow' } as const; // prettier-ignore

/** What somebody knows of a breaker who has only heard its events. */
export function replay(events: readonly PolicyEvent[]) {
  const totals = { successes: 0, failures: 0, timeouts: 0, ignored: 0, refused: 0, slow: 0, stale: 0, transitions: 0 };
  let state: CircuitState = 'closed';
  let lostProbes = 0;
  let wasReset = false;
  for (const event of events) {
    if (event.type in OUTCOMES) totals[OUTCOMES[event.type as keyof typeof OUTCOMES]]++;
    if (event.type === 'failed' && (event.error as { code?: unknown }).code === 'ERR_CALL_TIMEOUT') totals.timeouts++;
    if (!('to' in event) || event.to === undefined) continue;
    if (event.from !== state) throw new Error(`${event.type} tells of a way from ${event.from}, but it was ${state}`);
    state = event.to;
    totals.transitions++;
    if (event.type === 'opened' && event.reason === 'probe_timed_out') {
      lostProbes++;
      totals.failures++;
    }
    wasReset ||= event.type === 'reset';
  }
  return { state, totals, lostProbes, wasReset };
}
