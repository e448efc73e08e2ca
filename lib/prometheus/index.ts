export type { ExpositionOptions } from './exposition.js';
export { METRICS, RESILIENCE4J_METRICS } from './metric-names.js';
export { CircuitBreakerPrometheusModule } from './prometheus.module.js';
export type { CircuitBreakerPrometheusModuleOptions } from './prometheus.module.js';
