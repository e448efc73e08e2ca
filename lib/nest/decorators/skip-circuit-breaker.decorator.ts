import { SetMetadata } from '@nestjs/common';

const SKIP = 'nest-circuit-breaker:skip';

/** Exempts a handler, or all of a controller, from the `CircuitBreakerInterceptor`. */
export const SkipCircuitBreaker = (): ClassDecorator & MethodDecorator => SetMetadata(SKIP, true);

/** Whether a class or a handler is exempt. */
export const isSkipped = (target: object): boolean => Reflect.getMetadata(SKIP, target) === true;
