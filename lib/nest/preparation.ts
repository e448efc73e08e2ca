import type { PolicyRegistry } from '../engine/index.js';

/** What is done to the registry before anybody gets it. */
export type Preparation = (registry: PolicyRegistry) => void;

/** The token of the module's {@link Preparation}; testing overrides it. */
export const PREPARATION = Symbol('nest-circuit-breaker: preparation of the registry');
