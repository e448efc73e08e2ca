export { CircuitBreakerAdminModule } from './admin.module.js';
export type { AdminAction, AdminGuard, CircuitBreakerAdminModuleOptions, Redactable } from './admin-options.js';
export type { BreakerView, Recent } from './breaker-view.js';
export type { RecentCalls } from './call-history.js';
export type { EventRecord } from './event-record.js';
export type { ShownSnapshot } from './redaction.js';
