import type { ActiveProbe, BreakDuration, Classify, ErrorMatcher } from '../engine/index.js';
import type { z } from 'zod';

import type { BreakDurationInput, CircuitBreakerOptionsInput } from './breaker-input.js';
import { Complaint, numberIn } from './complaint.js';
import { parseDuration, readDuration } from './duration.js';
import {
  callback, choice, code, count, countOrOff, docs, duration, durationOr, durationOrOff, flag, flagOr, option, ratio, ratioOrOff,
  textual, textualOrOff, texts,
} from './fields.js'; // prettier-ignore
import { PRESETS } from './presets.js';
import { preview } from './preview.js';
import { readCount, readFlag, readFunctions, readName, readNames } from './readers.js';
import { ifObject, strictObject } from './strict-object.js';

const MAX_SAMPLING_SIZE = 1_000_000;

const wrapped = new WeakMap<BreakDurationInput, BreakDuration>();

/** A generator whose answers may be texts such as `'30s'`, as one that answers in ms. */
function readBreakDuration(value: unknown): number | BreakDuration | Complaint {
  if (typeof value !== 'function') return readDuration(value);
  const generate = value as BreakDurationInput;
  let inMs = wrapped.get(generate);
  if (inMs === undefined) {
    inMs = (attempt, context) => parseDuration(generate(attempt, context));
    Object.defineProperty(inMs, 'name', { value: generate.name });
    wrapped.set(generate, inMs);
    wrapped.set(inMs, inMs);
  }
  return inMs;
}

const readCountOfFailures = readCount();
function readFailureThreshold(value: unknown): number | Complaint {
  const result = readCountOfFailures(value);
  const number = numberIn(value);
  const isShare = Complaint.is(result) && number !== undefined && number > 0 && number < 1;
  return isShare
    ? new Complaint(`expected a positive whole number, got ${preview(value)}. Did you mean failureRatio: ${number}?`)
    : result;
}

function readAdaptive(value: unknown): boolean | object | Complaint {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') return value;
  const answer = readFlag(value);
  return Complaint.is(answer) ? new Complaint(`expected true or a rule, got ${preview(value)}`) : answer;
}

const matchers = () => code(readFunctions<ErrorMatcher>('an error class or a predicate'));

const shape = {
  enabled: option(flag(), 'false: calls pass and are not counted.', true),
  preset: option(
    textual(readName, Object.keys(PRESETS)),
    'Options to start from: a built-in preset or one of "presets".',
  ),
  failureThreshold: option(countOrOff(readFailureThreshold), 'Failures in a row that open the circuit.', 5),
  failureRatio: option(ratioOrOff(), 'Share of failures in the window that opens the circuit.', 0.5),
  slowCallDuration: option(durationOrOff(), 'A call at or over this duration is slow.'),
  slowCallRatio: option(ratio(), 'Share of slow calls in the window that opens the circuit.', 1),
  minimumThroughput: option(count(), 'No ratio is judged on fewer calls.', 20),
  samplingDuration: option(duration(), 'The window: the calls of the last while.', '30s'),
  samplingSize: option(count(1, MAX_SAMPLING_SIZE), 'The window: the last so many calls.'),
  breakDuration: option(durationOr(readBreakDuration), 'How long the circuit stays open.', '30s'),
  halfOpenMaxCalls: option(count(), 'Probes under way at once in half-open.', 3),
  successThreshold: option(count(), 'Probes in a row that must succeed to close the circuit.', 2),
  halfOpenTimeout: option(duration(), 'A probe that has not settled by then counts as a failure.'),
  timeout: option(durationOrOff(), "Each call's limit."),
  classify: option(callback<Classify>('a function of (outcome, context)'), 'Judges each ended call.'),
  ignoreErrors: option(matchers(), 'Errors that say nothing about the service.'),
  recordErrors: option(matchers(), 'The only errors that count as failures.'),
  settleOn: option(choice('complete', 'first'), 'For streams: what counts as success.', 'complete'),
  probe: option(callback<ActiveProbe>('a function of (signal)'), 'Asks the service itself when the break is over.'),
  probeInterval: option(duration(), 'Time between two active probes.'),
  parent: option(textualOrOff(readName), 'Another breaker that every call passes first.'),
  childrenOpenRatio: option(ratio(), 'Opens when more than this share of its children is open.'),
  adaptive: option(flagOr(readAdaptive), 'Tightens when errors climb, relaxes when calm.', false),
  critical: option(flag(), 'Whether its being open turns health red.', true),
  initialState: option(
    choice('closed', 'open', 'isolated', 'disabled', 'metrics_only'),
    'The state it begins in.',
    'closed',
  ),
  tags: option(texts(readNames), 'Words to choose breakers by.'),
} satisfies Record<keyof CircuitBreakerOptionsInput, z.ZodType>;

/** What users may write of one breaker, in one layer. */
export const breakerSchema = strictObject(shape)
  .refine(({ samplingSize, samplingDuration }) => samplingSize === undefined || samplingDuration === undefined, {
    ...ifObject,
    path: ['samplingDuration'],
    message: 'say samplingDuration or samplingSize, not both: the window is made of time or of calls',
  })
  .register(docs, { id: 'CircuitBreakerOptions', description: 'A circuit breaker.' });

/** What one layer says of a breaker, checked: durations in ms, `false` for what it switches off. */
export type BreakerSaid = { readonly [K in keyof z.output<typeof breakerSchema>]: z.output<typeof breakerSchema>[K] };

export const BREAKER_OPTION_NAMES: readonly string[] = Object.freeze(Object.keys(shape));
