import { z } from 'zod';

import type { Clock, Random } from '../engine/index.js';
import { breakerSchema } from './breaker-schema.js';
import { Complaint } from './complaint.js';
import { readDurationOrZero } from './duration.js';
import { callback, code, docs, duration, flag, flagOr, option } from './fields.js';
import type { CircuitBreakerModuleOptions, Logger } from './module-input.js';
import { MAX_NAME_LENGTH } from './names.js';
import { bulkheadSchema, rateLimiterSchema, retrySchema, timeoutSchema } from './policy-schemas.js';
import { preview } from './preview.js';
import { readFlag } from './readers.js';
import { strictObject } from './strict-object.js';

/** Whether an object has these methods; a hostile one has none. */
function hasMethods(value: unknown, ...methods: readonly string[]): boolean {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  try {
    return methods.every((method) => typeof (value as Readonly<Record<string, unknown>>)[method] === 'function');
  } catch {
    return false;
  }
}

function readLogger(value: unknown): boolean | 'debug' | Logger | Complaint {
  if (value === 'debug') return value;
  if (hasMethods(value, 'log', 'warn', 'error')) return value as Logger;
  const answer = readFlag(value);
  return Complaint.is(answer)
    ? new Complaint(`expected true, false, 'debug' or a logger with log, warn and error, got ${preview(value)}`)
    : answer;
}

const readClock = (value: unknown): Clock | Complaint =>
  hasMethods(value, 'now', 'wall', 'schedule')
    ? (value as Clock)
    : new Complaint(`expected a clock with now, wall and schedule, got ${preview(value)}`);

const byName = <S extends z.ZodType>(schema: S) =>
  z.record(z.string().register(docs, { minLength: 1, maxLength: MAX_NAME_LENGTH }), schema, {
    error: ({ input }) => `expected an object with a name for each key, got ${preview(input)}`,
  });

const named = {
  breakers: option(byName(breakerSchema), 'Circuit breakers by name.'),
  retries: option(byName(retrySchema), 'Retry policies by name.'),
  timeouts: option(byName(timeoutSchema), 'Time-outs by name.'),
  bulkheads: option(byName(bulkheadSchema), 'Bulkheads by name.'),
  rateLimiters: option(byName(rateLimiterSchema), 'Rate limiters by name.'),
  presets: option(byName(breakerSchema), 'Presets of your own, besides the built-in ones.'),
};

/** What a feature module may say. */
export const featureSchema = strictObject(named);

/** What users may write of a whole application. */
export const moduleSchema = strictObject({
  enabled: option(flag(), 'false: every policy passes calls through.', true),
  strict: option(flag(), 'true: a name that is not configured, or a suspicious stack, stops start-up.', false),
  defaults: option(breakerSchema, 'Under every circuit breaker.'),
  ...named,
  logger: option(flagOr(readLogger, 'debug'), 'true: transitions are logged; "debug": every decision.', true),
  drain: option(duration(readDurationOrZero), 'How long calls under way may take at shutdown.', '10s'),
  filter: option(flag(), 'Whether refusals become replies by a filter of the package.', true),
  isGlobal: option(flag(), 'Whether the module is global.', true),
  clock: option(code(readClock), 'The source of time.'),
  random: option(callback<Random>('a function that gives a number in [0, 1)'), 'The source of chance.'),
} satisfies Record<keyof CircuitBreakerModuleOptions, z.ZodType>).register(docs, {
  id: 'CircuitBreakerModuleOptions',
  description: 'Options of nest-circuit-breaker.',
});

export type ModuleSaid = z.output<typeof moduleSchema>;
