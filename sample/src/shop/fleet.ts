import type { DynamicModule } from '@nestjs/common';
import { CircuitBreakerRedisModule } from 'nest-circuit-breaker/redis';

/** With a Redis named by `REDIS_URL`, shops share what they learn of payments; without one each learns by itself. */
export function fleetModules(env: NodeJS.ProcessEnv = process.env): DynamicModule[] {
  const { REDIS_URL: connection, REDIS_NAMESPACE: namespace = 'shop' } = env;
  return connection === undefined || connection === ''
    ? []
    : [CircuitBreakerRedisModule.forRoot({ connection, namespace, only: ['payments'] })];
}
