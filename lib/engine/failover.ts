import type { CallContext } from './call-context.js';
import type { CircuitBreakerPolicy } from './circuit-breaker/circuit-breaker.js';

/** How a `failover` is done. */
export interface FailoverOptions<Name extends string = string> {
  /** The candidate to try first; the others follow in the order in which they are written. */
  readonly prefer?: Name | undefined;
  /** The caller's signal: its abort ends the call, no further candidate is tried. */
  readonly signal?: AbortSignal | undefined;
  readonly operation?: string | undefined;
}

/** Work a candidate's name, in the order of trying. */
export type Candidates<T, Name extends string = string> = Readonly<
  Record<Name, (context: CallContext) => PromiseLike<T> | T>
>;

/**
 * Tries candidates in turn, each through the breaker of its name, until one answers. One whose breaker refuses is
 * passed over without being called. An abort by the caller ends it at once.
 * @throws {AggregateError} when none is left: the candidates' errors, in the order of trying
 * @throws {TypeError} without a candidate, or when the preferred one isn't among them
 */
export async function failover<T, Name extends string>(
  breakerOf: (name: string) => CircuitBreakerPolicy,
  candidates: Candidates<T, Name>,
  options: FailoverOptions<NoInfer<Name>> = {},
): Promise<T> {
  const { prefer, signal, operation } = options;
  const written = Object.keys(candidates) as Name[];
  if (written.length === 0) throw new TypeError('failover() needs at least one candidate');
  if (prefer !== undefined && !written.includes(prefer)) {
    throw new TypeError(`failover: prefer names "${prefer}", which is none of ${written.join(', ')}`);
  }
  const names = prefer === undefined ? written : [prefer, ...written.filter((name) => name !== prefer)];
  const errors: unknown[] = [];
  for (const name of names) {
    try {
      return await breakerOf(name).execute(candidates[name], { signal, operation });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      errors.push(error);
    }
  }
  throw new AggregateError(errors, `No candidate answered: ${names.join(', ')}`);
}
