import { ConfigurableModuleBuilder } from '@nestjs/common';

import { throwFaults } from '../options/index.js';
import type { CircuitBreakerModuleOptions } from '../options/index.js';

/** What `forRootAsync`'s factory or class answers with: `filter` and `isGlobal` stand beside it. */
export type CircuitBreakerAsyncOptions = Omit<CircuitBreakerModuleOptions, 'filter' | 'isGlobal'>;

/** Makes the module's options: for `forRootAsync({ useClass })` and `({ useExisting })`. */
export interface CircuitBreakerOptionsFactory {
  createCircuitBreakerOptions(): CircuitBreakerAsyncOptions | Promise<CircuitBreakerAsyncOptions>;
}

/** What decides which providers there are, and so cannot come from a factory. */
interface ModuleExtras {
  /** Whether refusals become replies by a filter of the package's. @default true */
  readonly filter?: boolean | undefined;
  /** Whether the module is global. @default true */
  readonly isGlobal?: boolean | undefined;
}

export const EXTRAS = { filter: true, isGlobal: true } satisfies ModuleExtras;

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<CircuitBreakerAsyncOptions>({ moduleName: 'CircuitBreaker' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createCircuitBreakerOptions')
    .setExtras<ModuleExtras>(EXTRAS)
    .build();

/**
 * Checks that what decides which providers there are isn't among options that come later: it would have no effect.
 * @throws {OptionsError} when it is
 */
export function requireBeside(options: unknown): void {
  const said = typeof options === 'object' && options !== null ? options : {};
  const misplaced = Object.keys(EXTRAS).filter((key) => Object.hasOwn(said, key));
  const message = 'stands beside useFactory, useClass or useExisting in forRootAsync, not in what they answer with';
  throwFaults(misplaced.map((path) => ({ path, message })));
}
