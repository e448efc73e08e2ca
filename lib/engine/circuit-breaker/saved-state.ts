import type { SavedBreaker } from '../saved-registry.js';
import { makeWindow } from '../window/make-window.js';
import { NO_LATENCY } from '../window/window.js';
import type { StateMachine } from './state-machine.js';
import type { Counting, Stay } from './states.js';
import { Tally } from './tally.js';

/** A breaker's state, to be kept across a restart. Calls under way are not part of it. */
export function saveState(machine: StateMachine, now: number): SavedBreaker {
  const { stay, counting, ledger } = machine;
  const { calls: _calls, ...totals } = ledger.read().totals;
  const { successes, failures, slow } = counting.window?.counts(now) ?? { successes: 0, failures: 0, slow: 0 };
  return {
    name: machine.name,
    state: stay.kind,
    reason: stay.reason,
    remaining: 'until' in stay && stay.until !== Infinity ? Math.max(0, stay.until - now) : null,
    attempt: 'attempt' in stay ? stay.attempt : 0,
    consecutiveFailures: machine.streak(now),
    window: { successes, failures, slow },
    totals,
  };
}

/** Puts a saved state in place; `elapsed` ms have passed since. What was half-open is a break that is over. */
export function restoreState(machine: StateMachine, saved: SavedBreaker, elapsed: number, now: number): void {
  const { successes, failures, ignored, stale } = saved.totals;
  const calls = successes + failures + ignored + stale;
  const tally = Object.assign(new Tally(), saved.totals, { calls });
  const counting: Counting = { window: null, consecutiveFailures: saved.consecutiveFailures, lastFailureAt: now };
  if (saved.window.successes + saved.window.failures > 0) {
    counting.window = makeWindow(machine.options);
    counting.window.add(now, saved.window, NO_LATENCY);
  }
  const until = saved.remaining === null ? Infinity : now + Math.max(0, saved.remaining - elapsed);
  machine.restore(stayOf(machine, saved, until, now), counting, tally);
}

function stayOf(machine: StateMachine, saved: SavedBreaker, until: number, now: number): Stay {
  const entered = machine.entered(saved.reason);
  switch (saved.state) {
    case 'closed':
      return { kind: 'closed', ...entered };
    case 'open':
    case 'half_open': {
      const end = saved.state === 'half_open' || until === Infinity ? now : until;
      return {
        kind: 'open',
        ...entered,
        until: end,
        attempt: saved.attempt,
        breakDuration: machine.nextBreak(Math.max(1, saved.attempt)),
      };
    }
    case 'metrics_only':
      return machine.metricsOnlyStay(saved.reason, until);
    default:
      return { kind: saved.state, ...entered, until };
  }
}
