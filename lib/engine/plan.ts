import type { PolicyKind } from './events.js';
import { isErrorClass } from './outcome.js';
import type { ErrorMatcher } from './outcome.js';
import type { OptionsSource } from './ports.js';

/** An option that holds, and where it came from. */
export interface PlannedOption {
  /** Plain JSON; durations are ms, `null` is off, a function is its name. */
  readonly value: unknown;
  /** `default`, `defaults`, `preset:…`, `inline`, `config`, `environment` or `update`. */
  readonly origin: string;
}

/** A policy as it applies. */
export interface PlannedPolicy {
  readonly policy: PolicyKind;
  readonly name: string;
  /** Whether there is one a key: these are the options of each. */
  readonly isKeyed: boolean;
  readonly options: Readonly<Record<string, PlannedOption>>;
}

/** A guarded method, its policies from the outermost to the innermost. */
export interface PlannedMethod {
  /** `Class.method`. */
  readonly operation: string;
  readonly policies: readonly PlannedPolicy[];
}

/** What guards what, by which options, and why. Frozen, plain JSON. */
export interface Plan {
  /** `false`: every policy passes calls through. */
  readonly enabled: boolean;
  /** By name. */
  readonly methods: readonly PlannedMethod[];
  /** Policies that have a name and guard none of the methods. */
  readonly others: readonly PlannedPolicy[];
}

/** As much of a policy as a plan needs. */
export interface Plannable {
  readonly policy: PolicyKind;
  readonly name: string;
  readonly options?: object;
  /** Where it stands for one policy a key. */
  readonly breakers?: { readonly options: object | undefined };
}

/** What is known when a plan is asked for. */
export interface PlanSources {
  readonly enabled: boolean;
  readonly source: Pick<OptionsSource, 'originsOf' | 'names'>;
  readonly methods: ReadonlyMap<string, readonly Plannable[]>;
  /** All policies that have names. */
  readonly named: Iterable<Plannable>;
}

export function planOf({ enabled, source, methods, named }: PlanSources): Plan {
  const guards = [...methods.values()].flat();
  const used = new Set(guards.map(idOf));
  const keyed = guards.filter(({ breakers }) => breakers !== undefined).map(({ name }) => `${name}:`);
  const configured = new Set(source.names('circuit_breaker'));
  // one a key is told once for all, unless it has options of its own
  const isTold = (policy: Plannable): boolean =>
    used.has(idOf(policy)) || (!configured.has(policy.name) && keyed.some((prefix) => policy.name.startsWith(prefix)));
  const plannedOf = (policies: readonly Plannable[]): readonly PlannedPolicy[] =>
    Object.freeze(policies.map((each) => planned(each, source)));
  return Object.freeze({
    enabled,
    methods: Object.freeze(
      [...methods]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([operation, policies]) => Object.freeze({ operation, policies: plannedOf(policies) })),
    ),
    others: plannedOf([...named].filter((each) => !isTold(each))),
  });
}

const idOf = ({ policy, name }: Plannable): string => `${policy} ${name}`;

function planned({ policy, name, options, breakers }: Plannable, source: PlanSources['source']): PlannedPolicy {
  const values = options ?? breakers?.options ?? {};
  const origins = source.originsOf(values) ?? {};
  const entries = Object.entries(values).map(([option, value]): [string, PlannedOption] => [
    option,
    Object.freeze({ value: plain(value), origin: origins[option] ?? 'inline' }),
  ]);
  return Object.freeze({
    policy,
    name,
    isKeyed: breakers !== undefined,
    options: Object.freeze(Object.fromEntries(entries)),
  });
}

/** Options are shallow; deeper is what users' own rules hold. */
const MAX_DEPTH = 3;

function plain(value: unknown, depth = 0): unknown {
  if (typeof value === 'function') return nameOf(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value === null || typeof value !== 'object') return ['bigint', 'symbol'].includes(typeof value) ? null : value;
  if (depth === MAX_DEPTH) return '…';
  if (Array.isArray(value)) return Object.freeze(value.map((each) => plain(each, depth + 1)));
  const entries = Object.entries(value).map(([key, each]): [string, unknown] => [key, plain(each, depth + 1)]);
  return Object.freeze(Object.fromEntries(entries));
}

function nameOf(fn: object): string {
  const { name } = fn as { readonly name?: unknown };
  if (typeof name !== 'string' || name === '') return '(a function)';
  return isErrorClass(fn as ErrorMatcher) ? name : `${name}()`;
}
