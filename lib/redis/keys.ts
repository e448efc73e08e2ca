import { createHash } from 'node:crypto';

/** Longer ones go by their hash, so that every message stays within its limit. */
const MAX_ENCODED = 200;

/**
 * A breaker's name as it stands in keys and messages: never the raw one, since a brace or an empty name would send the
 * keys of one breaker to several slots of a cluster.
 */
export function encodeName(name: string): string {
  try {
    const encoded = encodeURIComponent(name);
    if (encoded !== '' && encoded.length <= MAX_ENCODED) return encoded;
  } catch {
    // half a surrogate pair
  }
  return createHash('sha256').update(JSON.stringify(name)).digest('hex');
}

/** The keys of one breaker, all in one slot: state, votes, lease, failed probers, how each instance stands. */
export const breakerKeys = (namespace: string, encoded: string): readonly string[] =>
  ['s', 'v', 'p', 'f', 'm'].map((part) => `${namespace}:{${encoded}}:${part}`);

/** Who is alive. */
export const liveKey = (namespace: string): string => `${namespace}:live`;

export const channelOf = (namespace: string): string => `${namespace}:moves`;
