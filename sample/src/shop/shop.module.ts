import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { CircuitBreakerModule } from 'nest-circuit-breaker';
import { CircuitBreakerAdminModule } from 'nest-circuit-breaker/admin';
import { CircuitBreakerPrometheusModule } from 'nest-circuit-breaker/prometheus';
import { CircuitBreakerHealthModule } from 'nest-circuit-breaker/terminus';

import { breakerOptions } from './breaker-options.js';
import { CheckoutController } from './checkout.controller.js';
import { fleetModules } from './fleet.js';
import { InventoryClient } from './inventory-client.js';
import { MetricsController } from './metrics.controller.js';
import { PaymentsClient } from './payments-client.js';
import { QuotesClient } from './quotes-client.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true }),
    CircuitBreakerModule.forRootAsync({ inject: [ConfigService], useFactory: breakerOptions }),
    ...fleetModules(),
    CircuitBreakerHealthModule.forRoot({ path: 'health', terminus: { logger: false } }),
    CircuitBreakerPrometheusModule.forRoot(),
    // the shop listens on loopback alone; anywhere else this takes guards: whoever gets here may open every circuit
    CircuitBreakerAdminModule.forRoot({ allowUnauthenticated: true }),
  ],
  controllers: [CheckoutController, MetricsController],
  providers: [PaymentsClient, InventoryClient, QuotesClient],
})
export class ShopModule {}
