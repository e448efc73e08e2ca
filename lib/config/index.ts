export { circuitBreakerConfig } from './circuit-breaker-config.js';
export type { CircuitBreakerConfigSources } from './circuit-breaker-config.js';
export { circuitBreakerEnvironmentSchema } from './environment-schema.js';
export type { EnvironmentSchema } from './environment-schema.js';
export { ConfigFileError } from './options-file.js';
export { watchCircuitBreakerConfig } from './watch.js';
export type { ConfigWatcher, WatchedSources } from './watch.js';
