/** What a card says of the breaker's fleet. */
export const FLEET_SCRIPT = String.raw`
import { STATES, WORDS, count } from './format.js';

const ORDER = STATES.toReversed();

/** How many instances are in which state: those that work first. */
function countsOf(fleet) {
  const parts = ORDER.filter((state) => fleet[state] > 0).map((state) => count(fleet[state]) + ' ' + WORDS[state]);
  return parts.length === 0 ? '' : 'fleet: ' + parts.join(' · ');
}

/** Whose doing the present state is, where that is no matter of course. */
function causeOf(state, { cause, votes, instances }) {
  if (state === 'isolated') return cause === 'cluster' ? 'isolated on another instance' : '';
  if (state !== 'open' && state !== 'half_open') return '';
  return 'opened by ' + (cause === 'cluster' ? 'the cluster' : 'this instance') +
    ' (' + count(votes) + ' of ' + count(instances) + ' voted)';
}

/** The line of a breaker that shares its state with other instances; for any other nothing. */
export function fleetLine(state, cluster) {
  if (cluster === undefined) return '';
  if (!cluster.connected) return 'Redis is away: deciding alone';
  return [cluster.fleet ? countsOf(cluster.fleet) : '', causeOf(state, cluster)].filter(Boolean).join(' · ');
}
`;
