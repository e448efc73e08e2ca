import type { CoordinatedBreaker } from '../engine/index.js';

type Machine = CoordinatedBreaker['machine'];

/** In a lease, the time in which probes may begin, at most, in ms; each then has its own time to end. */
const PROBING_TIME = 5_000;

/** What remains of a stay, in whole ms; -1 without end. */
export function remaining(stay: Machine['stay'], now: number): number {
  const until = 'until' in stay ? stay.until : now;
  return until === Infinity ? -1 : Math.max(0, Math.ceil(until - now));
}

/** How long a probe may take before it counts as failed, in whole ms. */
export function probeTimeOf(machine: Machine): number {
  const { stay, options } = machine;
  if (stay.kind === 'half_open') return Math.ceil(stay.halfOpenTimeout);
  const patience = options.halfOpenTimeout ?? ('breakDuration' in stay ? stay.breakDuration : null);
  return Math.ceil(patience ?? machine.nextBreak(1));
}

/** How long a lease is asked for, in whole ms. */
export function leaseTimeOf(machine: Machine): number {
  const probeTime = probeTimeOf(machine);
  return probeTime + Math.min(probeTime, PROBING_TIME);
}
