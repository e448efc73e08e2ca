import { BadRequestException } from '@nestjs/common';
import { z } from 'zod';

import { parseDuration } from '../options/index.js';
import { plainText } from './plain-text.js';

const MAX_REASON = 500;

const reason = z
  .string({ error: 'expected a text' })
  .max(MAX_REASON, { error: `expected at most ${MAX_REASON} characters` })
  .transform((text) => plainText(text, MAX_REASON) || undefined)
  .optional();

const duration = z
  .union([z.string(), z.number()], { error: "expected a duration such as '10m'" })
  .transform((value, context) => {
    try {
      return parseDuration(value);
    } catch (error) {
      context.issues.push({ code: 'custom', message: (error as Error).message, input: value });
      return z.NEVER;
    }
  })
  .optional();

const move = z.strictObject({ reason });
const manualState = z.strictObject({ reason, for: duration });
const update = z.looseObject({ reason });

/** Why, and in ms for how long. */
export interface ManualRequest {
  readonly reason?: string | undefined;
  readonly for?: number | undefined;
}

/** The body of a change that lasts: `close`, `reset`. */
export const readMove = (body: unknown): ManualRequest => read(move, body ?? {});

/** The body of a state that may end by itself: `isolate`, `disable`, `metrics-only`. */
export const readManualState = (body: unknown): ManualRequest => read(manualState, body ?? {});

/** The body of a change of options: the options, and beside them a reason. */
export function readUpdate(body: unknown): { reason: string | undefined; changes: Readonly<Record<string, unknown>> } {
  const { reason: why, ...changes } = read(update, body);
  if (Object.keys(changes).length === 0)
    throw new BadRequestException('Expected options such as {"failureRatio": 0.3}.');
  return { reason: why, changes };
}

function read<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  if (typeof body === 'object' && body !== null && Object.hasOwn(body, '__proto__')) {
    throw new BadRequestException('__proto__: is refused for safety’s sake');
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new BadRequestException(result.error.issues.map(describe));
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    return `${issue.keys.map((key) => plainText(key, 40)).join(', ')}: not expected here`;
  }
  if (issue.path.length === 0) return 'Expected a JSON object.';
  return `${issue.path.map((step) => plainText(String(step), 40)).join('.')}: ${plainText(issue.message, 300)}`;
}
