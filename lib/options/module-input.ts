import type { Clock, Random } from '../engine/index.js';
import type { CircuitBreakerOptionsInput } from './breaker-input.js';
import type { Duration } from './duration.js';
import type {
  BulkheadOptionsInput, RateLimiterOptionsInput, RetryOptionsInput, TimeoutOptionsInput,
} from './policy-inputs.js'; // prettier-ignore

/** What is written to: Nest's `LoggerService`, the console, or one of yours. */
export interface Logger {
  log(message: unknown, ...details: unknown[]): unknown;
  warn(message: unknown, ...details: unknown[]): unknown;
  error(message: unknown, ...details: unknown[]): unknown;
  debug?(message: unknown, ...details: unknown[]): unknown;
}

type ByName<Options> = Readonly<Record<string, Options>>;

/** Named policies and presets, as a feature module may add them. */
export interface CircuitBreakerFeatureOptions {
  /** Circuit breakers by name; `payments` configures its keyed ones too, `payments:eu` one of them. */
  readonly breakers?: ByName<CircuitBreakerOptionsInput> | undefined;
  /** Retry policies by name. */
  readonly retries?: ByName<RetryOptionsInput> | undefined;
  /** Time-outs by name: a duration or options. */
  readonly timeouts?: ByName<Duration | TimeoutOptionsInput> | undefined;
  /** Bulkheads by name: the number of calls at once, or options. */
  readonly bulkheads?: ByName<number | BulkheadOptionsInput> | undefined;
  /** Rate limiters by name. */
  readonly rateLimiters?: ByName<RateLimiterOptionsInput> | undefined;
  /** Presets of your own, besides the built-in ones; a preset may build on another one. */
  readonly presets?: ByName<CircuitBreakerOptionsInput> | undefined;
}

/** What may be said of all policies of an application; everything may be left out. */
export interface CircuitBreakerModuleOptions extends CircuitBreakerFeatureOptions {
  /** `false`: every policy passes calls through; fallbacks stay. @default true */
  readonly enabled?: boolean | undefined;
  /**
   * `true`: a decorator naming a policy that is not configured stops start-up, and so does a stack of policies that is
   * otherwise only warned of.
   * @default false
   */
  readonly strict?: boolean | undefined;
  /** Under every circuit breaker. */
  readonly defaults?: CircuitBreakerOptionsInput | undefined;
  /** `true`: transitions are logged; `'debug'`: every decision; `false`; or where to log to. @default true */
  readonly logger?: boolean | 'debug' | Logger | undefined;
  /** How long calls under way may take at shutdown before they are aborted. @default '10s' */
  readonly drain?: Duration | undefined;
  /** Whether refusals become HTTP, GraphQL and RPC replies by a filter of the package's. @default true */
  readonly filter?: boolean | undefined;
  /** Whether the module is global. @default true */
  readonly isGlobal?: boolean | undefined;
  /** The source of time, for tests. */
  readonly clock?: Clock | undefined;
  /** The source of chance, uniform in [0, 1), for tests. */
  readonly random?: Random | undefined;
}
