export type { BreakDurationInput, CircuitBreakerOptionsInput, InitialState } from './breaker-input.js';
export { createRegistry } from './create-registry.js';
export { parseDuration } from './duration.js';
export type { Duration } from './duration.js';
export { exponentialBreak } from './exponential-break.js';
export type { ExponentialBreakInput } from './exponential-break.js';
export { circuitBreakerJsonSchema } from './json-schema.js';
export type { JsonSchema } from './json-schema.js';
export { lastKnownGood } from './last-known-good.js';
export type { LastKnownGoodInput } from './last-known-good.js';
export type { OptionOrigin } from './layers.js';
export type { CircuitBreakerFeatureOptions, CircuitBreakerModuleOptions, Logger } from './module-input.js';
export { MAX_NAME_LENGTH, nameFault } from './names.js';
export { didYouMean, nearest } from './nearest.js';
export { OptionsError, throwFaults } from './options-error.js';
export type { OptionsFault } from './options-error.js';
export { withOverlays } from './overlays.js';
export type { OptionsOverlay } from './overlays.js';
export { faultsIn, parseOptions } from './parse-options.js';
export type { ParsedOptions } from './parse-options.js';
export type {
  BackoffInput,
  BulkheadOptionsInput,
  HedgeOptionsInput,
  RateLimiterOptionsInput,
  RetryOptionsInput,
  TimeoutOptionsInput,
} from './policy-inputs.js';
export { PRESETS } from './presets.js';
export type { PresetName } from './presets.js';
export { LayeredOptions } from './layered-options.js';
export { circuitBreakerOptionsSchema } from './standard-schema.js';
export type { CircuitBreakerOptionsSchema, OptionsVerdict } from './standard-schema.js';
export type { Surroundings } from './surroundings.js';
export { bulkhead, fallback, hedge, rateLimiter, retry, timeout } from './unnamed-policies.js';
export type { FallbackOptionsInput } from './unnamed-policies.js';
