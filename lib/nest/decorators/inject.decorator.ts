import { Inject } from '@nestjs/common';

import { PolicyRegistry } from '../../engine/index.js';
import type { BreakerName } from '../../engine/index.js';
import { getCircuitBreakerToken } from '../tokens.js';

/** Injects the breaker of that name, into a constructor's parameter or a property. */
export const InjectCircuitBreaker = (name: BreakerName): PropertyDecorator & ParameterDecorator =>
  Inject(getCircuitBreakerToken(name));

/** Injects the application's {@link PolicyRegistry}. */
export const InjectPolicyRegistry = (): PropertyDecorator & ParameterDecorator => Inject(PolicyRegistry);
