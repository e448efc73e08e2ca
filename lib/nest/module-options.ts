import { ConfigurableModuleBuilder } from '@nestjs/common';

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
