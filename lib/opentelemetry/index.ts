export { COUNTER_INSTRUMENTS, INSTRUMENTS, SPAN_ATTRIBUTES } from './instrument-names.js';
export { CircuitBreakerOpenTelemetryModule } from './opentelemetry.module.js';
export type { CircuitBreakerOpenTelemetryModuleOptions } from './opentelemetry.module.js';
