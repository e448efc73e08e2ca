import { LEASE } from '../../../lib/redis/scripts.js';
import { withScript } from './variant.js';

/** Grants a lease to everybody who asks. */
export const noLease = withScript(LEASE, 'if other then', 'if false then');
