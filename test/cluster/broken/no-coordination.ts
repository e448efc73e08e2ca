import type { Variant } from './variant.js';

/** Every instance for itself. */
export const noCoordination: Variant = { isAlone: true };
