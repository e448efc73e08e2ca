import { LEASE, VOTE } from '../../../lib/redis/scripts.js';
import { withScript } from './variant.js';
import type { Variant } from './variant.js';

const votes = withScript(VOTE, 'text(now + ARGV[5])', 'text(now + 500000)');
const leases = withScript(LEASE, 'text(now + ARGV[6])', 'text(now + 500000)');

/** Remembers votes and leases of those who have long gone. */
export const noExpiry: Variant = { transport: (inner) => votes.transport(leases.transport(inner)) };
