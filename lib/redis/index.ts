export type { CircuitBreakerRedisModuleOptions } from './options.js';
export { CircuitBreakerRedisModule } from './redis.module.js';
export type { RedisClient, RedisConnection } from './redis-transport.js';
