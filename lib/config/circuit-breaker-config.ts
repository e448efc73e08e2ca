import { registerAs } from '@nestjs/config';
import type { ConfigFactoryKeyHost } from '@nestjs/config';

import type { CircuitBreakerModuleOptions } from '../options/index.js';
import { layer } from './layered-sources.js';
import type { ConfigSources } from './layered-sources.js';

/** Where {@link circuitBreakerConfig} reads: `base` in code, a `file` over it, the environment over both. */
export type CircuitBreakerConfigSources = ConfigSources;

type ConfigFactory = (() => Promise<CircuitBreakerModuleOptions>) &
  ConfigFactoryKeyHost<Promise<CircuitBreakerModuleOptions>>;

/**
 * The module's options out of code, a file and the environment, as a factory for `@nestjs/config` under the name
 * `circuitBreaker`: `CircuitBreakerModule.forRootAsync(circuitBreakerConfig({ file }).asProvider())`.
 * It rejects, and so stops start-up, with all that is wrong in all sources.
 */
export function circuitBreakerConfig(sources: CircuitBreakerConfigSources = {}): ConfigFactory {
  return registerAs('circuitBreaker', () => layer(sources)) as unknown as ConfigFactory;
}
