/// <reference path="../../types/expect.d.ts" preserve="true" />

export { fail, hang, ignore, succeed } from './drivers.js';
export type { HangingCall } from './drivers.js';
export { injectFault } from './inject-fault.js';
export type { Fault, InjectedFault } from './inject-fault.js';
export type { Latency } from './latency.js';
export { ManualClock } from './manual-clock.js';
export { circuitBreakerMatchers } from './matchers.js';
export type { CircuitBreakerMatchers } from './matchers.js';
export { overrideCircuitBreaker } from './override-circuit-breaker.js';
export type { OverriddenBreaker } from './override-circuit-breaker.js';
