import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';

import type { CircuitBreakerSnapshot } from '../engine/index.js';

/** A guard as `@UseGuards` takes it: a class that Nest makes, or one that is made already. */
export type AdminGuard = Type<CanActivate> | CanActivate;

/** What is about to leave the process, for {@link CircuitBreakerAdminModuleOptions.redact}. */
export type Redactable =
  | { readonly kind: 'error'; readonly breaker: string; readonly value: CircuitBreakerSnapshot['lastError'] }
  | { readonly kind: 'options'; readonly breaker: string; readonly value: Readonly<Record<string, unknown>> };

/** Something an operator did. */
export interface AdminAction {
  readonly at: Date;
  readonly action: 'isolate' | 'close' | 'reset' | 'disable' | 'metrics-only' | 'update';
  readonly breaker: string;
  /** Who, by the `actor` hook; else `anonymous`. */
  readonly actor: string;
  readonly reason: string | null;
  /** When a state set by hand ends. */
  readonly expiresAt: Date | null;
  /** For `update`: the options that were changed, redacted. */
  readonly changes: unknown;
}

export interface CircuitBreakerAdminModuleOptions {
  /** Where it stands, under the application's global prefix. @default 'circuit-breakers' */
  readonly path?: string | undefined;
  /** Modules that the guards get their dependencies from. */
  readonly imports?: ModuleMetadata['imports'] | undefined;
  /** Guards of every route. */
  readonly guards?: readonly AdminGuard[] | undefined;
  /**
   * Guards that replace `guards` for reading: `GET`, the dashboard with its files, and the event stream. A browser's
   * `EventSource` sends no headers of its own, so they have to work with cookies or basic authentication.
   */
  readonly readGuards?: readonly AdminGuard[] | undefined;
  /** `true`: starts without guards. Whoever reaches the port may then open and close every circuit. @default false */
  readonly allowUnauthenticated?: boolean | undefined;
  /** Whether there is a page to watch and steer the breakers. @default true */
  readonly dashboard?: boolean | undefined;
  /** Event streams open at once; one more is answered with 503. @default 32 */
  readonly maxConnections?: number | undefined;
  /** Origins besides its own that the pages may change things from, such as `https://ops.example.com`. */
  readonly origins?: readonly string[] | undefined;
  /** Who is behind a request, for the records. Asked after the guards. @default 'anonymous' */
  actor?(request: object): string | undefined;
  /** Hears of everything that operators do, besides the log; what it throws is logged. */
  audit?(action: AdminAction): unknown;
  /** Gives what is shown in place of an error or of options. What it throws is logged, and nothing is shown. */
  redact?(this: void, what: Redactable): unknown;
}
