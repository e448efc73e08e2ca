export type { BreakerHealth, CircuitBreakerHealthOptions } from './health-answer.js';
export { CircuitBreakerHealthIndicator } from './health-indicator.js';
export type { CircuitBreakersHealth } from './health-indicator.js';
export { CircuitBreakerHealthModule } from './health.module.js';
export type { CircuitBreakerHealthModuleOptions } from './health.module.js';
