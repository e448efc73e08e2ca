import type { Variant } from './variant.js';

/** Believes a single voice. */
export const quorumOne: Variant = { options: (options) => ({ ...options, quorum: 1 }) };
