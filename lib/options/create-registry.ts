import { PolicyRegistry } from '../engine/index.js';
import type { FaultReporter } from '../engine/index.js';
import type { CircuitBreakerModuleOptions } from './module-input.js';
import type { ParsedOptions } from './parse-options.js';
import { LayeredOptions } from './layered-options.js';
import { scopeOf } from './surroundings.js';
import type { Surroundings } from './surroundings.js';

/**
 * All of it without Nest, from the same options as `forRoot`.
 * @throws {@link OptionsError} with all that is wrong with them
 */
export function createRegistry(
  options?: CircuitBreakerModuleOptions | ParsedOptions,
  surroundings: Surroundings = {},
): PolicyRegistry {
  const source = new LayeredOptions(options);
  const { clock, random, logger } = source.options;
  return new PolicyRegistry(
    scopeOf({
      clock: surroundings.clock ?? clock,
      random: surroundings.random ?? random,
      onFault: surroundings.onFault ?? reporterOf(logger),
    }),
    source,
  );
}

function reporterOf(logger: ParsedOptions['logger']): FaultReporter | undefined {
  if (logger === false) return () => undefined;
  return typeof logger === 'object' ? (fault, where) => void logger.error(`A fault in ${where}`, fault) : undefined;
}
