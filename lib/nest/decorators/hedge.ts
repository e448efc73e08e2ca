import type { HedgeOptionsInput } from '../../options/index.js';
import { readInline } from './inline.js';
import type { ReturnsOption } from './inline.js';
import { layerDecorator } from './method-decorator.js';
import type { GuardedMethodDecorator } from './method-decorator.js';

export type HedgeDecoratorOptions = HedgeOptionsInput & ReturnsOption;

/**
 * Sends another attempt when the one under way is slow; the first to succeed answers, the others are aborted.
 * @param options `delay` (`'1s'`) and `maxAttempts` (2)
 */
export function Hedge(options?: HedgeDecoratorOptions): GuardedMethodDecorator {
  const inline = readInline(options);
  return layerDecorator({ kind: 'hedge', decorator: '@Hedge()', options: inline.options, returns: inline.returns });
}
