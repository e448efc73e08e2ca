import type { Variant } from './variant.js';

/** Lets a call wait for Redis for as long as Redis likes. */
export const noDeadline: Variant = { options: (options) => ({ ...options, leaseDeadline: 9_000 }) };
