import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';

import { PolicyRegistry } from '../engine/index.js';
import { AdminDesk } from './admin-desk.js';
import type { CircuitBreakerAdminModuleOptions } from './admin-options.js';
import { dashboardController } from './dashboard.controller.js';
import { MutationCheck } from './mutation-check.js';
import { readingController } from './reading.controller.js';
import { steeringController } from './steering.controller.js';

/** Lets people and programs see the breakers over HTTP, and steer them: REST, an event stream, and a page. */
@Module({})
export class CircuitBreakerAdminModule {
  /** Start-up fails without guards, unless `allowUnauthenticated` is `true`. */
  static forRoot(options: CircuitBreakerAdminModuleOptions = {}): DynamicModule {
    const { path = 'circuit-breakers', imports = [], guards = [], readGuards = guards, dashboard = true } = options;
    return {
      module: CircuitBreakerAdminModule,
      imports: [...imports],
      controllers: [
        // fixed paths first: Express takes the first that fits, and a name fits everything
        ...(dashboard ? [dashboardController(path, readGuards)] : []),
        readingController(path, readGuards),
        steeringController(path, [...guards, new MutationCheck(options.origins)]),
      ],
      providers: [
        {
          provide: AdminDesk,
          inject: [PolicyRegistry],
          useFactory: (registry: PolicyRegistry) => {
            requireGuards(options);
            return new AdminDesk(registry, options);
          },
        },
      ],
    };
  }
}

function requireGuards({
  guards = [],
  readGuards = guards,
  allowUnauthenticated,
}: CircuitBreakerAdminModuleOptions): void {
  if (allowUnauthenticated === true || (guards.length > 0 && readGuards.length > 0)) return;
  const missing = guards.length === 0 ? 'guards' : 'readGuards';
  throw new TypeError(
    `CircuitBreakerAdminModule has no ${missing}: whoever reaches the port could ` +
      `${missing === 'guards' ? 'open and close every circuit' : 'see every circuit'}. ` +
      `Give forRoot({ ${missing}: [OpsGuard] }), or say allowUnauthenticated: true where only you reach it.`,
  );
}
