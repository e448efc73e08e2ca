import type { CallContext, CallOrigin } from '../call-context.js';
import { anyOf, classifyError } from '../outcome.js';
import type { ErrorPredicate, Outcome, Settled } from '../outcome.js';
import type { CircuitBreakerOptions } from './options.js';

/** Error matchers compiled once for all breakers that share an options object. */
interface Matchers {
  readonly ignores: ErrorPredicate | undefined;
  readonly records: ErrorPredicate | undefined;
}

const matchersOf = new WeakMap<CircuitBreakerOptions, Matchers>();

/**
 * What an ended call says about the service, by a breaker's options.
 * @throws what the user's rules throw, and a `TypeError` when `classify` answers with none of the outcomes
 */
export function judge(
  settled: Settled,
  options: CircuitBreakerOptions,
  context: CallContext,
  origin: CallOrigin,
): Outcome {
  if (options.classify !== null) return checked(options.classify(settled, context.seenBy(origin)));
  if (settled.ok) return 'success';
  const { ignores, records } = matchersFor(options);
  if (ignores?.(settled.error, context.seenBy(origin)) === true) return 'ignored';
  if (records === undefined) return classifyError(settled.error, context);
  return records(settled.error, context.seenBy(origin)) ? 'failure' : 'ignored';
}

function checked(outcome: Outcome): Outcome {
  if (outcome === 'success' || outcome === 'failure' || outcome === 'ignored') return outcome;
  throw new TypeError(`classify: expected 'success', 'failure' or 'ignored', got ${String(outcome).slice(0, 40)}`);
}

function matchersFor(options: CircuitBreakerOptions): Matchers {
  let matchers = matchersOf.get(options);
  if (matchers === undefined) {
    matchers = { ignores: anyOf(options.ignoreErrors), records: anyOf(options.recordErrors) };
    matchersOf.set(options, matchers);
  }
  return matchers;
}
