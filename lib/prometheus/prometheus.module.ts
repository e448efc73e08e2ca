import { Inject, Injectable, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { register } from 'prom-client';
import type { Registry } from 'prom-client';

import { PolicyRegistry } from '../engine/index.js';
import { Exposition } from './exposition.js';
import type { ExpositionOptions } from './exposition.js';

export interface CircuitBreakerPrometheusModuleOptions extends ExpositionOptions {
  /** Where the metrics go. @default prom-client's own `register` */
  readonly registry?: Registry | undefined;
}

const OPTIONS = Symbol('CircuitBreakerPrometheusModule options');

@Injectable()
class PrometheusExposition implements OnModuleInit, OnApplicationShutdown {
  private detach: (() => void) | undefined;

  constructor(
    @Inject(PolicyRegistry) private readonly policies: PolicyRegistry,
    @Inject(OPTIONS) private readonly options: CircuitBreakerPrometheusModuleOptions,
  ) {}

  onModuleInit(): void {
    const { registry = register, ...options } = this.options;
    this.detach = Exposition.attach(registry, this.policies, options);
  }

  onApplicationShutdown(): void {
    this.detach?.();
  }
}

/** Puts the policies' metrics into a Prometheus registry; how that is served stays with the application. */
@Module({})
export class CircuitBreakerPrometheusModule {
  static forRoot(options: CircuitBreakerPrometheusModuleOptions = {}): DynamicModule {
    return {
      module: CircuitBreakerPrometheusModule,
      providers: [{ provide: OPTIONS, useValue: options }, PrometheusExposition],
    };
  }
}
