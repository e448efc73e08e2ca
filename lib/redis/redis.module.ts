import { Inject, Injectable, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import { PolicyRegistry } from '../engine/index.js';
import { Fleet } from './fleet.js';
import { channelOf } from './keys.js';
import { readFleetOptions } from './options.js';
import type { CircuitBreakerRedisModuleOptions } from './options.js';
import { RedisTransport } from './redis-transport.js';

const OPTIONS = Symbol('CircuitBreakerRedisModule options');

@Injectable()
class RedisCoordination implements OnModuleInit, OnApplicationShutdown {
  private fleet: Fleet | undefined;

  constructor(
    @Inject(PolicyRegistry) private readonly registry: PolicyRegistry,
    @Inject(OPTIONS) private readonly options: CircuitBreakerRedisModuleOptions,
  ) {}

  /** Waits for nothing: an application starts without Redis, and joins the others when it comes. */
  onModuleInit(): void {
    const { registry, options } = this;
    const { scope } = registry;
    const resolved = readFleetOptions(options);
    const from = options.client === undefined ? { connection: options.connection ?? '' } : { client: options.client };
    const transport = new RedisTransport(from, channelOf(resolved.namespace), scope.clock, scope.random);
    const fleet = (this.fleet = new Fleet(scope, transport, resolved));
    fleet.joinAll(registry.circuitBreakers());
    registry.coordinator = fleet;
    fleet.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.registry.coordinator = null;
    await this.fleet?.close();
  }
}

/** One breaker across many processes: instances that share a namespace in Redis open and recover together. */
@Module({})
export class CircuitBreakerRedisModule {
  /** @throws `OptionsError` when the options are wrong */
  static forRoot(options: CircuitBreakerRedisModuleOptions): DynamicModule {
    readFleetOptions(options);
    return {
      module: CircuitBreakerRedisModule,
      providers: [{ provide: OPTIONS, useValue: options }, RedisCoordination],
    };
  }
}
