import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { CircuitBreakerModule } from 'nest-circuit-breaker';
import { CircuitBreakerHealthModule } from 'nest-circuit-breaker/terminus';

import { breakerOptions } from './breaker-options.js';
import { CheckoutController } from './checkout.controller.js';
import { InventoryClient } from './inventory-client.js';
import { PaymentsClient } from './payments-client.js';
import { QuotesClient } from './quotes-client.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true }),
    CircuitBreakerModule.forRootAsync({ inject: [ConfigService], useFactory: breakerOptions }),
    CircuitBreakerHealthModule.forRoot({ path: 'health', terminus: { logger: false } }),
  ],
  controllers: [CheckoutController],
  providers: [PaymentsClient, InventoryClient, QuotesClient],
})
export class ShopModule {}
